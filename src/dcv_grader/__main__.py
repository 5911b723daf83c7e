"""The command line: ``python -m dcv_grader``, or ``dcv-grader``."""

import argparse
import sys
from pathlib import Path

from dcv_grader.build import PRIVATE, STUDENTS, build_texts
from dcv_grader.export import FORMATS, export
from dcv_grader.grade import CannotStart, grade, spec_of
from dcv_grader.report import points, remarks
from dcv_grader.sandbox import Limits
from dcv_grader.source import SourceError, read_assignment
from dcv_grader.verify import verify

SOURCES = Path("book/exercises")
OVERLAY = "hidden tests of your own, in place of the public ones"


def main(arguments=None):
    """Run a command and return its exit status: 0 all is well, 1 something is wrong, 2 it could not start."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (SourceError, CannotStart) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; what is graded is kept: run the same command to go on", file=sys.stderr)
        return 130


def build_parser():
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="dcv-grader",
        description="Make assignments from one source, prove that their tests can fail, and grade.",
        epilog="`dcv-grader COMMAND --help` says more of each. Exit status: 0 all is well, 1 something is "
        "wrong, 2 the command could not start, 130 it was stopped from the keyboard.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build",
        help="make student notebooks, instructor notebooks, judge files",
        description="From each source make the notebook that students get and, in a folder that stays "
        "private, the one with solutions and hidden tests, and the judge file, all that grading needs.",
        epilog="Exit status: 0 all is well, 1 a student notebook is out of step (with --check), 2 a source "
        "is not as it should be.",
    )
    _add_sources(build)
    build.add_argument(
        "--students",
        type=Path,
        metavar="FOLDER",
        default=STUDENTS,
        help="for student notebooks (default: %(default)s)",
    )
    build.add_argument(
        "--private",
        type=Path,
        metavar="FOLDER",
        default=PRIVATE,
        help="for instructor notebooks and judge files (default: %(default)s)",
    )
    build.add_argument("--overlay", type=Path, metavar="NOTEBOOK", help=f"{OVERLAY}; for one source")
    build.add_argument(
        "--check", action="store_true", help="write nothing; fail if a student notebook is stale"
    )
    build.set_defaults(run=run_build)

    verification = commands.add_parser(
        "verify",
        help="prove that solutions pass and all else fails",
        description="Run all tests on answers of which the outcome is known: the solution passes each test, "
        "the untouched starter is not attempted, an answer of None is wrong in each test, and each known "
        "mistake fails a hidden test with any random numbers and gets its own diagnosis.",
        epilog="Exit status: 0 all of this is so, 1 it is not (a sentence for each problem), 2 a source is "
        "not as it should be.",
    )
    _add_sources(verification)
    verification.add_argument("--overlay", type=Path, metavar="NOTEBOOK", help=f"{OVERLAY}; for one source")
    verification.set_defaults(run=run_verify)

    grading = commands.add_parser(
        "grade",
        help="grade what students have handed in",
        description="Grade a folder or a zip file of notebooks, each in a sandbox. "
        "If it is stopped, the same command goes on where it was.",
        epilog="Example: dcv-grader grade submissions.zip -a book/exercises/05_pooling.ipynb -o graded. "
        "OUT then holds grades.csv, grades.json, summary.html with histogram.svg, feedback/ (Markdown "
        "and HTML, a file a student) and results/ (what lets it go on). Exit status: 0 graded, 1 graded and "
        "some submissions need a look, 2 could not start, 130 stopped from the keyboard.",
    )
    grading.add_argument("submissions", type=Path, help="folder, or zip file as Canvas, Moodle … export it")
    grading.add_argument("-o", "--out", type=Path, required=True, help="folder for all that comes out")
    grading.add_argument(
        "-a",
        "--assignment",
        type=Path,
        required=True,
        help="source (book/exercises/NN_topic.ipynb) or judge file (_build/grader/NN_topic.judge.json)",
    )
    grading.add_argument("--overlay", type=Path, metavar="NOTEBOOK", help=OVERLAY)
    grading.add_argument(
        "-j", "--jobs", type=int, default=2, help="submissions at a time (default: %(default)s)"
    )
    grading.add_argument("--scheduler", metavar="tcp://…", help="grade on a dask.distributed cluster instead")
    grading.add_argument(
        "--late",
        choices=["accept", "ignore"],
        default="accept",
        help="of several copies take the last one, or the last one in time (default: %(default)s)",
    )
    grading.add_argument(
        "--hide-hidden", action="store_true", help="feedback does not show what hidden tests call and expect"
    )
    grading.add_argument(
        "--allow-unsandboxed",
        action="store_true",
        help="go on without bubblewrap: only limits on time and memory then protect this machine",
    )
    default = Limits()
    for name, (unit, what) in {
        "memory": ("MIB", "memory that a submission may use, besides what Python and Keras take"),
        "processes": ("NUMBER", "processes that it may have at a time"),
        "files": ("MIB", "what it may write"),
        "cell": ("SECONDS", "for one cell"),
        "total": ("SECONDS", "for a whole submission"),
        "notebook": ("MIB", "size of a notebook that is read at all"),
    }.items():
        value = getattr(default, name)
        grading.add_argument(
            f"--limit-{name}",
            type=type(value),
            metavar=unit,
            default=value,
            help=f"{what} (default: {value:g})",
        )
    grading.set_defaults(run=run_grade)

    exporting = commands.add_parser(
        "export",
        help="write an assignment for another grader or a learning platform",
        description="otter, gradescope: a notebook for `otter assign`, which makes Gradescope's zip file. "
        "nbgrader: a course folder for `nbgrader generate_assignment`. canvas, moodle: a zip file with the "
        "student notebook and the assignment's text; `dcv-grader grade` reads what the platform collects.",
    )
    exporting.add_argument("source", type=Path, help="notebook with exercises")
    exporting.add_argument("--to", choices=FORMATS, required=True, help="which one")
    exporting.add_argument(
        "-o", "--out", type=Path, default=PRIVATE / "export", help="folder (default: %(default)s)"
    )
    exporting.add_argument("--overlay", type=Path, metavar="NOTEBOOK", help=OVERLAY)
    exporting.set_defaults(run=run_export)
    return parser


def _add_sources(parser):
    parser.add_argument(
        "sources", nargs="*", type=Path, help=f"notebooks with exercises (default: all in {SOURCES})"
    )


def sources_of(options):
    """Return the source notebooks that a command is about.

    Raises
    ------
    SourceError
        If there are none, or several beside an overlay.
    """
    sources = options.sources or sorted(SOURCES.glob("*.ipynb"))
    if not sources:
        raise SourceError(f"expected notebooks in {SOURCES}, found none: name them, or change the folder")
    if options.overlay and len(sources) > 1:
        raise SourceError(f"expected one source for the overlay {options.overlay}, got {len(sources)}")
    return sources


def run_build(options):
    """Write what is made from the sources, or say which student notebooks are out of step."""
    stale = []
    for source in sources_of(options):
        texts = build_texts(
            source, students=options.students, private=options.private, overlay=options.overlay
        )
        for path, text in texts.items():
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            if not options.check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                print(f"wrote {path}")
            elif path.parent == options.students:
                stale.append(path)
    for path in stale:
        print(f"out of step with its source: {path} (run `make assignments`)")
    return 1 if stale else 0


def run_verify(options):
    """Print counts and problems of all sources."""
    failed = False
    for source in sources_of(options):
        counts, problems = verify(read_assignment(source, options.overlay))
        print(f"{source.stem}: " + ", ".join(f"{count} {what}" for what, count in counts.items()), end="")
        print(f", {len(problems)} problems")
        for problem in problems:
            print(f"  {problem}")
        failed = failed or bool(problems)
    return 1 if failed else 0


def run_export(options):
    """Write an assignment for another tool."""
    for path in export(options.source, options.to, options.out, options.overlay):
        print(f"wrote {path}")
    return 0


def run_grade(options):
    """Grade, and say where the results lie."""
    limits = Limits(**{name: getattr(options, f"limit_{name}") for name in Limits().as_dict()})
    if options.jobs < 1:
        raise CannotStart(f"expected one job or more, got {options.jobs}")
    for name, value in limits.as_dict().items():
        if value <= 0:
            raise CannotStart(f"expected a --limit-{name} above 0, got {value:g}")
    if options.allow_unsandboxed:
        print(
            "warning: without a sandbox, submissions can read and change all that you can",
            file=sys.stderr,
        )
    results = grade(
        spec_of(options.assignment, options.overlay),
        options.submissions,
        options.out,
        limits,
        jobs=options.jobs,
        late=options.late,
        unsandboxed=options.allow_unsandboxed,
        hide_hidden=options.hide_hidden,
        cluster=options.scheduler,
    )
    doubtful = [
        result for result in results if result["problem"] or any(q["lost"] for q in result["questions"])
    ]
    total = sum(result["earned"] for result in results) / len(results)
    whole = points(results[0]["points"])
    print(f"{len(results)} graded, mean {points(total)} of {whole} points: {options.out}/grades.csv")
    for result in doubtful:
        print(f"  look at {result['student']}: {'; '.join(remarks(result))}")
    return 1 if doubtful else 0


if __name__ == "__main__":
    sys.exit(main())
