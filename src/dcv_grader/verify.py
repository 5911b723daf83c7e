"""Prove that an assignment's tests can fail: solution, starter, None and every wrong answer are tried."""

from dcv_grader.checks import known_mistakes
from dcv_grader.source import functions
from dcv_grader.testing import fingerprints, run_code, run_tests

SEEDS = ("first", "second", "third")  # hidden tests draw other numbers for each


def verify(assignment):
    """Return how much was checked and what is wrong.

    The solution passes every test. The starter and an answer that is or returns None fail each test. Each
    wrong answer fails a public and a hidden test, whatever the seed, and gets its own diagnosis and no other.

    Returns
    -------
    counts : dict
        exercises, tests, wrong answers, runs of a test.
    problems : list of str
        A sentence for each thing that is wrong.
    """
    counts = {"exercises": 0, "tests": 0, "wrong answers": 0, "runs of a test": 0}
    problems = []
    for question in assignment.questions.values():
        counts["exercises"] += 1
        counts["tests"] += sum(len(functions(getattr(question, role))) for role in ("test", "hidden"))
        counts["wrong answers"] += len(question.wrong)
        problems += _verify_question(question, assignment.shared, counts)
    return counts, problems


def _verify_question(question, shared, counts):
    problems = []

    def results(code, role, seed=SEEDS[0]):
        found = run_tests(question, role, run_code(*shared, code), shared=shared, seed=seed)
        counts["runs of a test"] += len(found)
        return found

    for role, seed in [("test", ""), *(("hidden", seed) for seed in SEEDS)]:
        for result in results(question.solution, role, seed):
            if result["outcome"] != "right":
                problems.append(f"{question.name}: the solution fails {result['test']}: {_short(result)}")
    for role in ("test", "hidden"):
        for result in results(question.starter, role):
            if result["outcome"] != "not attempted":
                problems.append(
                    f"{question.name}: the starter is {result['outcome']!r} in {result['test']}, "
                    "expected 'not attempted'"
                )
        for result in results(none_answer(question), role):
            if result["outcome"] != "wrong":
                problems.append(
                    f"{question.name}: an answer of None is {result['outcome']!r} in {result['test']}, "
                    "expected 'wrong'"
                )
    mistakes = fingerprints(question, shared)
    for diagnosis, code in question.wrong.items():
        named = known_mistakes(results(code, "test"), mistakes)
        if named != [diagnosis]:
            problems.append(
                f"{question.name}: expected the diagnosis {diagnosis!r}, got {named}: add a public test on "
                "which this answer fails in its own way"
            )
        for seed in SEEDS:
            if all(result["outcome"] == "right" for result in results(code, "hidden", seed)):
                problems.append(f"{question.name}: hidden tests accept the wrong answer {diagnosis!r}")
                break
    return problems


def none_answer(question):
    """Return code that runs and answers nothing: functions that return None, values that are None."""
    answered_by_function = set(functions(question.starter))
    return "\n".join(
        f"def {name}(*arguments, **settings):\n    return None"
        if name in answered_by_function
        else f"{name} = None"
        for name in question.answers
    )


def _short(result):
    return f"{result.get('call')}: expected {result.get('expected')}, got {result.get('got')}"
