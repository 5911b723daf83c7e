"""``python -m dcv.runs``: make the recorded runs again."""

import argparse
import inspect
import json
from importlib import resources
from pathlib import Path

from dcv.runs.ablation import record_ablation, summarize_ablation
from dcv.runs.baseline import record_baseline, summarize_baseline
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
    parser.add_argument("--folder", type=Path, default=Path(str(shipped)), help="where to store them")
    parser.add_argument("--epochs", type=int, help="train shorter or longer than the recorded runs")
    options = parser.parse_args(arguments)
    if unknown := set(options.runs) - set(RUNS):
        parser.error(f"runs must be among {', '.join(RUNS)}; got {', '.join(sorted(unknown))}")

    epochs = {} if options.epochs is None else {"epochs": options.epochs}
    for name in options.runs or RUNS:
        record_run, summarize = RUNS[name]
        earlier = options.folder / f"{name}.json"
        stored = summarize(json.loads(earlier.read_text(encoding="utf-8")))[1] if earlier.exists() else {}
        settings = epochs if "epochs" in inspect.signature(record_run).parameters else {}
        seconds, results = summarize(record_run(options.folder, **settings))
        print(f"{name}: {seconds:.0f} s of training")
        for which, result in results.items():
            change = ""
            if which in stored:
                change = f", {100 * (result - stored[which]):+.2f} points against the run stored before"
            print(f"  {which} {result:.4f}{change}")


if __name__ == "__main__":
    main()
