from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.data.out_of_fold import OutOfFold
from sightline.search import fit as fit_module
from sightline.search.collecting.budget import Budget
from sightline.search.improving import refine
from sightline.search.improving.improve import best_of, flawless, improve
from sightline.search.trying.attempt import attempt
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.limits import Limits
from sightline.search.trying.race import Race
from sightline.search.trying.trial import Trial
from tests.search import comparisons

PIXELS = Candidate(
    "pixels", "Patches(patch_px=16, size_px=16, normalize=False) > LocalMoments(order='mean')", "Ridge()", 300
)
COLOR = Candidate("color", "ColorHistogram(bins=2)", "LinearSVM()", 300)


def arrows(count: int, seed: int) -> tuple[list[np.ndarray], list[str]]:
    """Wedges that point up or down, somewhere between left and right: mirroring keeps the class, turning does not."""
    random = np.random.default_rng(seed)
    pictures, labels = [], []
    for number in range(count):
        picture = random.integers(0, 60, (16, 16, 3)).astype(np.uint8)
        at = int(random.integers(2, 9))
        for row in range(8):
            picture[4 + row, at + row // 2 : at + 8 - row // 2] = 220
        up = number % 2 == 0
        pictures.append(np.ascontiguousarray(picture[::-1]) if up else picture)
        labels.append("up" if up else "down")
    return pictures, labels


def test_views_are_tried_until_they_stop_helping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_module, "candidates", lambda only, network, asked: (PIXELS, COLOR))
    pictures, labels = arrows(40, 0)
    run = sl.fit(sl.read(pictures, labels=labels), time_s=30)
    names = {trial.name for trial in run.leaderboard}
    assert "pixels, also mirrored" in names
    by_name = {trial.name: trial for trial in run.leaderboard}
    if "pixels, also turned" in names:  # turned arrows contradict each other
        turned, plain = by_name["pixels, also turned"].score, by_name["pixels"].score
        assert turned is not None and plain is not None and turned.value <= plain.value
        assert "turned" not in run.winner.name


def test_a_pipeline_that_was_asked_for_is_tried_as_it_is(mats: Path) -> None:
    run = sl.fit(sl.read(mats), time_s=20, only="HOG(size_px=32) > Ridge()")
    assert len(run.leaderboard) == 1


def test_an_augmented_winner_answers_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mirrored = Candidate("pixels", PIXELS.represent, "Ridge()", 300, augment="mirrored")
    monkeypatch.setattr(fit_module, "candidates", lambda only, network, asked: (mirrored,))
    pictures, labels = arrows(40, 1)
    run = sl.fit(sl.read(pictures, labels=labels), time_s=10, out=tmp_path / "run")
    assert run.winner.members == (mirrored,)
    unseen, truth = arrows(30, 2)
    said = [answer.label for answer in sl.load(tmp_path / "run" / "model.sight").predict(unseen)]
    assert np.mean(np.array(said) == truth) > 0.8


def test_what_breaks_a_limit_is_not_made_better_while_others_keep_it() -> None:
    among = comparisons.compared(24)
    tried = [attempt(among, one, sl.Preparation(), 24) for one in (comparisons.COLOR, comparisons.LAYOUT)]
    best, other = sorted(tried, key=among.scorer.order)
    tried = [dataclasses.replace(best, latency_ms=30.0), dataclasses.replace(other, latency_ms=2.0)]
    assert best_of(among, tried, 0, Limits()) == tried[0]
    assert best_of(among, tried, 0, Limits(latency_ms=5)) == tried[1]
    assert best_of(among, tried, 0, Limits(latency_ms=1)) == tried[0]


def test_what_another_run_made_of_another_joins_whatever_time_is_left(tmp_path: Path) -> None:
    earlier = comparisons.compared(24, folder=tmp_path)
    version = next(iter(refine.of_views(comparisons.LAYOUT)))
    further = next(iter(refine.of_views(version)))
    for candidate in (comparisons.COLOR, comparisons.LAYOUT, version, further):
        attempt(earlier, candidate, sl.Preparation(), 24)
    among = dataclasses.replace(comparisons.compared(24, folder=tmp_path), budget=Budget(0.01, clock=lambda: 0.0))
    trials: list[Trial] = []
    race = Race(among, Expectation(among), trials, Limits())
    race.run([comparisons.COLOR, comparisons.LAYOUT], sl.Preparation())
    color = next(one for one in trials if one.name == "color")
    trials[:] = [one if one is color else dataclasses.replace(one, score=None) for one in trials]  # color is the best
    improve(race, among, trials, sl.Preparation(), 0)
    assert [one.name for one in trials] == ["color", "layout", "layout, also mirrored", "layout, also turned"]


def test_where_nothing_is_wrong_nothing_is_made_better() -> None:
    truth = np.arange(6) % 2
    right = np.eye(2, dtype=np.float32)[truth] * 0.8 + 0.1
    record = OutOfFold(np.arange(6), truth, truth, truth, right, right)
    trial = Trial((Candidate("a", "HOG()", "LinearSVM()", 1),), sl.Preparation(), record)
    assert flawless(trial)
    wrong = dataclasses.replace(record, probabilities=right[::-1])
    assert not flawless(dataclasses.replace(trial, record=wrong))
    assert not flawless(dataclasses.replace(trial, record=None))
