"""Print what the recorded runs of the grid detector reached, as a table in Markdown.

    python benchmarks/detector.py

The numbers come from the record that ships with the course; `python -m dcv.runs grid_detector` makes it anew.
"""

import numpy as np

from dcv.runs import load_run


def table(record):
    """Return the rows of the table: one for each seed, then mean and standard deviation."""
    names = {"mAP at IoU 0.5": "map50", "mAP at IoU 0.75": "map75", "mAP, IoU 0.5 to 0.95": "map_coco"}
    columns = [*names, "seconds", "processor seconds", "peak memory, MiB"]
    runs = record["runs"]
    values = np.array(
        [
            [
                *(run["test"][name] for name in names.values()),
                *(run[key] for key in ("seconds", "cpu_seconds", "peak_memory_mib")),
            ]
            for run in runs
        ]
    )
    rows = [[f"seed {run['seed']}", *written(row)] for run, row in zip(runs, values, strict=True)]
    rows.append(["mean", *written(values.mean(axis=0))])
    rows.append(["standard deviation", *written(values.std(axis=0, ddof=1))])
    return [["", *columns], ["---"] * (1 + len(columns)), *rows]


def written(row):
    """Return three precisions with three decimals, and three amounts without any."""
    return [*(f"{value:.3f}" for value in row[:3]), *(f"{value:.0f}" for value in row[3:])]


def main():
    """Print the table and what was measured how."""
    record = load_run("grid_detector")
    settings = record["settings"]
    print("## The grid detector of chapter 10\n")
    print(
        f"{settings['train_scenes']:,} drawn scenes, {settings['epochs']} epochs in batches of"
        f" {settings['batch_size']}; tested on {settings['test_scenes']} scenes of another seed. Recorded on"
        f" {record['date']}, {record['machine']}, {record['versions']['backend']}, Keras"
        f" {record['versions']['keras']}. Seconds and processor seconds are those of the training; other work"
        " on the machine adds to the former. Peak memory is that of the whole process so far.\n"
    )
    for row in table(record):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
