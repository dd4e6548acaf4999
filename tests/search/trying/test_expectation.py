from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

import sightline as sl
from sightline.pipeline.text import parse
from sightline.search.trying import expectation as module
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.expectation import OVERHEAD_S, TIMED_PICTURES, Expectation, learned_from
from sightline.search.trying.represent import POOL_VECTORS
from tests.search.comparisons import COLOR, LAYOUT, WORDS, compared

PLAIN = sl.Preparation()


def test_a_description_is_timed_once_whoever_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []
    monkeypatch.setattr(Expectation, "_one_s", lambda self, node, *_: timed.append(repr(node)) or 0.01)
    expectation = Expectation(compared(24))
    both = dataclasses.replace(COLOR, represent=f"{COLOR.represent} + {LAYOUT.represent}")
    for candidate in (COLOR, LAYOUT, both, both):
        expectation.trying_s(candidate, PLAIN, 24)
    assert sorted(timed) == ["ColorHistogram(bins=2)", "HOG(size_px=32)"]


@pytest.mark.parametrize("candidate", [COLOR, WORDS])
def test_what_was_described_is_not_expected_again(candidate: Candidate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expectation, "_one_s", lambda *_: 1.0)
    among = compared(24)
    free = dataclasses.replace(candidate, fit_ns=0.0)
    assert Expectation(among).trying_s(free, PLAIN, 24) > 20
    attempt(among, candidate, PLAIN, 24)
    assert Expectation(among).trying_s(free, PLAIN, 24) == OVERHEAD_S
    assert Expectation(among).trying_s(free, PLAIN, 12) > 10 or candidate is COLOR


def test_learning_codebooks_is_expected_unless_they_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Expectation, "_one_s", lambda *_: 0.0)
    monkeypatch.setattr(Expectation, "_learning_s", lambda *_: 7.0)
    free = dataclasses.replace(WORDS, fit_ns=0.0)
    assert Expectation(compared(24)).trying_s(free, PLAIN, 24) == pytest.approx(3 * 7 + OVERHEAD_S)
    attempt(compared(24, folder=tmp_path), WORDS, PLAIN, 24)
    assert Expectation(compared(24, folder=tmp_path)).trying_s(free, PLAIN, 24) == OVERHEAD_S


def test_learning_is_timed_on_a_few_and_grows_with_what_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1000))
    expectation = Expectation(compared(24))
    monkeypatch.setattr(module, "time", SimpleNamespace(thread_time=lambda: float(next(now))))
    seconds = expectation._learning_s(parse(WORDS.represent), PLAIN, 24)
    assert seconds == pytest.approx(24 / TIMED_PICTURES)  # all of these small pictures have as few vectors
    assert expectation._learning_s(parse("VLAD(words=6)"), PLAIN, 24) == 0.0  # what it refuses the trial names


@pytest.mark.parametrize(
    ("text", "vectors", "n", "expected"),
    [
        ("BagOfVisualWords(words=6, sample=3000)", 10, 100, 1000),
        ("BagOfVisualWords(words=6, sample=3000)", 1000, 100, 3000),
        ("SpatialPyramid(summary=BagOfVisualWords(words=6, sample=3000))", 1000, 100, 3000),
        ("LocalMoments()", 1000, 100, 100_000),
        ("LocalMoments()", 1000, 10**6, POOL_VECTORS),
    ],
)
def test_a_codebook_is_learned_from_a_bounded_sample(text: str, vectors: float, n: int, expected: int) -> None:
    assert learned_from(parse(text), vectors, n) == expected


def test_what_learning_took_is_kept_for_the_last_fit_and_for_other_descriptions() -> None:
    among = compared(24)
    trial = attempt(among, WORDS, PLAIN, 24)
    assert trial.costs[0].learned_s > 0
    slow = dataclasses.replace(trial, costs=(dataclasses.replace(trial.costs[0], learned_s=50.0),))
    expectation = Expectation(among)
    assert expectation.finishing_s(slow) - expectation.finishing_s(trial) == pytest.approx(50, abs=1)
    for represent, learned in ((WORDS.represent, 0), ("DenseSIFT() > BagOfVisualWords(words=12)", 3 * 50)):
        version = dataclasses.replace(WORDS, represent=represent)
        more = expectation.trying_s(version, PLAIN, 24, slow) - expectation.trying_s(version, PLAIN, 24, trial)
        assert more == pytest.approx(learned, abs=3)


def test_folds_that_are_known_are_not_fitted_again() -> None:
    slow = dataclasses.replace(COLOR, fit_ns=1e6)
    expectation = Expectation(compared(24))
    three, one = (expectation.trying_s(slow, PLAIN, 24, None, missing) for missing in (None, 1))
    assert three > 2 * one
