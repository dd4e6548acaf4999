from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.data.store import FeatureStore
from sightline.search.collecting import reading
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.journal import Journal
from sightline.search.collecting.reading import rows_to_read
from tests.pictures import mat


@pytest.fixture(scope="module")
def catalog() -> sl.Catalog:
    pictures = [mat(16, seed) for seed in range(90)]
    found = sl.read(pictures, labels=["a", "b", "a"] * 30)
    splits = np.repeat(np.array([0, 2], np.int8), [60, 30])
    return sl.Catalog(found.items, found.classes, found.labels, splits=splits)


def rows(catalog: sl.Catalog, journal: Journal = Journal(None, None)) -> np.ndarray | None:  # noqa: B008 - empty
    return rows_to_read(catalog, sl.Preparation(), Budget(10), journal, seed=0, workers=2)


def few(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(reading, "LEAST", 1)
    monkeypatch.setattr(reading, "SURE", 0)
    monkeypatch.setattr(reading, "_limit", lambda *anything: limit)


def test_everything_is_read_where_time_allows(catalog: sl.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows(catalog) is None
    few(monkeypatch, 90)
    assert rows(catalog) is None


def test_a_sample_keeps_the_shares_of_classes_and_parts(catalog: sl.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 30)
    found = rows(catalog)
    assert found is not None and len(found) == 30 and catalog.splits is not None
    assert np.bincount(catalog.labels[found]).tolist() == [20, 10]
    assert (catalog.splits[found] == 2).sum() == 10


def test_what_was_decided_stays_decided(catalog: sl.Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 30)
    first = rows(catalog, Journal(tmp_path, FeatureStore(tmp_path)))
    few(monkeypatch, 60)  # the next run reads faster, from pixels that were kept
    again = rows(catalog, Journal(tmp_path, FeatureStore(tmp_path)))
    assert first is not None and again is not None and np.array_equal(first, again)


def test_a_fit_says_what_it_did_not_read(monkeypatch: pytest.MonkeyPatch, mats: Path) -> None:
    few(monkeypatch, 40)
    run = sl.fit(sl.read(mats), time_s=10, only="HOG(size_px=32) > Ridge()")
    (finding,) = [one for one in run.findings if one.kind == "read-a-sample"]
    assert finding.evidence == {"read": 40, "pictures": 60}
