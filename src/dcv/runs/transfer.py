"""The recorded runs of chapter 9: cat or dog from few images, with and without what a base has learned."""

import time

import numpy as np

from dcv.data import balanced_subset, load_cifar10
from dcv.models import eight_class_convnet, freeze, load_pretrained, split_base, transfer_classifier
from dcv.models.transfer import BLOCKS
from dcv.runs.eight_classes import HELD_OUT, only
from dcv.runs.record import provenance, store_run
from dcv.training import compile_classifier, set_seed

#: The ways to train: "2 frozen" keeps the two blocks next to the image as they were pretrained.
WAYS = (*(f"{blocks} frozen" for blocks in range(len(BLOCKS), -1, -1)), "scratch")


def record_transfer(
    folder,
    *,
    counts=(50, 100, 200, 400, 1000),
    seeds=3,
    updates_from_scratch=400,
    head_updates=120,
    fine_tuning_updates=50,
    batch_size=32,
    learning_rate=1e-3,
    head_learning_rate=1e-2,
    fine_tuning_rate=3e-4,
    held_out=HELD_OUT,
    validation_images=0,
):
    """Train on few images of the held-out classes, in all `WAYS`, and store the accuracies.

    With the pretrained base, a new head is trained alone at first: that is "4 frozen". From there, the head
    and the blocks that are not frozen are fine-tuned together. From scratch, everything is trained at once.
    A way sees equally many batches, however few images there are: most of them from scratch, where everything
    is still to be learned. Each seed draws other images, in another order, and from scratch it begins with
    other weights.

    Parameters
    ----------
    folder : path-like
        Receives transfer.json (the record).
    counts : sequence of int
        Numbers of training images, equally many of each class.
    seeds : int
        Number of repetitions, with the seeds 0, 1, ….
    updates_from_scratch, head_updates, fine_tuning_updates, batch_size : int
        Batches that are seen from scratch, for the head alone, and for fine-tuning; images in each.
    learning_rate, head_learning_rate, fine_tuning_rate : float
        Adam's step size: from scratch, for the head alone, and for fine-tuning.
    held_out : sequence of int
        Labels of the classes: those that the base was not trained on.
    validation_images : int
        If above 0, accuracies are measured on so many training images that nothing else uses, not on the test
        images. That is for choosing the settings.

    Returns
    -------
    dict
        The record. "accuracy": way → for each count a list of the accuracies of all seeds. "trained": way →
        the number of weights that are trained.

    Raises
    ------
    dcv.data.DataUnavailableError
        If CIFAR-10 cannot be had.
    """
    data = load_cifar10()
    images, labels = only(data.train_images, data.train_labels, held_out)
    new_images, new_labels = only(data.test_images, data.test_labels, held_out)
    if validation_images:
        new_images, new_labels = images[-validation_images:], labels[-validation_images:]
        images, labels = images[:-validation_images], labels[:-validation_images]
    cases = [(count, seed) for count in counts for seed in range(seeds)]
    subsets = {case: balanced_subset(images, labels, case[0], seed=case[1]) for case in cases}

    base = load_pretrained("eight_classes").get_layer("base")
    pretrained = base.get_weights()
    from_scratch = [_initial_weights(len(held_out), seed) for seed in range(seeds)]
    schedules = {
        WAYS[0]: (head_learning_rate, head_updates),
        "scratch": (learning_rate, updates_from_scratch),
    }
    heads, accuracy, trained = {}, {}, {}
    began, processor_began = time.perf_counter(), time.process_time()
    for way in WAYS:
        base.set_weights(pretrained)
        lower, model = _network(way, base, len(held_out))
        start, new_head = model.get_weights()[:-2], [np.zeros_like(part) for part in model.get_weights()[-2:]]
        rate, batches = schedules.get(way, (fine_tuning_rate, fine_tuning_updates))
        trainer = _Trainer(model, rate, batches, batch_size)
        new_inputs, found = lower(new_images), []
        for count, seed in cases:
            weights = from_scratch[seed] if way == "scratch" else start + heads.get((count, seed), new_head)
            trainer.train(weights, lower(subsets[count, seed][0]), subsets[count, seed][1], seed)
            heads.setdefault((count, seed), model.get_weights()[-2:])
            found.append(model.evaluate(new_inputs, new_labels, batch_size=500, verbose=0)[1])
        accuracy[way] = np.reshape(found, (len(counts), seeds)).tolist()
        trained[way] = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        print(f"{way}: {', '.join(f'{mean:.3f}' for mean in np.mean(accuracy[way], axis=1))}", flush=True)

    settings = {
        "classes": [data.class_names[label] for label in held_out],
        "counts": list(counts),
        "seeds": seeds,
        "measured_on": len(new_images),
        "updates_from_scratch": updates_from_scratch,
        "head_updates": head_updates,
        "fine_tuning_updates": fine_tuning_updates,
        "batch_size": batch_size,
        "optimizer": "Adam",
        "learning_rate": learning_rate,
        "head_learning_rate": head_learning_rate,
        "fine_tuning_rate": fine_tuning_rate,
    }
    record = {
        **provenance("transfer", data, settings),
        "accuracy": accuracy,
        "trained": trained,
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time() - processor_began,
    }
    store_run(folder, record)
    return record


def summarize_transfer(record):
    """Return the seconds of training, and each way's accuracies with the largest number of images.

    Parameters
    ----------
    record : dict
        As `record_transfer` returns it.

    Returns
    -------
    tuple
        (seconds, {"1000 images, 4 frozen": [accuracy in [0, 1] of each seed], …}).
    """
    count = record["settings"]["counts"][-1]
    accuracies = {f"{count} images, {way}": found[-1] for way, found in record["accuracy"].items()}
    return record["seconds"], accuracies


def _network(way, base, classes):
    """Return a function for what stays as it is, and the network for what is trained on its output."""
    if way == "scratch":
        return np.asarray, eight_class_convnet(classes=classes)
    frozen = int(way.split()[0])
    freeze(base, frozen)
    lower, upper = split_base(base, frozen)
    # Computed once for each image, not once for each time that it is shown.
    return (lambda images: lower.predict(images, batch_size=500, verbose=0)), transfer_classifier(
        upper, classes
    )


def _initial_weights(classes, seed):
    set_seed(seed)
    return eight_class_convnet(classes=classes).get_weights()


class _Trainer:
    """Trains one model again and again, each time from given weights and with a new optimizer.

    Building and compiling it anew would take longer than the training.
    """

    def __init__(self, model, learning_rate, updates, batch_size):
        self.model = compile_classifier(model, learning_rate=learning_rate)
        self.updates, self.batch_size = updates, batch_size
        model.optimizer.build(model.trainable_variables)
        self._new_optimizer = [variable.numpy() for variable in model.optimizer.variables]

    def train(self, weights, images, labels, seed):
        """Show `updates` batches: all images in random order, then all again in another order, and so on."""
        self.model.set_weights(weights)
        for variable, value in zip(self.model.optimizer.variables, self._new_optimizer, strict=True):
            variable.assign(value)
        rng = np.random.default_rng(seed)
        shown = self.updates * self.batch_size
        rounds = [rng.permutation(len(images)) for _ in range(-(-shown // len(images)))]
        order = np.concatenate(rounds)[:shown]
        self.model.fit(images[order], labels[order], batch_size=self.batch_size, shuffle=False, verbose=0)
