from __future__ import annotations

import numpy as np
import pytest

from sightline.deep.training.processes.shard import Part, Shard
from sightline.deep.training.shown.batches import Batch, Batches, of_classes
from sightline.deep.training.shown.sampling import balanced
from sightline.networks.feed import Feed
from sightline.transforms.augmentation import Augmentation
from tests.pictures import gradient, noise

PICTURES = [noise(20 + row, row) for row in range(11)]
Y = np.arange(11)


def batches(**how: object) -> Batches:
    return Batches(PICTURES, of_classes(Y), 16, Augmentation(rotation_deg=20), workers=1, **how)  # type: ignore[arg-type]


def by_number(found: Batches, epoch: int, size: int) -> dict[int, bytes]:
    return {
        int(target): picture.tobytes()
        for batch in found.epoch(epoch, size)
        for picture, target in zip(batch.pictures, batch.targets, strict=True)
    }


def test_every_picture_once_an_epoch_in_batches_as_equal_as_can_be() -> None:
    found = list(batches().epoch(0, 5))
    assert [len(batch) for batch in found] == [4, 4, 3]
    assert sorted(int(one) for batch in found for one in batch.targets) == list(range(11))
    assert all(batch.pictures.shape[1:] == (16, 16, 3) and batch.pictures.dtype == np.uint8 for batch in found)
    assert found[0].targets.dtype == np.int64


def test_what_is_seen_follows_from_seed_epoch_and_number_alone() -> None:
    first = by_number(batches(seed=3), 1, 4)
    assert by_number(batches(seed=3), 1, 11) == first
    assert by_number(Batches(PICTURES, of_classes(Y), 16, Augmentation(rotation_deg=20), 3, workers=3), 1, 2) == first
    for other in (by_number(batches(seed=4), 1, 4), by_number(batches(seed=3), 2, 4)):
        assert all(other[row] != first[row] for row in range(11))


@pytest.mark.parametrize("size", [1, 4, 11])
def test_batches_are_the_same_whether_or_not_they_are_made_ahead(size: int) -> None:
    how = PICTURES, of_classes(Y), 16, Augmentation(rotation_deg=20), 3
    made = [list(Batches(*how, workers=2, ahead=ahead).epoch(1, size, begin=1)) for ahead in (True, False)]
    assert len(made[0]) == len(made[1])
    for one, other in zip(*made, strict=True):
        for name in ("pictures", "targets", "rows"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_a_batch_that_is_not_made_ahead_is_made_when_it_is_asked_for() -> None:
    read: list[int] = []
    found = Batches(PICTURES, lambda row, _: np.array(read.append(row) or row), 16, workers=2, ahead=False).epoch(0, 4)  # type: ignore[func-returns-value]
    assert len(next(found)) == 4 and len(read) == 4


RARE = np.array([0] * 10 + [1])
"""Of eleven pictures, shown equally often: the last one five or six times in an epoch."""


def often(**how: object) -> Batches:
    return batches(order=balanced(RARE, 1.0, 0), seed=1, **how)


def test_a_picture_that_comes_again_is_changed_anew() -> None:
    (batch,) = often().epoch(0, 11)
    again = batch.pictures[batch.rows == 10]
    assert len(again) >= 5 and len({one.tobytes() for one in again}) == len(again)
    assert np.array_equal(batch.targets, batch.rows)


def test_the_first_time_it_looks_as_where_it_comes_once() -> None:
    once = by_number(batches(seed=1), 0, 11)
    (batch,) = often().epoch(0, 11)
    rows, places = np.unique(batch.rows, return_index=True)
    assert all(batch.pictures[place].tobytes() == once[row] for row, place in zip(rows.tolist(), places, strict=True))


@pytest.mark.parametrize("size", [1, 4])
def test_what_comes_again_looks_the_same_in_the_rest_of_an_epoch_and_in_a_part_of_it(size: int) -> None:
    whole = list(often().epoch(1, size))
    rest = list(often().epoch(1, size, begin=2))
    parts = [list(Shard(often(), rank, 2).epoch(1, size, begin=2)) for rank in range(2)]
    for wanted, found, *of_it in zip(whole[2:], rest, *parts, strict=True):
        np.testing.assert_array_equal(wanted.pictures, found.pictures)
        counted = [part.pictures[: part.counts[part.rank]] for part in of_it if isinstance(part, Part)]
        np.testing.assert_array_equal(wanted.pictures, np.concatenate(counted))


def test_orders_differ_between_epochs() -> None:
    orders = [[int(one) for batch in batches().epoch(epoch, 4) for one in batch.targets] for epoch in (0, 1)]
    assert orders[0] != orders[1]


def test_in_order_nothing_is_changed() -> None:
    (batch,) = batches().in_order(20)
    np.testing.assert_array_equal(batch.pictures, [Feed(16, 16).sized(one) for one in PICTURES])
    np.testing.assert_array_equal(batch.targets, Y)


def test_a_large_picture_is_shrunk_before_it_is_changed() -> None:
    seen: list[tuple[int, ...]] = []

    class Looking(Augmentation):
        def __call__(self, picture: np.ndarray, rng: np.random.Generator, share: float = 1.0) -> np.ndarray:
            seen.append((*picture.shape[:2], round(1 / share)))
            return picture

    list(Batches([gradient(640), gradient(30)], of_classes(Y), 16, Looking(), workers=1).epoch(0, 2))
    assert sorted(seen) == [(30, 30, 1), (32, 32, 20)]


def test_a_target_may_depend_on_what_is_seen() -> None:
    found = Batches(PICTURES, lambda row, picture: np.float32([picture.shape[0], row]), 16, workers=1)
    (batch,) = found.in_order(11)
    np.testing.assert_array_equal(batch.targets, [[20 + row, row] for row in range(11)])


@pytest.mark.parametrize(("size", "lengths"), [(7, [7]), (6, [4, 3]), (1, [1] * 7)])
def test_parts_of_a_batch(size: int, lengths: list[int]) -> None:
    batch = Batch(np.arange(7), np.arange(7), np.arange(7))
    parts = batch.parts(size)
    assert [len(part) for part in parts] == lengths
    np.testing.assert_array_equal(np.concatenate([part.targets for part in parts]), np.arange(7))
