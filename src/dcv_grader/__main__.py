"""The command line: ``python -m dcv_grader``, or ``dcv-grader``."""

import argparse
import sys
from pathlib import Path

from dcv_grader.build import PRIVATE, STUDENTS, build_texts
from dcv_grader.source import SourceError, read_assignment
from dcv_grader.verify import verify

SOURCES = Path("book/exercises")


def main(arguments=None):
    """Run a command and return its exit status: 0 all is well, 1 something is wrong, 2 it could not start."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def build_parser():
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="dcv-grader",
        description="Make assignments from one source, prove that their tests can fail, and grade.",
        epilog="Exit status: 0 all is well, 1 something is wrong, 2 the command could not start.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    build = commands.add_parser("build", help="make student notebooks, instructor notebooks, judge files")
    _add_sources(build)
    build.add_argument("--students", type=Path, default=STUDENTS, help="folder (default: %(default)s)")
    build.add_argument("--private", type=Path, default=PRIVATE, help="folder (default: %(default)s)")
    build.add_argument("--overlay", type=Path, help="notebook with private hidden tests, for one source")
    build.add_argument(
        "--check", action="store_true", help="write nothing; fail if a student notebook is stale"
    )
    build.set_defaults(run=run_build)

    verification = commands.add_parser("verify", help="prove that solutions pass and all else fails")
    _add_sources(verification)
    verification.add_argument(
        "--overlay", type=Path, help="notebook with private hidden tests, for one source"
    )
    verification.set_defaults(run=run_verify)
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


if __name__ == "__main__":
    sys.exit(main())
