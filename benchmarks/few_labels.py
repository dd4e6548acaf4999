"""What pictures without a label add to 25 labels a class: self-training, and pretraining.

Data: the JPEG version of CIFAR-10 under $SIGHTLINE_DATA (else ../shared/data): 25 training pictures of each class keep
their label, drawn anew by each of five seeds; the other 49,750 have none; the official test set of 10,000 is answered.
The network is `small` at 32 px with drawn weights in all three. The peer learns from the 250 labels alone, by the
component `Trained`, as long, and with pictures changed as far, as is best on 2,000 training pictures that are held out.
Self-training is `SelfTrained`.
Pretraining is `sightline pretrain` on all 50,000 pictures, once, for it sees no labels; its file goes where
`--backbone` takes it, frozen and fine-tuned. Behind all comes the logistic regression that ships.
`python -m benchmarks.few_labels self-training 0` measures a part, or a seed of it, and leaves the rest on record.
"""
# claim: five points above the same network trained from the labels alone, each
# peers: timm

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np

from benchmarks import harness
from benchmarks.cifar10_gpu import stored
from benchmarks.real_sets import DATA, is_there, write
from sightline.classical.projections.power import PowerNormalization
from sightline.contracts import Classifier, GlobalDescriptor
from sightline.deep.courses.pretrained_file import Wish, pretrain_file
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.lesson import Lesson
from sightline.deep.self_trained import SelfTrained
from sightline.deep.trained import Trained
from sightline.deep.wanted import network_of
from sightline.networks.embedding import Embedding
from sightline.parallel import ordered_map
from sightline.pipeline.text import parse
from sightline.search.trying.parts import LINEAR_OF_UNITS

NAME = "few_labels"
LABELS, SEEDS, HELD_OUT = 25, 5, 2_000
LENGTHS = (20, 40, 80, 160)
FAR = {"as usual": None, "changed far": Lesson(randaugment=0.3, erasing=0.25)}
"""What the peer may do: epochs, and how far pictures are changed."""
SELF_EPOCHS = 3
PRETRAINED_EPOCHS = 8
TUNED_EPOCHS, TUNED_RATE = 20, 5e-4
PEER = "labels alone"
CHOSEN = "labels alone, held out, chosen: "
FROZEN, TUNED = "pretrained, frozen", "pretrained, fine-tuned"
FIRST = {"labels": PEER, "self-training": "self-training", "pretraining": FROZEN}
"""Part -> its first figure."""
PARTS = tuple(FIRST)
GAIN, SURE = ", gain", ", gain at least (95 %)"
LEAST_GAIN = 5.0
T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
"""Of Student's distribution, for 95 % of the means of so many values."""
WEIGHTS = harness.ROOT / "runs" / "few_labels.safetensors"
"""Kept from one call to the next, with what a run that is cut off goes on from."""


def main() -> None:
    """Measure what is named: a part, and perhaps a seed; else all."""
    if not is_there("cifar10"):
        return
    part, *seeds = sys.argv[1:] or [""]
    if part and part not in PARTS:
        raise SystemExit(f"{part} was given; allowed: {', '.join(PARTS)}, and perhaps seeds")
    for name in [part] if part else PARTS:
        wanted = [int(one) for one in seeds] or list(range(SEEDS))
        there = len(values_of(FIRST[name]))
        if any(seed > there + place for place, seed in enumerate(wanted)):
            raise SystemExit(f"{name}: seed {there} comes next; measure that first, the others after it")
        measure(name, wanted)
    harness.conclude(NAME)


def measure(part: str, seeds: Sequence[int]) -> None:
    """A part for some seeds, side by side; each is on record as soon as it is there."""
    pictures, labels = stored("train")
    test, truth = stored("test")
    course = chosen(pictures, labels) if part == "labels" else ""
    network = pretrained() if part == "pretraining" else ""

    def right(seed: int) -> dict[str, float]:
        known, others = drawn(labels, seed)
        seen, y = list(pictures[known]), labels[known]
        found: dict[str, GlobalDescriptor] = {}
        if part == "labels":
            found[PEER] = peer(course, seed).fit(seen, y)
        elif part == "self-training":
            learner = SelfTrained(epochs=SELF_EPOCHS, seed=seed)
            learner.unlabelled = list(pictures[others])
            found[part] = learner.fit(seen, y)
        else:
            tuned = FineTuned(network=network, epochs=TUNED_EPOCHS, rate=TUNED_RATE, seed=seed)
            found |= {FROZEN: Embedding(network=network), TUNED: tuned.fit(seen, y)}
        return {what: behind(one, seen, y, test, truth) for what, one in found.items()}

    for seed, found in zip(seeds, ordered_map(right, seeds, None), strict=True):
        print(f"seed {seed}: " + ", ".join(f"{what} {value:.1f} %" for what, value in found.items()), flush=True)
        for what, value in found.items():
            put(what, seed, value)


def drawn(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the pictures that keep their labels, `LABELS` of each class, and rows of all others."""
    order = np.random.default_rng(seed).permutation(len(labels))
    known = np.concatenate([order[labels[order] == code][:LABELS] for code in np.unique(labels)])
    return known, np.setdiff1d(order, known)


def chosen(pictures: np.ndarray, labels: np.ndarray) -> str:
    """How the peer learns: as is best on training pictures that are held out; labels of a seed of its own."""
    for figure in harness.recorded(NAME)["figures"]:
        if figure["what"].startswith(CHOSEN):
            return str(figure["what"]).removeprefix(CHOSEN)
    known, others = drawn(labels, SEEDS)
    seen, y, held = list(pictures[known]), labels[known], others[:HELD_OUT]
    courses = [f"{epochs} epochs, {far}" for far in FAR for epochs in LENGTHS]

    def right(course: str) -> float:
        return behind(peer(course, SEEDS).fit(seen, y), seen, y, pictures[held], labels[held])

    found = dict(zip(courses, ordered_map(right, courses, None), strict=True))
    print("held out: " + "; ".join(f"{course} {value:.1f} %" for course, value in found.items()), flush=True)
    best = max(found, key=lambda course: found[course])
    record(harness.Figure(f"{CHOSEN}{best}", "%", (found[best],), "higher"))
    return best


def peer(course: str, seed: int) -> Trained:
    """The network that learns from the labels alone, unfitted."""
    epochs, _, far = course.partition(" epochs, ")
    return Trained(epochs=int(epochs), lesson=FAR[far], seed=seed)


def pretrained() -> str:
    """The key of the network that `sightline pretrain` makes of all training pictures; made once."""
    WEIGHTS.parent.mkdir(exist_ok=True)
    if not WEIGHTS.exists():
        stored_as = np.load(DATA / "cifar10/train.npz", allow_pickle=False)
        jpeg, ends = stored_as["jpeg"].tobytes(), stored_as["offsets"]
        with tempfile.TemporaryDirectory() as folder:
            for number in range(len(ends) - 1):
                write(Path(folder) / f"{number:05}.jpg", jpeg[ends[number] : ends[number + 1]])
            pretrain_file(folder, WEIGHTS, Wish("small", 32, epochs=PRETRAINED_EPOCHS), said=print)
    return network_of(str(WEIGHTS)).key


def behind(
    learned: GlobalDescriptor, seen: list[np.ndarray], y: np.ndarray, new: np.ndarray, truth: np.ndarray
) -> float:
    """Percent of right answers of what ships: the embedding and a logistic regression on the labels."""
    X, asked = learned.transform(seen), learned.transform(list(new))
    taming, classifier = PowerNormalization(), cast(Classifier, parse(LINEAR_OF_UNITS))
    fitted = classifier.fit(taming.fit(X).transform(X), y)
    return 100 * float(np.mean(fitted.predict(taming.transform(asked)) == truth))


def put(what: str, seed: int, value: float) -> None:
    """One seed on record, in its place, and what follows from all of them."""
    values = values_of(what)
    values[seed : seed + 1] = [value]
    record(harness.Figure(what, "%", tuple(values), "higher"))
    for ours in ("self-training", FROZEN, TUNED):
        gains = [a - b for a, b in zip(values_of(ours), values_of(PEER), strict=False)]
        if gains:
            limit = None if ours == FROZEN else LEAST_GAIN
            record(harness.Figure(f"{ours}{GAIN}", "points", tuple(gains), "higher", limit))
        if len(gains) in T:
            least = statistics.mean(gains) - T[len(gains)] * statistics.stdev(gains) / len(gains) ** 0.5
            record(harness.Figure(f"{ours}{SURE}", "points", (least,), "higher"))


def values_of(what: str) -> list[float]:
    """What is on record of each seed, in order."""
    return [one for figure in harness.recorded(NAME)["figures"] if figure["what"] == what for one in figure["values"]]


def record(figure: harness.Figure) -> None:
    """Put a figure on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="What do pictures without a label add to 25 labels a class?",
            data="CIFAR-10, JPEG of quality 75; 250 labels, drawn by five seeds, 49,750 pictures without; 10,000 asked",
            figures=(figure,),
            agreement="all begin with drawn weights of the same network and answer the same pictures by the same head",
            threads="one for each seed, two side by side; pretraining on both",
        )
    )


if __name__ == "__main__":
    main()
