"""Report the recorded runs of chapter 8's best network as a Markdown table.

Run it with ``python benchmarks/best_network.py``.
Nothing is trained here: `python -m dcv.runs fast_convnet` makes the runs anew. Wall-clock seconds depend on
what else the machine does; processor seconds divided by the number of cores are about what a free one needs.
"""

import statistics

from dcv.runs import load_run


def report():
    """Return the table as text: mean and standard deviation over the seeds."""
    record = load_run("fast_convnet")
    runs = record["runs"]
    rows = {
        "test accuracy, %": [100 * run["test"]["accuracy"] for run in runs],
        "with the mirror image, %": [100 * run["test"]["accuracy_with_mirror_image"] for run in runs],
        "processor time, s": [run["cpu_seconds"] for run in runs],
        "half of it, the least that two cores need, s": [run["cpu_seconds"] / 2 for run in runs],
        "wall-clock time as recorded, s": [run["seconds"] for run in runs],
        "peak memory, MiB": [run["peak_memory_mib"] for run in runs],
    }
    lines = [
        f"Best network of chapter 8, {record['date']}, {record['machine']}, "
        f"{record['versions']['backend']}, seeds {', '.join(str(run['seed']) for run in runs)}:",
        "",
        "| | mean | standard deviation |",
        "| --- | ---: | ---: |",
    ]
    for name, values in rows.items():
        decimals = 2 if "%" in name else 0
        mean, deviation = statistics.mean(values), statistics.stdev(values)
        lines.append(f"| {name} | {mean:.{decimals}f} | {deviation:.{decimals}f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
