"""Read exercises from their one source, a notebook whose cells are tagged, and check its form."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

ROLES = ("statement", "starter", "solution", "test", "hidden", "wrong")
PREFIX = "ex:"
DIFFICULTIES = ("easy", "medium", "hard")
CALL_SECONDS = 10  # that one call may take, unless the statement says otherwise


class SourceError(ValueError):
    """A source of exercises is not as it should be; the message says where, and what to do."""


@dataclass
class Question:
    """One exercise.

    Attributes
    ----------
    name : str
        What the cells' tag says after ``ex:``.
    statement, starter, solution, test, hidden : str
        The sources of its cells.
    wrong : dict of str to str
        Wrong answers: the diagnosis that a learner sees → the code.
    minutes : int
    difficulty : str
        One of `DIFFICULTIES`.
    points : dict of str to float
        For "test" and "hidden".
    seconds : float
        That one call of the answer may take.
    """

    name: str
    statement: str = ""
    starter: str = ""
    solution: str = ""
    test: str = ""
    hidden: str = ""
    wrong: dict = field(default_factory=dict)
    minutes: int = 0
    difficulty: str = ""
    points: dict = field(default_factory=dict)
    seconds: float = CALL_SECONDS

    @property
    def title(self):
        """The heading of the statement."""
        return self.statement.splitlines()[0].lstrip("# ").strip()

    @property
    def answers(self):
        """The names that the starter defines, in order: what the tests may ask for."""
        return list(definitions(self.starter))

    @property
    def total(self):
        """The points of the whole question."""
        return sum(self.points.values())


@dataclass
class Assignment:
    """All exercises of one chapter.

    Attributes
    ----------
    name : str
        The notebook's file name without suffix, for example ``04_padding_stride``.
    cells : list of nbformat.NotebookNode
        All cells of the source, in order.
    questions : dict of str to Question
    """

    name: str
    cells: list
    questions: dict

    @property
    def shared(self):
        """The code that all exercises share, such as imports."""
        return [cell.source for cell in self.cells if cell.cell_type == "code" and part(cell) is None]

    @property
    def total(self):
        """The points of the whole assignment."""
        return sum(question.total for question in self.questions.values())


def part(cell):
    """Return which exercise and which role a cell belongs to, or None if all share it.

    Raises
    ------
    SourceError
        If the cell's tags do not say both.
    """
    tags = cell.metadata.get("tags", [])
    names = [tag.removeprefix(PREFIX) for tag in tags if tag.startswith(PREFIX)]
    roles = [tag for tag in tags if tag in ROLES]
    if not names and not roles:
        return None
    if len(names) != 1 or len(roles) != 1 or not names[0].isidentifier():
        raise SourceError(
            f"cell {cell.get('id')}: expected the tag {PREFIX}name and one of {', '.join(ROLES)}, got {tags}"
        )
    return names[0], roles[0]


def definitions(code):
    """Return the functions and values that code defines at its top level: name → its node."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return found


def functions(code):
    """Return the names of the functions that code defines at its top level, in order."""
    return [name for name, node in definitions(code).items() if isinstance(node, ast.FunctionDef)]


def read_assignment(path, overlay=None):
    """Return the exercises of a source notebook, checked.

    Parameters
    ----------
    path : path-like
        The notebook.
    overlay : path-like, optional
        A notebook with private tests: cells tagged ``ex:name`` and ``hidden`` replace the hidden tests of
        that exercise; their points stay unless the cell has its own.

    Raises
    ------
    SourceError
        If anything is missing or in the wrong place.
    """
    path = Path(path)
    cells = _read_cells(path)
    questions = {}
    for cell in cells:
        place = part(cell)
        if place is not None:
            name, role = place
            _add(questions.setdefault(name, Question(name)), role, cell)
    if overlay is not None:
        _apply_overlay(questions, Path(overlay))
    for question in questions.values():
        check_question(question)
    if not questions:
        raise SourceError(
            f"{path}: expected cells tagged {PREFIX}name, found none; exercises are in book/exercises"
        )
    return Assignment(path.stem, cells, questions)


def _read_cells(path):
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError as error:
        others = ", ".join(sorted(other.name for other in path.parent.glob("*.ipynb")))
        there = f"there are {others}" if others else "there is none in this folder"
        raise SourceError(f"{path}: expected a notebook, found no such file; {there}") from error
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise SourceError(f"{path}: expected a notebook, but it cannot be read: {error}") from error
    if "assignment" in notebook.metadata.get("dcv", {}):
        name = notebook.metadata.dcv.assignment
        raise SourceError(
            f"{path}: this notebook was made from a source; name the source, book/exercises/{name}.ipynb"
        )
    return notebook.cells


def _add(question, role, cell):
    """Put what a cell says into its question."""
    details = cell.metadata.get("dcv", {})
    place = f"{question.name}, {role} ({cell.get('id')})"
    if (cell.cell_type == "markdown") != (role == "statement"):
        raise SourceError(f"{place}: a statement is Markdown, everything else is code")
    if role == "wrong":
        diagnosis = details.get("diagnosis", "").strip()
        if not diagnosis or diagnosis in question.wrong:
            raise SourceError(
                f'{place}: needs a diagnosis of its own, metadata {{"dcv": {{"diagnosis": "…"}}}}'
            )
        question.wrong[diagnosis] = cell.source
        return
    if getattr(question, role):
        raise SourceError(f"{place}: expected one cell with this role, found a second one")
    setattr(question, role, cell.source)
    if role == "statement":
        question.minutes = details.get("minutes", 0)
        question.difficulty = details.get("difficulty", "")
        question.seconds = details.get("seconds", CALL_SECONDS)
    elif role in ("test", "hidden"):
        question.points[role] = details.get("points", 0)


def _apply_overlay(questions, path):
    """Replace hidden tests by private ones."""
    for cell in _read_cells(path):
        place = part(cell)
        if place is None:
            continue
        name, role = place
        if role != "hidden" or name not in questions:
            raise SourceError(
                f"{path}: an overlay holds cells tagged hidden, for exercises of the source "
                f"({', '.join(questions)}); got {name}, {role}"
            )
        questions[name].hidden = cell.source
        points = cell.metadata.get("dcv", {}).get("points")
        if points is not None:
            questions[name].points["hidden"] = points


def check_question(question):
    """Raise SourceError unless a question is complete and its parts fit together."""
    name = question.name

    def demand(condition, message):
        if not condition:
            raise SourceError(f"{name}: {message}")

    for role in ROLES[:-1]:
        demand(getattr(question, role).strip(), f"expected a cell tagged {role}, found none")
    demand(len(question.wrong) >= 2, f"expected two wrong answers or more, got {len(question.wrong)}")
    demand(question.statement.startswith("### "), "expected the statement to begin with: ### Title")
    demand(question.difficulty in DIFFICULTIES, f"expected a difficulty of {DIFFICULTIES}")
    demand(isinstance(question.minutes, int) and question.minutes > 0, "expected minutes, a whole number")
    for role in ("test", "hidden"):
        demand(question.points[role] > 0, f"expected points above 0 for the cell tagged {role}")
    try:
        starter, solution = definitions(question.starter), definitions(question.solution)
        for code in (question.test, question.hidden, *question.wrong.values()):
            ast.parse(code)
    except SyntaxError as error:
        raise SourceError(f"{name}: {error}") from error
    demand(starter, "expected a starter that defines a function or a value, found neither")
    for answer, node in starter.items():
        other = solution.get(answer)
        demand(type(node) is type(other), f"the solution does not define {answer} as the starter does")
        if isinstance(node, ast.FunctionDef):
            same = ast.dump(node.args) == ast.dump(other.args)
            demand(same, f"starter and solution of {answer} differ in their signatures")
            demand(_is_open(node), f"expected the starter of {answer} to end in: raise NotImplementedError")
        else:
            empty = isinstance(node.value, ast.Constant) and node.value.value is ...
            demand(empty, f"expected the starter to read: {answer} = ...")
    for role in ("test", "hidden"):
        for test, node in definitions(getattr(question, role)).items():
            demand(isinstance(node, ast.FunctionDef), f"expected only functions in {role}, found {test}")
            demand(test.startswith("test_"), f"expected names test_…, found {test} in {role}")
            unknown = {argument.arg for argument in node.args.args} - set(starter) - {"rng"}
            demand(not unknown, f"{test} asks for {sorted(unknown)}, known are {sorted(starter)} and rng")
            demand({argument.arg for argument in node.args.args} & set(starter), f"{test} asks for no answer")
        demand(functions(getattr(question, role)), f"expected test functions in the cell tagged {role}")
    repeated = set(functions(question.test)) & set(functions(question.hidden))
    demand(not repeated, f"expected different names in test and hidden, got {sorted(repeated)} twice")


def _is_open(function):
    """Return whether a starter's function says by an exception that it is not written yet."""
    return any(
        isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node) for node in ast.walk(function)
    )
