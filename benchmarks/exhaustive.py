"""What two minutes lose against trying everything: every candidate on all training pictures, and no clock.

Data: six sets of real pictures under $SIGHTLINE_DATA (else ../shared/data); groups are named where the set has them.
Both sides are `sl.fit` of the whole portfolio in folders of their own. The exhaustive side starts its race on the last
rung, so that nobody is left out for what few pictures say, and may take as long as it likes. Each model then answers
the test part, which takes no part in any choice. A set that is absent is left out, with a word why.
`python -m benchmarks.exhaustive flowers` measures what is named anew and leaves the rest on record. All of it takes up
to two hours.
"""
# claim: in two minutes the search loses one point of score or less, on average, against trying everything

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import sightline as sl
from benchmarks import harness
from benchmarks import real_sets as sets
from sightline.search.collecting import ladder

TIME_S, WITHOUT_A_CLOCK_S = 120, 6 * 3600
MOST_LOST = 1.0
NAME, LOST = "exhaustive", ", lost"


def main() -> None:
    """Run all sets, or those named."""
    for name in sys.argv[1:] or list(sets.BOOK_SETS):
        if sets.is_there(name):
            measure(name)
    losses = [figure["median"] for figure in harness.recorded(NAME)["figures"] if figure["what"].endswith(LOST)]
    mean = (float(np.mean(losses)),)
    record(harness.Figure("lost on average, all sets", "points", mean, "lower", MOST_LOST))
    harness.conclude(NAME)


def measure(name: str) -> None:
    """Both sides on one set, on record as soon as they are measured."""
    short, long = searched(name, TIME_S), exhausted(name)
    print(f"{name}: {short} against {long}", flush=True)
    record(
        harness.Figure(f"{name}, in {TIME_S} s", "% balanced", (short.score,), "higher"),
        harness.Figure(f"{name}, everything", "% balanced", (long.score,), "higher"),
        harness.Figure(f"{name}, seconds for everything", "s", (long.seconds,)),
        harness.Figure(f"{name}{LOST}", "points", (long.score - short.score,)),
    )


def record(*figures: harness.Figure) -> None:
    """Put figures on record."""
    result = harness.Result(
        name=NAME,
        question="How much score do two minutes lose against every candidate on all data?",
        data="official splits under $SIGHTLINE_DATA; test parts take no part in any choice",
        figures=figures,
        agreement="both sides answer the same test pictures",
        threads="as a user has them",
    )
    harness.add(result)


class Found:
    """What a run found: balanced accuracy on the test part in percent."""

    def __init__(self, run: sl.Run) -> None:
        self.score = 100 * run.evaluation.balanced_accuracy.value
        self.seconds = run.seconds
        self.winner = run.winner.name
        self.tried = sum(trial.record is not None for trial in run.leaderboard)

    def __str__(self) -> str:
        return f"{self.score:.2f} % in {self.seconds:.0f} s ({self.winner}, of {self.tried} tried)"


def searched(name: str, time_s: float) -> Found:
    """What `sl.fit` finds in so many seconds."""
    with tempfile.TemporaryDirectory() as place:
        catalog = sets.catalog(name)
        return Found(sl.fit(catalog, time_s=time_s, seed=harness.SEED, only="classical", out=Path(place) / "run"))


def exhausted(name: str) -> Found:
    """What it finds where everybody is tried on everything."""
    least, ladder.LEAST, most, ladder.MOST = ladder.LEAST, 10**9, ladder.MOST, 10**9
    try:
        return searched(name, WITHOUT_A_CLOCK_S)
    finally:
        ladder.LEAST, ladder.MOST = least, most


if __name__ == "__main__":
    main()
