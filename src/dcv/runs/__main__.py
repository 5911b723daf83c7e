"""``python -m dcv.runs``: make the recorded runs again."""

import argparse
import inspect
import json
import tempfile
from importlib import resources
from pathlib import Path

from dcv.runs.ablation import record_ablation, summarize_ablation
from dcv.runs.baseline import record_baseline, summarize_baseline
from dcv.runs.comparison import compare_results
from dcv.runs.detector import record_detector, summarize_detector
from dcv.runs.eight_classes import record_eight_classes, summarize_eight_classes
from dcv.runs.improved import record_improved, summarize_improved
from dcv.runs.learning_rates import record_learning_rates, summarize_learning_rates
from dcv.runs.residual import record_residual, summarize_residual
from dcv.runs.transfer import record_transfer, summarize_transfer

# Name → (make the run and store it, return its seconds and its results by what they are).
RUNS = {
    "baseline_convnet": (record_baseline, summarize_baseline),
    "learning_rates": (record_learning_rates, summarize_learning_rates),
    "grid_detector": (record_detector, summarize_detector),
    "eight_classes": (record_eight_classes, summarize_eight_classes),
    "transfer": (record_transfer, summarize_transfer),
    "fast_convnet": (record_improved, summarize_improved),
    "residual_convnet": (record_residual, summarize_residual),
    "ablation": (record_ablation, summarize_ablation),
}


def main(arguments=None):
    """Repeat the recorded runs and say how far they lie from the stored ones."""
    parser = argparse.ArgumentParser(prog="python -m dcv.runs", description=main.__doc__)
    shipped = resources.files("dcv") / "weights"
    parser.add_argument("runs", nargs="*", help=f"which ones: {', '.join(RUNS)}; by default all")
    parser.add_argument("--folder", type=Path, default=Path(str(shipped)), help="where they are stored")
    parser.add_argument("--epochs", type=int, help="train shorter or longer than the recorded runs")
    parser.add_argument(
        "--check", action="store_true", help="train with the first seed only, compare, and store nothing"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.runs) - set(RUNS):
        parser.error(f"runs must be among {', '.join(RUNS)}; got {', '.join(sorted(unknown))}")

    for name in options.runs or RUNS:
        record_run, summarize = RUNS[name]
        earlier = options.folder / f"{name}.json"
        recorded = summarize(json.loads(earlier.read_text(encoding="utf-8")))[1] if earlier.exists() else {}
        settings = _settings(record_run, options)
        with tempfile.TemporaryDirectory() as scratch:
            record = record_run(scratch if options.check else options.folder, **settings)
        seconds, results = summarize(record)
        print(f"{name}: {seconds:.0f} s of training")
        for line in compare_results(results, recorded):
            print(f"  {line}")


def _settings(record_run, options):
    """Return what the options change in a run, as far as it knows such a setting."""
    known = inspect.signature(record_run).parameters
    changed = {}
    if options.epochs is not None and "epochs" in known:
        changed["epochs"] = options.epochs
    if options.check and "seeds" in known:
        seeds = known["seeds"].default
        changed["seeds"] = 1 if isinstance(seeds, int) else seeds[:1]
    return changed


if __name__ == "__main__":
    main()
