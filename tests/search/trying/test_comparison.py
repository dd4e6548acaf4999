from __future__ import annotations

import dataclasses

import pytest

import sightline as sl
from sightline import version
from tests.search.comparisons import LAYOUT, compared

PLAIN = sl.Preparation()


def test_answers_belong_to_the_versions_that_gave_them(monkeypatch: pytest.MonkeyPatch) -> None:
    among = compared(12)
    key = among.key(LAYOUT, PLAIN, 12)
    assert among.key(LAYOUT, PLAIN, 12) == key
    changed = {**version.libraries(), "scikit-learn": "999"}
    monkeypatch.setattr(version, "libraries", lambda: changed)
    assert among.key(LAYOUT, PLAIN, 12) != key


def test_the_name_of_pictures_is_made_once_and_follows_what_is_replaced() -> None:
    among = compared(12)
    names = {among.content(), among.content(6)}
    other = dataclasses.replace(among, folds=dataclasses.replace(among.folds, truth=1 - among.folds.truth))
    assert len(names | {other.content(), other.content(6)}) == 4
    assert {among.content(12), among.content(6)} == names


def test_a_sample_is_of_some_folds_in_all_views() -> None:
    among = compared(12)
    sample = among.sample(PLAIN, "mirrored", 9, [2, 0])
    folds = among.folds.subset(slice(0, 9))
    assert [rows.tolist() for rows in sample.training] == [folds.training(fold).tolist() for fold in (2, 0)]
    assert len(sample.views) == 18 and sample.name == "9 [2, 0]" and len(sample.y) == 9
