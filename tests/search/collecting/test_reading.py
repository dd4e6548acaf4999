from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sightline as sl
from sightline.data.store import FeatureStore
from sightline.data.survey import survey
from sightline.search.collecting import reading
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.journal import NAME, Journal
from sightline.search.collecting.reading import ENOUGH, FEW, LEAST, SHARE, TIMING, UNTIMED, rows_to_read
from tests.pictures import mat


def collection(*counts: int, splits: np.ndarray | None = None) -> sl.Catalog:
    """So many pictures of each class, all of them alike."""
    n = sum(counts)
    labels = np.repeat(np.arange(len(counts)), counts)
    return sl.Catalog([mat(16, 0)] * n, tuple(f"class {i}" for i in range(len(counts))), labels, splits=splits)


@pytest.fixture(scope="module")
def catalog() -> sl.Catalog:
    return collection(1200, 600, splits=np.tile(np.array([0, 0, 2], np.int8), 600))


def rows(catalog: sl.Catalog, journal: Journal | None = None, read: int | None = None) -> np.ndarray | None:
    journal = journal or Journal(None, None)
    return rows_to_read(catalog, sl.Preparation(), Budget(10), journal, seed=0, workers=2, read=read)


def few(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(reading, "UNTIMED", 1)
    monkeypatch.setattr(reading, "_limit", lambda *anything: limit)


def slow(monkeypatch: pytest.MonkeyPatch, each_s: float) -> list[int]:
    """Every picture takes so long; how many were read at a time."""
    timed: list[int] = []
    now = [0.0]

    def surveyed(some: sl.Catalog, *anything: object, workers: int | None) -> None:
        timed.append(len(some))
        now[0] += len(some) * each_s / (workers or 2)

    monkeypatch.setattr(reading, "survey", surveyed)
    monkeypatch.setattr(reading, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    return timed


def test_everything_is_read_where_time_allows(catalog: sl.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows(catalog) is None
    few(monkeypatch, len(catalog))
    assert rows(catalog) is None


def test_so_few_that_none_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = slow(monkeypatch, 10.0)
    assert rows(collection(UNTIMED // 2, UNTIMED // 2)) is None
    assert timed == []


def test_slow_pictures_are_bounded_by_the_time_however_few(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = slow(monkeypatch, 0.020)  # 10 ms on each of two cores: 300 in three tenths of 10 s
    found = rows(collection(250, 250))
    assert found is not None and len(found) == SHARE * 10 / 0.010
    assert sum(timed) * 0.020 <= 3 * TIMING * 10


@pytest.mark.parametrize(("lost", "expected"), [(1.0, None), (2.0, 15_000)])
def test_what_workers_lose_on_each_other_counts(
    lost: float, expected: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone a picture takes 0.2 ms; of 30,000 two workers read all in 3 s, unless each takes the other's time."""
    now = [0.0]

    def surveyed(some: sl.Catalog, *anything: object, workers: int | None) -> None:
        now[0] += len(some) * 0.0002 * (1 if workers == 1 else lost / 2)

    monkeypatch.setattr(reading, "survey", surveyed)
    monkeypatch.setattr(reading, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    found = rows(collection(15_000, 15_000))
    assert (None if found is None else len(found)) == expected
    assert now[0] <= 5 * TIMING * 10


def test_where_one_core_is_quick_enough_nothing_more_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = slow(monkeypatch, 0.0001)
    assert rows(collection(5000, 5000)) is None
    assert sum(timed) <= reading.TIMED


def test_timing_takes_little_time_where_pictures_are_very_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    timed = slow(monkeypatch, 1.0)
    found = rows(collection(250, 250))
    assert timed == [1, 1]
    assert found is not None and len(found) == LEAST


def test_small_collections_are_not_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, timed = collection(1000, 1000), []
    monkeypatch.setattr(reading, "survey", lambda some, *anything, **more: timed.append(len(some)) or survey(some))
    started = time.perf_counter()
    assert rows(catalog) is None
    assert sum(timed) <= reading.TIMED and time.perf_counter() - started < 2


def test_what_disturbs_one_turn_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for disturbed in range(7):
        turns, now = [0], [0.0]

        def surveyed(
            some: sl.Catalog, *anything: object, turns: list[int] = turns, now: list[float] = now, at: int = disturbed,
            **more: object,
        ) -> None:  # fmt: skip
            now[0] += len(some) * 0.0002 + (0.15 if turns[0] == at else 0)
            turns[0] += 1

        monkeypatch.setattr(reading, "survey", surveyed)
        monkeypatch.setattr(reading, "time", SimpleNamespace(perf_counter=lambda now=now: now[0]))
        assert rows(collection(2500, 2500)) is None


def test_a_sample_keeps_the_shares_of_classes_and_parts(catalog: sl.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 600)
    found = rows(catalog)
    assert found is not None and len(found) == 600 and catalog.splits is not None
    assert np.bincount(catalog.labels[found]).tolist() == [400, 200]
    assert (catalog.splits[found] == 2).sum() == 200


def test_a_rare_class_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 1000)
    catalog = collection(40_000, 9_000, 1_000, 25)
    found = rows(catalog)
    assert found is not None and len(found) == 1000
    assert np.bincount(catalog.labels[found]).tolist() == [763, 172, ENOUGH, 25]


def test_with_very_many_classes_some_of_each_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, LEAST)
    catalog = collection(*[50] * 60)
    found = rows(catalog)
    assert found is not None and (np.bincount(catalog.labels[found]) == FEW).all()


@given(st.lists(st.integers(1, 200), min_size=1, max_size=12), st.integers(1, 1500))
def test_asked_for_as_many_as_were_read_the_same_are_read(counts: list[int], asked: int) -> None:
    catalog = collection(*counts)
    found = rows(catalog, read=asked)
    if found is None:
        assert asked >= len(catalog) or FEW * len(counts) > asked
        return
    assert len(found) == asked or (np.bincount(catalog.labels[found]) == np.minimum(counts, FEW)).all()
    again = rows(catalog, read=len(found))
    assert again is not None and np.array_equal(found, again)


def test_a_given_number_is_read_without_timing(catalog: sl.Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 600)
    here = rows(catalog)
    timed = slow(monkeypatch, 1.0)
    monkeypatch.setattr(reading, "_limit", lambda *anything: 300)  # another machine, half as fast
    elsewhere = rows(catalog, read=600)
    assert here is not None and elsewhere is not None and np.array_equal(here, elsewhere)
    assert rows(catalog, read=len(catalog)) is None and timed == []


def test_what_was_decided_stays_decided(catalog: sl.Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 600)
    first = rows(catalog, Journal(tmp_path, FeatureStore(tmp_path)))
    few(monkeypatch, 900)  # the next run reads faster, from pixels that were kept
    again = rows(catalog, Journal(tmp_path, FeatureStore(tmp_path)))
    assert first is not None and again is not None and np.array_equal(first, again)


def test_a_fit_says_what_it_did_not_read(monkeypatch: pytest.MonkeyPatch, mats: Path) -> None:
    few(monkeypatch, 40)
    run = sl.fit(sl.read(mats), time_s=10, only="HOG(size_px=32) > Ridge()")
    (finding,) = [one for one in run.findings if one.kind == "read-a-sample"]
    assert finding.evidence == {"read": 40, "pictures": 60}


@pytest.mark.parametrize("facts", ["{}", '{"rows": 0}', '{"rows": -5}', '{"rows": 1e300}'])
def test_a_decision_that_cannot_be_is_made_again(
    facts: str, catalog: sl.Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(monkeypatch, 300)
    decided = rows(catalog, Journal(tmp_path, FeatureStore(tmp_path)))
    (line,) = (tmp_path / NAME).read_text().splitlines()
    (tmp_path / NAME).write_text(line.replace('{"rows": 300.0}', facts) + "\n")
    again = rows(catalog, Journal(tmp_path, FeatureStore(tmp_path)))
    assert decided is not None and again is not None and np.array_equal(decided, again)
