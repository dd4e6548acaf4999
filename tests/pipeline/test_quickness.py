from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from sightline.pipeline import graph as tree
from sightline.pipeline.model import Model
from sightline.pipeline.quickness import BATCH, PICTURES, Clock, Trip, median_ms, seconds_of_each, unpacked
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task


def test_a_few_evenly_spread_after_a_warm_up() -> None:
    seen: list[bytes] = []
    items = [bytes([i]) for i in range(100)]
    assert median_ms(seen.append, items) >= 0  # type: ignore[arg-type]
    assert len(seen) == PICTURES + 1
    assert seen[:2] == [items[0], items[0]]
    assert seen[-1] == items[-1]


def test_what_other_programs_took_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "perf_counter", iter([1.0, 9.0, 1.0, 4.0]).__next__)
    monkeypatch.setattr(time, "process_time", iter([2.0, 5.0, 2.0, 10.0]).__next__)
    assert Clock().seconds() == 3.0
    assert Clock().seconds() == 3.0  # other threads of ours were busy as well


def test_a_batch_is_shared_by_its_items() -> None:
    sizes: list[int] = []

    def batch(items: list[object]) -> None:
        sizes.append(len(items))
        time.sleep(0.001 * len(items))

    found = seconds_of_each(batch, list(range(100)))
    assert sizes == [2, 16]
    assert 0.0009 < found < 1.0


def test_a_trip_arrives_as_it_was_packed(tmp_path: Path) -> None:
    arrays = [np.random.default_rng(seed).integers(0, 256, (20, 20, 3), np.uint8) for seed in range(4)]
    path, odd = tmp_path / "a.png", tmp_path / "caf\udce9.png"
    data = cv2.imencode(".png", arrays[0])[1].tobytes()
    path.write_bytes(data)
    odd.write_bytes(data)
    node = tree.fit(parse("ColorHistogram(bins=4) > LogisticRegression(C=2)"), arrays, np.array([0, 1, 0, 1]))
    model = Model(Task(classes=("a", "b")), Preparation(max_side_px=64), node)
    items: list[Any] = [path, data, arrays[1], str(odd)]
    plain, sent = Trip(model, items).packed()
    found = unpacked(json.loads(json.dumps(plain)), sent)
    assert found.model.digest == model.digest
    assert [type(item) for item in found.items] == [str, bytes, np.ndarray, str]
    np.testing.assert_array_equal(found.model.predict_proba(found.items), model.predict_proba(items))


def test_a_trip_goes_through_a_few_and_stays_where_a_component_or_a_path_is_unknown() -> None:
    node = tree.fit(parse("ColorHistogram() > LogisticRegression()"), [np.zeros((9, 9, 3), np.uint8)] * 2, np.arange(2))
    model = Model(Task(classes=("a", "b")), Preparation(), node)
    trip = Trip.through(model, [str(number) for number in range(100)])
    assert len(trip.items) == BATCH
    assert (trip.items[0], trip.items[-1]) == ("0", "99")
    assert trip.may_travel()
    assert not Trip(model, [PathOfBytes()]).may_travel()
    assert trip.nbytes == sum(one.nbytes for one in tree.state(node).values()) > 0


class PathOfBytes:
    """A path of bytes, which no table holds."""

    def __fspath__(self) -> Any:
        return b"a.png"
