"""The recorded run of chapter 10: the grid detector on drawn scenes, with several seeds."""

import time

import numpy as np

from dcv.boxes import average_precisions, mean_average_precision
from dcv.data import Dataset, scenes
from dcv.models.detector import compile_detector, detect, encode_objects, grid_detector
from dcv.runs.record import peak_memory_mib, provenance, store_run
from dcv.training import set_seed

TRAIN_SEED, TEST_SEED = 0, 1  # of the scenes: no scene is in both


def record_detector(
    folder,
    *,
    epochs=8,
    train_scenes=3000,
    test_scenes=500,
    batch_size=32,
    learning_rate=5e-3,
    seeds=(0, 1, 2),
):
    """Train the grid detector once for each seed, measure each on unseen scenes, and store all of it.

    Parameters
    ----------
    folder : path-like
        Receives grid_detector.npz (weights of the first seed, float32) and grid_detector.json (the record).
    epochs, batch_size : int
        How often every scene is shown, and how many at a time.
    train_scenes, test_scenes : int
        How many to draw.
    learning_rate : float
        The highest of the schedule.
    seeds : sequence of int
        One training for each. They differ in the first weights and in the order of the scenes.

    Returns
    -------
    dict
        As `load_run` returns it. "runs" has for each seed: "seed", "history", "test" (average precision by
        class, and mean average precision at an IoU of 0.5, of 0.75, and COCO's mean over 0.5 to 0.95),
        "seconds" and "cpu_seconds" of the training alone, "peak_memory_mib" of the whole process so far.
    """
    train, test = scenes(train_scenes, seed=TRAIN_SEED), scenes(test_scenes, seed=TEST_SEED)
    images, targets = train.images.astype(np.float32) / 255, encode_objects(train.objects)
    test_images = test.images.astype(np.float32) / 255
    runs, first_model = [], None
    for seed in seeds:
        set_seed(seed)
        steps = epochs * -(-len(images) // batch_size)
        model = compile_detector(grid_detector(), steps, learning_rate=learning_rate)
        started, cpu_started = time.perf_counter(), time.process_time()
        result = model.fit(images, targets, epochs=epochs, batch_size=batch_size, verbose=2)
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        detections = detect(model, test_images)
        by_class = average_precisions(detections, test.objects)
        runs.append(
            {
                "seed": seed,
                "history": {
                    name: [float(value) for value in values] for name, values in result.history.items()
                },
                "test": {
                    "map50": mean_average_precision(detections, test.objects),
                    "map75": mean_average_precision(detections, test.objects, iou_threshold=0.75),
                    "map_coco": mean_average_precision(
                        detections, test.objects, iou_threshold=np.arange(0.5, 1, 0.05), method="101-point"
                    ),
                    "ap50_by_class": {test.class_names[label]: value for label, value in by_class.items()},
                },
                "seconds": seconds,
                "cpu_seconds": cpu_seconds,
                "peak_memory_mib": peak_memory_mib(),
            }
        )
        first_model = first_model or model
    settings = {
        "train_scenes": train_scenes,
        "test_scenes": test_scenes,
        "train_seed": TRAIN_SEED,
        "test_seed": TEST_SEED,
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": "Adam",
        "learning_rate": learning_rate,
        "seeds": list(seeds),
    }
    data = Dataset("scenes", train.class_names, train.images, _labels(train), test.images, _labels(test))
    record = {**provenance("grid_detector", data, settings), "runs": runs}
    store_run(folder, record, first_model)
    return record


def summarize_detector(record):
    """Return the seconds of training in all runs, and the mean average precisions at an IoU of 0.5.

    Parameters
    ----------
    record : dict
        As `record_detector` returns it.

    Returns
    -------
    tuple
        (seconds, {"mAP@0.5": [value in [0, 1] of each seed]}).
    """
    seconds = sum(run["seconds"] for run in record["runs"])
    return seconds, {"mAP@0.5": [run["test"]["map50"] for run in record["runs"]]}


def _labels(drawn):
    return np.concatenate([labels for _, labels in drawn.objects])
