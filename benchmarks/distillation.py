"""What a small network gains by learning from a large pipeline instead of from labels.

Data: rsscn7, flowers and fashion_mnist under $SIGHTLINE_DATA (else ../shared/data), ImageNet weights of MobileNetV2
beside them. Teachers: the network fine-tuned at 224 px; of fashion_mnist, with 2,000 labels, a patch dictionary with
PHOG under an RBF SVM. Students are the network at 112 px, four times as fast as at 224, and, drawn, a MobileNetV3-small
of half width, at 112 and for fashion_mnist at 64 px. The peer is the same network with the same beginning, changes of
pictures, rate and number of steps, trained on the labels alone; the student is shown 10,000 pictures without a label as
well, where there are any. Behind both comes the logistic regression that ships.
`python -m benchmarks.distillation "flowers, drawn"` measures what is named anew and leaves the rest on record.
"""
# claim: two points above the same network trained plainly, on average of three sets
# peers: timm

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np

from benchmarks import frozen, harness, paired
from benchmarks import real_sets as sets
from sightline.arrays import Picture
from sightline.classical.projections.power import PowerNormalization
from sightline.contracts import Classifier
from sightline.deep.courses.distillation import Distiller, distill
from sightline.deep.courses.fine_tuning import DECAY, Course, embeddings
from sightline.deep.courses.head import headed, probe
from sightline.deep.export import exported_module
from sightline.deep.nets.backbones import drawn, looking, module_of
from sightline.deep.training.layers import groups, leave_nothing_to_chance
from sightline.deep.training.regime import Regime
from sightline.deep.training.shown.batches import Batches, of_classes
from sightline.deep.training.watch import Watch
from sightline.deep.weights.origins import origin_of
from sightline.deep.weights.recipe import Recipe
from sightline.networks.network import Network
from sightline.parallel import ordered_map
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search.trying.candidates import PORTFOLIO
from sightline.search.trying.parts import LINEAR_OF_UNITS, TAMED
from sightline.search.trying.teaching import school

NAME, GAIN, DRAWN = "distillation", ", gain", ", drawn"
LEAST_GAIN = 2.0
SEEDS = 2
PATCHES = "patch dictionary + PHOG + RBF SVM"
LABELLED, UNLABELLED = 2_000, 10_000
QUICK_PX = 112
TAUGHT = 20
"""Epochs of a teacher."""
EPOCHS = {"rsscn7": 40, "flowers": 40, "rsscn7, drawn": 60, "flowers, drawn": 60, "fashion_mnist": 10}
"""Of the student; the peer sees as many pictures."""
MEANS: Mapping[str, tuple[str, ...]] = {
    "mean gain, all sets": ("rsscn7", "flowers", "fashion_mnist"),
    "mean gain, all sets, students all drawn": ("rsscn7, drawn", "flowers, drawn", "fashion_mnist"),
}
SMALL, SMALL_RATE = "mobilenetv3_small_050", 2e-3


@dataclasses.dataclass(frozen=True)
class School:
    """One set: pictures (h, w, 3) uint8 with class numbers, pictures without, the test part, who teaches whom."""

    pictures: Sequence[Picture]
    y: np.ndarray
    more: Sequence[Picture]
    test: Sequence[Picture]
    truth: np.ndarray
    teacher: str
    student: Recipe
    trained: bool
    rate: float


def main() -> None:
    """Run all sets, or those named."""
    if not frozen.are_there():
        return
    network = frozen.network()
    for name in sys.argv[1:] or list(EPOCHS):
        if sets.is_there(name.removesuffix(DRAWN)):
            record(*measure(name, clothes() if name == "fashion_mnist" else photographs(name, network)))
    gains = {one["what"]: one["median"] for one in harness.recorded(NAME)["figures"]}
    for what, names in MEANS.items():
        if all(f"{name}{GAIN}" in gains for name in names):
            mean = float(np.mean([gains[f"{name}{GAIN}"] for name in names]))
            record(harness.Figure(what, "points", (mean,), "higher", LEAST_GAIN))
    harness.conclude(NAME)


def measure(name: str, given: School) -> tuple[harness.Figure, ...]:
    """Both sides on one set, as often as there are seeds."""
    answer, more = school(given.teacher, given.more)(given.pictures, given.y)
    seen = [*given.pictures, *more]
    best = paired.balanced(given.truth, np.array([one.argmax() for one in ordered_map(answer, given.test, None)]))
    ours, theirs, epochs = [], [], EPOCHS[name]
    for seed in range(SEEDS):
        course = Course(Regime(epochs=epochs, rate=given.rate), seed=seed)
        made = distill(given.student, seen, answer, "student", course, trained=given.trained)
        longer = round(epochs * len(seen) / len(given.pictures))
        plain = plainly(given, dataclasses.replace(course, regime=Regime(epochs=longer, rate=given.rate)))
        ours.append(behind(made, given))
        theirs.append(behind(plain, given))
        print(f"{name}: teacher {best:.1f}, student {ours[-1]:.1f}, trained plainly {theirs[-1]:.1f} %", flush=True)
    gains = tuple(np.subtract(ours, theirs).tolist())
    return (
        harness.Figure(f"{name}, teacher", "% balanced", (best,), "higher"),
        harness.Figure(f"{name}, student", "% balanced", tuple(ours), "higher"),
        harness.Figure(f"{name}, the same network trained plainly", "% balanced", tuple(theirs), "higher"),
        harness.Figure(f"{name}{GAIN}", "points", gains, "higher"),
    )


def plainly(given: School, course: Course) -> Network:
    """The student's network, trained as it is but on class numbers."""
    import torch

    network = module_of(given.student) if given.trained else drawn(given.student, course.seed)
    leave_nothing_to_chance(network)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    seeing = looking(network, given.student).to(device=device, memory_format=torch.channels_last)
    batches = Batches(given.pictures, of_classes(given.y), given.student.px, course.augmentation, course.seed)
    head = probe(embeddings(seeing, batches, 32, Watch())[0], given.y, int(given.y.max()) + 1)
    rated = groups(network, head.to(device), DECAY if given.trained else 1.0, course.regime.weight_decay)
    trainer = Distiller(headed(seeing, head), batches, course.regime, rated)
    trainer.temperature, trainer.trained = 1.0, given.trained
    trainer.run()
    network.to(device="cpu", memory_format=torch.contiguous_format)
    return exported_module(network, given.student, "plain")


def behind(network: Network, given: School) -> float:
    """Balanced accuracy on the test part, in percent, of what ships: the embedding and a logistic regression."""
    looked = network.at(given.student.px)
    X, new = (np.stack(list(ordered_map(looked.embed, part, None))) for part in (given.pictures, given.test))
    taming, classifier = PowerNormalization(), cast(Classifier, parse(LINEAR_OF_UNITS))
    fitted = classifier.fit(taming.fit(X).transform(X), given.y)
    return paired.balanced(given.truth, fitted.predict_proba(taming.transform(new)).argmax(axis=1))


def photographs(name: str, network: Network) -> School:
    """A set of photographs, all of them labelled."""
    catalog, preparation = sets.catalog(name.removesuffix(DRAWN)), Preparation()
    training, test = catalog.part("train"), catalog.part("test")
    teacher = f"FineTuned(network='{network.key}', epochs={TAUGHT}) > {TAMED} > {LINEAR_OF_UNITS}"
    pictures, new = ([preparation.apply(item) for item in part.items] for part in (training, test))
    trained = not name.endswith(DRAWN)
    student = dataclasses.replace(origin_of(network.key) if trained else Recipe(Path(SMALL), SMALL), px=QUICK_PX)
    rate = 5e-4 if trained else SMALL_RATE
    return School(pictures, training.labels, (), new, test.labels, teacher, student, trained, rate)


def clothes() -> School:
    """Fashion-MNIST, few of whose training pictures have a label."""
    parts = []
    for stem in ("train", "t10k"):
        grey = sets.unpacked(f"{stem}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)[: LABELLED + UNLABELLED]
        pictures = list(np.repeat(grey[..., None], 3, axis=3))
        parts.append((pictures, sets.unpacked(f"{stem}-labels-idx1-ubyte.gz", 8)[: len(pictures)].astype(np.int64)))
    (pictures, y), (test, truth) = parts
    teacher = next(one.spec for one in PORTFOLIO if one.name == PATCHES)
    more = pictures[LABELLED:]
    student = Recipe(Path(SMALL), SMALL, px=64)
    return School(pictures[:LABELLED], y[:LABELLED], more, test, truth, teacher, student, False, SMALL_RATE)


def record(*figures: harness.Figure) -> None:
    """Put figures on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="What does a small network gain by learning from a large pipeline instead of from labels?",
            data="rsscn7, flowers, fashion_mnist under $SIGHTLINE_DATA; MobileNetV2, ImageNet; two seeds",
            figures=figures,
            agreement="both sides begin with the same weights, see as many pictures, answer the same test pictures",
            threads="all cores",
        )
    )


if __name__ == "__main__":
    main()
