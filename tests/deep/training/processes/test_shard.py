from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.deep.training.processes.shard import Part, Shard, part_of, shares
from sightline.deep.training.shown.batches import Batch, Batches, Shown, of_classes
from sightline.deep.training.shown.mixing import Mixed, Mixing
from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.shown.sampling import balanced
from sightline.transforms.augmentation import Augmentation

Y = np.arange(23) % 3
PICTURES = np.random.default_rng(0).integers(0, 256, (23, 8, 8, 3), np.uint8)


def plain(**how: Any) -> Batches:
    return Batches(list(PICTURES), of_classes(Y), 8, Augmentation(rotation_deg=9), seed=2, workers=1, **how)


def shown(kind: str) -> Shown:
    if kind == "files":
        return plain()
    if kind == "balanced":
        return plain(order=balanced(Y, 1.0, 5))
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    resident = Resident(PICTURES, Y, shift_px=1, seed=2)
    return resident if kind == "in memory" else Mixed(resident, Mixing(), 3)


KINDS = ["files", "balanced", "in memory", "mixed"]


def joined(parts: list[Batch]) -> list[np.ndarray]:
    """What counts of all parts of a batch."""
    counted = [(part, part.counts[part.rank]) for part in parts if isinstance(part, Part)]
    names = ("pictures", "targets", "rows")
    return [np.concatenate([np.asarray(getattr(part, name)[:count]) for part, count in counted]) for name in names]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "count", "begin"), [(8, 2, 0), (5, 3, 2), (23, 2, 0), (1, 2, 20), (2, 3, 1)])
def test_all_parts_together_are_the_batch(kind: str, size: int, count: int, begin: int) -> None:
    whole = list(shown(kind).epoch(1, size, begin))
    parts = [list(Shard(shown(kind), rank, count).epoch(1, size, begin)) for rank in range(count)]
    assert all(len(one) == len(whole) for one in parts)
    for batch, *of_it in zip(whole, *parts, strict=True):
        for wanted, found in zip((batch.pictures, batch.targets, batch.rows), joined(of_it), strict=True):
            np.testing.assert_array_equal(np.asarray(wanted), found)
        assert all(len(part) for part in of_it)
        assert sum(part.share for part in of_it) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "count"), [(8, 2), (100, 2), (1, 3), (7, 30)])
def test_in_order_each_picture_is_in_one_part(kind: str, size: int, count: int) -> None:
    whole = {int(row): np.asarray(one) for b in shown(kind).in_order(9) for row, one in zip(b.rows, b.pictures)}  # noqa: B905
    found: list[int] = []
    for rank in range(count):
        for batch in Shard(shown(kind), rank, count).in_order(size):
            found += [int(row) for row in batch.rows]
            for row, one in zip(batch.rows, batch.pictures, strict=True):
                np.testing.assert_array_equal(whole[int(row)], np.asarray(one))
    assert sorted(found) == list(range(23))


def test_no_other_pictures_are_read() -> None:
    read: list[int] = []

    class Told(list[Any]):
        def __getitem__(self, row: Any) -> Any:
            read.append(row)
            return super().__getitem__(row)

    told = Batches(Told(PICTURES), of_classes(Y), 8, workers=1)
    rows = [int(row) for batch in Shard(told, 1, 2).epoch(0, 8) for row in batch.rows]
    assert sorted(read) == sorted(rows) and len(rows) == 11
    read.clear()
    assert sum(len(batch) for batch in Shard(told, 1, 2).in_order(8)) == len(read) == 11


def test_length_and_side_are_those_of_all() -> None:
    shard = Shard(plain(), 0, 2)
    assert (len(shard), shard.px) == (23, 8)


@given(n=st.integers(1, 60), count=st.integers(1, 5), size=st.integers(1, 60))
def test_each_process_takes_the_same_steps_and_none_is_too_large(n: int, count: int, size: int) -> None:
    batch = Batch(np.arange(n), np.arange(n), np.arange(n))
    parts = [part_of(batch, rank, count) for rank in range(count)]
    (steps,) = {part.steps(size) for part in parts}
    split = [part.split(steps) for part in parts]
    counted = []
    for step in zip(*split, strict=True):
        assert len({one.counts for one in step}) == 1 and sum(step[0].counts) == step[0].whole > 0
        assert all(one.counts[rank] <= -(-size // count) and len(one) for rank, one in enumerate(step))
        assert step[0].steps(size) == 1
        counted += [row for rank, one in enumerate(step) for row in one.rows[: one.counts[rank]].tolist()]
    assert sorted(counted) == list(range(n))


def test_a_part_of_a_part_is_itself() -> None:
    part = part_of(Batch(PICTURES, Y, np.arange(23)), 1, 2)
    assert part_of(part, 1, 2) is part


def test_shares() -> None:
    assert shares(7, 3) == (3, 2, 2)
