"""A student of a pipeline that is too slow, in a search of drawn mats."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.deep.weights.origins import remember_origin
from sightline.deep.weights.recipe import Recipe
from sightline.networks.library import remember
from sightline.pipeline.text import parse
from sightline.search.improving import distill
from sightline.search.improving.distill import students
from sightline.search.improving.late import first_in_time
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.limits import Limits
from sightline.search.trying.race import Race
from sightline.search.trying.trial import Trial
from tests.networks import tiny
from tests.search.comparisons import COLOR, LAYOUT, compared

QUICK = Limits(latency_ms=10.0)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())


def tried(among: Comparison, **latency_ms: float) -> list[Trial]:
    """Both drawn candidates, with these latencies and scores in that order, the last the best."""
    trials: list[Trial] = []
    Race(among, Expectation(among), trials, Limits()).run([COLOR, LAYOUT], sl.Preparation())
    by_name = {one.name: one for one in trials}
    found = []
    for place, (name, slow) in enumerate(latency_ms.items()):
        one = by_name[name]
        assert one.score is not None
        score = dataclasses.replace(one.score, value=0.1 * place)
        found.append(dataclasses.replace(one, latency_ms=slow, score=score))
    return found


def test_the_best_teaches_where_it_is_too_slow(installed: None) -> None:
    among = compared(12)
    found = list(students(among, tried(among, color=1.0, layout=50.0), QUICK))
    assert [one.name for one in found] == ["student of layout, 30 epochs", "student of layout, 10 epochs"]
    assert "teacher='HOG(size_px=32) > Ridge()', px=64" in found[0].represent
    assert parse(found[0].spec) and found[0].sees_unlabelled and not found[0].fine_tunes


@pytest.mark.parametrize(
    ("latencies", "limits"),
    [
        ({"color": 1.0, "layout": 50.0}, Limits()),  # nobody asked
        ({"color": 1.0, "layout": 5.0}, QUICK),  # the best is quick enough
        ({"color": 50.0, "layout": 5.0}, QUICK),  # who is too slow is no better
    ],
)
def test_there_is_nobody_to_learn_from(installed: None, latencies: dict[str, float], limits: Limits) -> None:
    among = compared(12)
    assert not list(students(among, tried(among, **latencies), limits))


def test_without_torch_there_are_no_students(monkeypatch: pytest.MonkeyPatch) -> None:
    among = compared(12)
    trials = tried(among, color=1.0, layout=50.0)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not list(students(among, trials, QUICK))


@pytest.mark.parametrize("teacher", ["Embedding", "FineTuned"])
@pytest.mark.parametrize(("look_ms", "px"), [(1.0, 224), (28.0, 96), (400.0, 0)])
def test_a_student_begins_with_the_teachers_network_at_the_size_that_there_is_time_for(
    look_ms: float, px: int, teacher: str, installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = remember_origin(remember(tiny.network(px=224, free=True, seed=82)), Recipe(Path("w"), "resnet10t"))
    monkeypatch.setattr(distill, "_look_ms", lambda network: look_ms)
    among = compared(12)
    trials = tried(among, color=1.0, layout=50.0)
    deep = Candidate("deep", f"{teacher}(network='{network.key}') > PowerNormalization()", "Ridge()", 300)
    trials[1] = dataclasses.replace(trials[1], members=(deep,))
    first, _ = students(among, trials, QUICK)
    assert (f"network='{network.key}', px={px}, rate=0.0005" in first.represent) is bool(px)
    assert px or ("px=64" in first.represent and ", network=" not in first.represent)
    assert parse(first.spec)


def test_a_look_is_timed() -> None:
    assert 0 < distill._look_ms(tiny.network()) < 1000


def test_a_student_of_a_fine_tuned_teacher_is_not_fine_tuned_itself() -> None:
    spec = """Distilled(teacher="FineTuned(network='a@0123456789abcdef') > Ridge()")"""
    assert not Candidate("x", spec, "Ridge()", 1).fine_tunes


def test_a_student_is_tried_out_of_fold_and_learns_from_pictures_without_a_label() -> None:
    for name in ("torch", "timm"):
        pytest.importorskip(name, reason="the extra [deep] is not installed")
    among = compared(12)
    more = [np.full((40, 40, 3), value, np.uint8) for value in (0, 90, 250)]
    among = dataclasses.replace(
        among, data=dataclasses.replace(among.data, unlabelled=more, unlabelled_digests=[b"a", b"b", b"c"])
    )
    trials: list[Trial] = []
    race = Race(among, Expectation(among), trials, Limits())
    race.run([COLOR], sl.Preparation())
    learner = "Distilled(teacher='ColorHistogram(bins=2) > Ridge()', px=32, epochs=1)"
    first_in_time(race, among, sl.Preparation(), 0, [Candidate("student", learner, "LogisticRegression()", 300)])
    assert trials[-1].why == "" and trials[-1].record is not None
    assert "Embedding(network='mobilenetv3_small_050-distilled@" in repr(trials[-1].model.graph)  # type: ignore[union-attr]
    assert among.key(trials[-1].members[0], sl.Preparation(), 12) != dataclasses.replace(
        among, data=dataclasses.replace(among.data, unlabelled_digests=[b"d"])
    ).key(trials[-1].members[0], sl.Preparation(), 12)
