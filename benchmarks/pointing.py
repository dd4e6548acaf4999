"""Whether the hottest place of an explanation lies on the defect that somebody has outlined: the pointing game.

Data: magnetic_tile under $SIGHTLINE_DATA (else ../shared/data): factory pictures with outlines of their defects, split
by tile; ImageNet weights of MobileNetV2 beside it. `sl.fit` learns from the training part with these weights as its
backbone. Of every test picture with an outline the true class is explained; a hit is a hottest place inside the
outline, widened by 5 % of the longer side, because heat is coarse and some defects are a few pixels wide. The other
side is the middle of the picture, for which the same outlines are widened as much; intervals resample tiles.
`python -m benchmarks.pointing 10` takes every tenth picture and writes nothing.

J. Zhang et al.: Top-down neural attention by excitation backprop. IJCV 2018 (the pointing game).
"""
# claim: the hottest place lies on the outlined defect more often than the middle of the picture, beyond the interval
# peers: timm

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

import sightline as sl
from benchmarks import frozen, harness, paired
from benchmarks import real_sets as sets

NAME, SET = "pointing", "magnetic_tile"
TIME_S = 120
WIDER = 0.05
METHODS = ("auto", "occlusion")
"""What the winner is explained by where nobody says how, and what any model can be."""


def main() -> None:
    """Fit once, then point at every defect."""
    if not frozen.are_there() or not sets.is_there(SET):
        return
    step = int(sys.argv[1]) if sys.argv[1:] else 1
    catalog = sets.catalog(SET)
    model = fitted(catalog.part("train"))
    test = catalog.part("test")
    rows = [row for row in range(len(test)) if outline_of(Path(str(test.items[row]))).is_file()][::step]
    outlines = [widened(outline_of(Path(str(test.items[row])))) for row in rows]
    groups = np.unique(np.asarray(test.groups)[rows], return_inverse=True)[1]
    middles = np.array([outline[outline.shape[0] // 2, outline.shape[1] // 2] for outline in outlines])
    figures = [harness.Figure("middle of the picture", "% hits", (100 * float(middles.mean()),), "higher")]
    for method in METHODS:
        explained = [model.explain(test.items[row], test.classes[test.labels[row]], method) for row in rows]
        hits = np.array([hit(one, outline) for one, outline in zip(explained, outlines, strict=True)])
        figures += compared(method, hits, middles, groups)
        tell(method, explained, hits, test.labels[rows], test.classes)
    result = harness.Result(
        name=NAME,
        question="Does the hottest place of an explanation lie on the defect?",
        data=f"{SET}, official split by tile, {len(rows)} test pictures with outlines; MobileNetV2, ImageNet",
        figures=tuple(figures),
        agreement="both sides point at the same pictures, into outlines widened alike",
        threads="as a user has them",
    )
    harness.report_all(result, sys.argv[1:])


def fitted(training: sl.Catalog) -> sl.Model:
    """What two minutes make of the training part with the network alone."""
    with tempfile.TemporaryDirectory() as place:
        run = sl.fit(
            training, time_s=TIME_S, only="deep", seed=harness.SEED, backbone=frozen.WEIGHTS, out=Path(place) / "run"
        )
        print(f"{run.winner.name}, {run.seconds:.0f} s", flush=True)
        return run.model


def outline_of(picture: Path) -> Path:
    """Where the outline of a picture would be: masks/PART/CLASS/NAME.png."""
    return sets.DATA / SET / "masks" / picture.parts[-3] / picture.parts[-2] / f"{picture.stem}.png"


def widened(path: Path) -> np.ndarray:
    """(h, w) bool: the outline in a file, widened on all sides."""
    found = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if found is None:
        raise FileNotFoundError(path)
    inside = (found > 127).astype(np.uint8)
    reach = max(1, round(WIDER * max(inside.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(inside, disc) > 0)


def hit(explained: sl.Explanation, outline: np.ndarray) -> bool:
    """Whether the hottest place is inside; a miss where no place speaks for the class."""
    if explained.hottest is None:
        return False
    x, y = explained.hottest
    return bool(outline[int(y * outline.shape[0]), int(x * outline.shape[1])])


def compared(method: str, hits: np.ndarray, middles: np.ndarray, groups: np.ndarray) -> tuple[harness.Figure, ...]:
    """How often a method hits, and how much more often than the middle, with the lower end of its interval."""
    low, high = paired.interval(np.ones(len(hits)), hits, middles, groups)
    gain = 100 * float(hits.mean() - middles.mean())
    print(f"{method}: {100 * hits.mean():.1f} %, gain {gain:+.1f} ({low:+.1f} to {high:+.1f})", flush=True)
    return (
        harness.Figure(f"{method}", "% hits", (100 * float(hits.mean()),), "higher"),
        harness.Figure(f"{method}, more than the middle", "points", (gain,), "higher"),
        harness.Figure(f"{method}, lower end of the difference's interval", "points", (low,), "higher", 0.0),
    )


def tell(
    method: str, explained: list[sl.Explanation], hits: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]
) -> None:
    """What was used, and how often each class was hit."""
    used = {one: sum(found.method == one for found in explained) for one in {found.method for found in explained}}
    by_class = ", ".join(f"{classes[label]} {hits[labels == label].mean():.2f}" for label in np.unique(labels))
    print(f"{method}: {used}; {by_class}", flush=True)


if __name__ == "__main__":
    main()
