"""Report the recorded runs of chapter 10's grid detector as a Markdown table.

Run it with ``python benchmarks/detector.py``.
Nothing is trained here: `python -m dcv.runs grid_detector` makes the runs anew. Wall-clock seconds depend on
what else the machine does; processor seconds divided by the number of cores are about what a free one needs.
"""

import statistics

from dcv.runs import load_run


def report():
    """Return the table as text: mean and standard deviation over the seeds."""
    record = load_run("grid_detector")
    runs, settings = record["runs"], record["settings"]
    rows = {
        "mAP at IoU 0.5": [run["test"]["map50"] for run in runs],
        "mAP at IoU 0.75": [run["test"]["map75"] for run in runs],
        "mAP, mean of IoU 0.5 to 0.95": [run["test"]["map_coco"] for run in runs],
        "processor time, s": [run["cpu_seconds"] for run in runs],
        "half of it, the least that two cores need, s": [run["cpu_seconds"] / 2 for run in runs],
        "wall-clock time as recorded, s": [run["seconds"] for run in runs],
        "peak memory of the process so far, MiB": [run["peak_memory_mib"] for run in runs],
    }
    lines = [
        f"Grid detector of chapter 10, {settings['train_scenes']:,} scenes, {settings['epochs']} epochs, "
        f"tested on {settings['test_scenes']} unseen scenes, {record['date']}, {record['machine']}, "
        f"{record['versions']['backend']}, seeds {', '.join(str(run['seed']) for run in runs)}:",
        "",
        "| | mean | standard deviation |",
        "| --- | ---: | ---: |",
    ]
    for name, values in rows.items():
        decimals = 3 if "mAP" in name else 0
        mean, deviation = statistics.mean(values), statistics.stdev(values)
        lines.append(f"| {name} | {mean:.{decimals}f} | {deviation:.{decimals}f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
