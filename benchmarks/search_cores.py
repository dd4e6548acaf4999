"""Whether both cores are busy during search: how long until every candidate of the portfolio was tried.

Data: 1,200 drawn mats of 192 px, in memory; one rung, the whole portfolio, nothing remembered. The same trials with one
worker and with two, in turns; their held-out answers are asserted to be the same. Not on a machine whose second core is
busy.
"""
# claim: with two cores the search makes at least 1.7 times the trials of one core

from __future__ import annotations

import contextlib
import time

import numpy as np
import numpy.typing as npt

import sightline as sl
from benchmarks import drawn, harness
from sightline.search.trying.candidates import PORTFOLIO
from sightline.search.trying.trial import Trial

PICTURES, SIZE, TIME_S, RUNS = 1_200, 192, 900, 3


class Enough(Exception):  # noqa: N818 - no error
    """Everybody was tried; what comes after is another question."""


def main() -> None:
    """The same trials with one worker and with two."""
    harness.need_two_free_cores()
    pictures = [drawn.mat(seed, bool(seed % 2), SIZE, SIZE) for seed in range(PICTURES)]
    catalog = sl.read(pictures, labels=[drawn.CLASSES[seed % 2] for seed in range(PICTURES)])
    pairs = [(tried(catalog, 1), tried(catalog, 2)) for _ in range(RUNS)]
    one, two = ([found for found, _ in side] for side in zip(*pairs, strict=True))
    same = all(np.array_equal(a, b) for (_, x), (_, y) in pairs for a, b in zip(x, y, strict=True))
    if not same:
        raise harness.DisagreementError("one worker and two give other answers")
    harness.report(
        harness.Result(
            name="search_cores",
            question="How much sooner has every candidate been tried with two workers?",
            data=f"{PICTURES} drawn mats of {SIZE} px, the {len(PORTFOLIO)} candidates of the portfolio",
            agreement="held-out answers of every candidate are the same",
            figures=(
                harness.Figure("one worker", "s", tuple(one)),
                harness.Figure("two workers", "s", tuple(two)),
                harness.Figure(
                    "one worker / two workers", "x", tuple(a / b for a, b in zip(one, two, strict=True)), "higher", 1.7
                ),
            ),
            threads="BLAS, OpenMP and OpenCV one each",
        )
    )


def tried(catalog: sl.Catalog, workers: int) -> tuple[float, list[npt.NDArray[np.float32]]]:
    """Seconds until the last candidate of the portfolio was tried, and their answers by name."""
    answers: dict[str, npt.NDArray[np.float32]] = {}
    started, seconds = time.perf_counter(), 0.0

    def told(trial: Trial) -> None:
        nonlocal seconds
        if trial.record is not None and len(answers) < len(PORTFOLIO):
            answers[trial.name] = trial.record.raw
            seconds = time.perf_counter() - started
            if len(answers) == len(PORTFOLIO):
                raise Enough

    with contextlib.suppress(Enough):
        sl.fit(catalog, time_s=TIME_S, workers=workers, seed=harness.SEED, told=told)
    return seconds, [answers[name] for name in sorted(answers)]


if __name__ == "__main__":
    main()
