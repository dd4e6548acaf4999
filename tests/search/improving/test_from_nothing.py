"""A network of its own for many small pictures, in a search of drawn mats."""

from __future__ import annotations

import dataclasses

import pytest

import sightline as sl
from sightline.pipeline.text import parse
from sightline.search.improving import from_nothing as module
from sightline.search.improving.from_nothing import from_nothing, from_unlabelled
from sightline.search.trying.trial import Trial
from sightline.task import Conditions
from tests.search.comparisons import COLOR, compared


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    monkeypatch.setattr(module, "LEAST", 12)


def test_many_small_pictures_get_a_network_of_their_own_the_longest_training_first(installed: None) -> None:
    found = list(from_nothing(compared(12), None))
    assert [one.name.split(",")[1] for one in found] == [f" {n} epochs + logistic regression" for n in module.PATIENCE]
    assert "Trained(epochs=40, changes=Changes(mirrored=False))" in found[0].represent  # 32 px is the default
    assert all(parse(one.spec) for one in found)


def test_pictures_are_changed_as_the_task_says_and_mirrored_where_that_helped(installed: None) -> None:
    among = compared(12)
    asked = dataclasses.replace(among.data, conditions=Conditions(rotation_deg=15, light=0))
    best = Trial((dataclasses.replace(COLOR, augment="mirrored"),), sl.Preparation(), status="tried", pictures=12)
    first = next(from_nothing(dataclasses.replace(among, data=asked), best))
    assert "Trained(epochs=40, changes=Changes(rotation_deg=15, light=0))" in first.represent


def test_few_pictures_large_ones_and_no_torch_get_none(monkeypatch: pytest.MonkeyPatch) -> None:
    among = compared(12)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert not list(from_nothing(among, None))
    monkeypatch.setattr(module, "LEAST", 12)
    monkeypatch.setattr(module, "MOST_PX", 31)
    assert not list(from_nothing(among, None))
    monkeypatch.setattr(module, "MOST_PX", 96)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert not list(from_nothing(among, None))


def test_pictures_without_a_label_are_learned_from_where_they_are_many(
    installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    among = compared(12)
    more = dataclasses.replace(among.data, unlabelled=[among.data.training.items[0]] * 12)
    found = list(from_unlabelled(dataclasses.replace(among, data=more), None))
    assert [f"epochs={n}" in one.represent for n, one in zip(module.SELF_PATIENCE, found, strict=True)] == [True] * 3
    assert all(one.sees_unlabelled and "SelfTrained(" in one.represent and parse(one.spec) for one in found)
    assert not list(from_unlabelled(among, None))
    monkeypatch.setattr(module, "LEAST", 25)
    assert not list(from_unlabelled(dataclasses.replace(among, data=more), None))
