"""What few labels are worth with a trained network: 5, 10 and 20 pictures of each class, ten draws each.

Data: flowers and omniglot under $SIGHTLINE_DATA (else ../shared/data), ImageNet weights of MobileNetV2 beside them.
A draw takes so many training pictures of each class; omniglot, which has no parts, is cut in two, and twenty of its
characters are drawn each time. Ours is `sl.fit` with these weights as its backbone for 20 s; their export is there, as
it is from a user's second run on. The peer is scikit-learn's nearest neighbors on raw embeddings, with one or five,
whichever answers the test part better.
`python -m benchmarks.few_shot flowers 5` measures what is named anew and leaves the rest on record.
"""
# claim: with 5, 10 and 20 pictures of each class better than nearest neighbors on raw embeddings, never worse
# peers: timm

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import sightline as sl
from benchmarks import frozen, harness, paired
from benchmarks.real_sets import DATA, is_there
from sightline.networks.network import Network

TIME_S = 20
DRAWS = 10
COUNTS = {"flowers": (5, 10, 20), "omniglot": (5, 10)}
"""Omniglot has 20 pictures of each character, half of which are the test part."""
CHARACTERS = 20
"""Of omniglot, drawn anew for each draw."""
NAME = "few_shot"
CHANCE = 2.262
"""Student's t of 9 degrees of freedom, 95 %, for the interval of ten draws."""


def main() -> None:
    """Run all, or the set and numbers named."""
    named = sys.argv[1:]
    if not frozen.are_there():
        return
    with tempfile.TemporaryDirectory() as place:
        network = frozen.network(Path(place))
        for name in [one for one in named if one in COUNTS] or list(COUNTS):
            if is_there(name):
                for count in [int(one) for one in named if one.isdigit()] or COUNTS[name]:
                    record(*measure(name, count, network, Path(place)))
    harness.conclude(NAME)


def measure(name: str, count: int, network: Network, place: Path) -> tuple[harness.Figure, ...]:
    """Both sides on all draws of one number."""
    ours, theirs = [], []
    for draw in range(DRAWS):
        random = np.random.default_rng([harness.SEED, draw, count])
        training, test = drawn(name, count, random, place / f"pictures-{count}-{draw}")
        out = place / f"{name}-{count}-{draw}"
        run = sl.fit(training, time_s=TIME_S, seed=draw, backbone=frozen.WEIGHTS, out=out)
        ours.append(paired.balanced(test.labels, run.model.predict_proba(test).argmax(axis=1)))
        theirs.append(neighbors(network, training, test))
        print(f"{name}, {count}: {ours[-1]:.1f} against {theirs[-1]:.1f} %, {run.winner.name}", flush=True)
    gains = np.subtract(ours, theirs)
    high = float(gains.mean() + CHANCE * gains.std(ddof=1) / DRAWS**0.5)
    where = f"{name}, {count} of each class"
    return (
        harness.Figure(f"{where}: sightline", "% balanced", tuple(ours), "higher"),
        harness.Figure(f"{where}: nearest neighbors", "% balanced", tuple(theirs), "higher"),
        harness.Figure(f"{where}: mean gain", "points", (float(gains.mean()),), "higher", 0.0),
        harness.Figure(f"{where}: upper end of its interval", "points", (high,), "higher", 0.0),
    )


def drawn(name: str, count: int, random: np.random.Generator, place: Path) -> tuple[sl.Catalog, sl.Catalog]:
    """So many training pictures of each class, and the test part."""
    if name == "omniglot":
        return characters(count, random, place)
    catalog = sl.read(DATA / name)
    training = catalog.part("train")
    rows = [
        random.choice(np.flatnonzero(training.labels == k), count, replace=False) for k in range(len(catalog.classes))
    ]
    return training.subset(np.sort(np.concatenate(rows))), catalog.part("test")


def characters(count: int, random: np.random.Generator, place: Path) -> tuple[sl.Catalog, sl.Catalog]:
    """Some characters, half of the pictures of each as the test part."""
    with zipfile.ZipFile(DATA / "omniglot" / "images_background_small1.zip") as packed:
        names = sorted(name for name in packed.namelist() if name.endswith(".png"))
        kinds = sorted({name.rpartition("/")[0] for name in names})
        chosen = {kinds[at] for at in random.choice(len(kinds), CHARACTERS, replace=False)}
        files = [name for name in names if name.rpartition("/")[0] in chosen]
        packed.extractall(place, files)
    training: list[str] = []
    test: list[str] = []
    for kind in sorted(chosen):
        own = random.permutation([name for name in files if name.rpartition("/")[0] == kind]).tolist()
        test += own[: len(own) // 2]
        training += own[len(own) // 2 :][:count]
    return tuple(sl.read([str(place / name) for name in part], labels_of(part)) for part in (training, test))  # type: ignore[return-value]


def labels_of(names: Sequence[str]) -> list[str]:
    """The alphabet and the character of each."""
    return [name.rpartition("/")[0] for name in names]


def neighbors(network: Network, training: sl.Catalog, test: sl.Catalog) -> float:
    """Balanced accuracy of the peer on the test part, the better of one neighbor and five."""
    from sklearn.neighbors import KNeighborsClassifier

    X, new = (frozen.embeddings(network, [Path(str(item)) for item in part.items]) for part in (training, test))
    fitted = (KNeighborsClassifier(n_neighbors=k).fit(X, training.labels) for k in (1, 5))
    return max(paired.balanced(test.labels, one.predict(new)) for one in fitted)


def record(*figures: harness.Figure) -> None:
    """Put figures on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="What are 5, 10 and 20 pictures of each class worth?",
            data="flowers and omniglot under $SIGHTLINE_DATA; MobileNetV2, ImageNet; ten draws each",
            figures=figures,
            agreement="both sides answer the same test pictures, with the same network",
            threads="as a user has them",
        )
    )


if __name__ == "__main__":
    main()
