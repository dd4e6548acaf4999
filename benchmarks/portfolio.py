"""How far each candidate of the portfolio is behind the best, before any of them is made better.

Data: training parts of sets of real pictures under $SIGHTLINE_DATA (else ../shared/data) and scikit-learn's digits, in
two kinds: longer sides up to `SMALL_PX`, and more. Out-of-fold scores on the first rung of the race; no test part is
read. The priors that order the race (`Candidate.promise`) are what this prints: the mean over the sets of a kind of
exp(-points behind / `DOUBT`). A set that is absent is left out, with a word why. Takes a quarter of an hour.
"""
# claim: where time is short, what was near the best on sets of such pictures comes first

from __future__ import annotations

import contextlib
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import sightline as sl
from benchmarks import harness
from benchmarks import real_sets as sets
from sightline.search.trying.candidate import SMALL_PX
from sightline.search.trying.candidates import PORTFOLIO
from sightline.search.trying.trial import Trial

LARGER = (*sets.BOOK_SETS, "pacs/photo", "pacs/art_painting", "pacs/cartoon", "pacs/sketch", "omniglot")
SMALL = ("fashion_mnist", "cifar10", "digits")
TIME_S = 3600
DOUBT = 5.0
"""Points behind the best on a set that make a prior e times smaller."""
KINDS = {f"up to {SMALL_PX} px": SMALL, f"over {SMALL_PX} px": LARGER}


class Enough(Exception):  # noqa: N818 - no error
    """Everybody was tried on the first rung."""


def main() -> None:
    """All sets, or those named."""
    behind = {kind: found for kind, names in KINDS.items() if (found := of_kind(names))}
    figures = []
    for candidate in PORTFOLIO:
        for kind, found in behind.items():
            points = tuple(one[candidate.name] for one in found.values())
            promise = float(np.mean(np.exp(-np.array(points) / DOUBT)))
            print(f"{candidate.name}, {kind}: promise {promise:.2f}")
            figures.append(harness.Figure(f"{candidate.name}, pictures {kind}, behind the best", "points", points))
    result = harness.Result(
        name="portfolio",
        question="How far is each candidate behind the best on the first rung?",
        data="; ".join(f"{kind}: {', '.join(found)}" for kind, found in behind.items()),
        figures=tuple(figures),
        agreement="all candidates answer the same held-out pictures",
        threads="as a user has them",
    )
    harness.report_all(result, sys.argv[1:])


def of_kind(names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Points behind the best, by set and candidate."""
    found = {}
    for name in names:
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        if name != "digits" and not sets.is_there(name):
            continue
        with tempfile.TemporaryDirectory() as place:
            found[name] = of_set(READERS.get(name, plain)(name, Path(place)))
        best = min(found[name], key=lambda one: found[name][one])
        print(f"{name}: {best}", flush=True)
    return found


def of_set(catalog: sl.Catalog) -> dict[str, float]:
    """Points behind the best, by candidate."""
    scores: dict[str, float] = {}

    def told(trial: Trial) -> None:
        scores[trial.name] = 0.0 if trial.score is None else 100 * trial.score.value
        if len(scores) == len(PORTFOLIO):
            raise Enough

    with contextlib.suppress(Enough):
        sl.fit(catalog, time_s=TIME_S, seed=harness.SEED, only="classical", told=told)
    return {name: max(scores.values()) - score for name, score in scores.items()}


def plain(name: str, _: Path) -> sl.Catalog:
    """A set of class folders, with its groups."""
    return sets.catalog(name)


def written(name: str, place: Path) -> sl.Catalog:
    """A set that is written to class folders first."""
    sets.WRITTEN[name](place / name)
    return sl.read(place / name)


def omniglot(name: str, place: Path) -> sl.Catalog:
    """All characters of all alphabets, a class each."""
    with zipfile.ZipFile(next((sets.DATA / name).glob("*.zip"))) as archive:
        files = [one for one in archive.namelist() if one.endswith(".png")]
        pictures = [archive.read(one) for one in files]
    return sl.read(pictures, labels=["/".join(one.split("/")[-3:-1]) for one in files])


def digits(_: str, __: Path) -> sl.Catalog:
    """Digits of 8 px, four times as large."""
    from sklearn.datasets import load_digits

    found = load_digits()
    grey = (found.images * 15).astype(np.uint8)
    pictures = [cv2.resize(one, (32, 32), interpolation=cv2.INTER_CUBIC)[..., None] for one in grey]
    return sl.read(pictures, labels=found.target)


READERS: dict[str, Callable[[str, Path], sl.Catalog]] = {
    "fashion_mnist": written,
    "cifar10": written,
    "omniglot": omniglot,
    "digits": digits,
}


if __name__ == "__main__":
    main()
