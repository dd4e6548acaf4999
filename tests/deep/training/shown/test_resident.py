from __future__ import annotations

import numpy as np
import pytest

from sightline.deep.training.shown.resident import Resident
from sightline.deep.training.shown.sampling import balanced

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

PICTURES = np.random.default_rng(0).integers(0, 256, (23, 12, 12, 3), np.uint8)
CODES = np.arange(23, dtype=np.int64)


def shown(epoch: int, size: int, **how) -> dict[int, np.ndarray]:  # type: ignore[no-untyped-def]
    """Class number -> the picture as it was shown; every picture is a class of its own."""
    found = {}
    for batch in Resident(PICTURES, CODES, **how).epoch(epoch, size):
        assert batch.pictures.dtype == torch.uint8
        found |= dict(zip(batch.targets.tolist(), batch.pictures.numpy(), strict=True))
    return found


def test_every_picture_once_and_batches_as_equal_as_can_be() -> None:
    sizes = [len(batch) for batch in Resident(PICTURES, CODES).epoch(0, 8)]
    assert sizes == [8, 8, 7]
    assert sorted(shown(0, 8)) == CODES.tolist()


def test_unchanged_they_are_as_they_are() -> None:
    for code, picture in shown(3, 5, shift_px=0, mirrored=False).items():
        assert np.array_equal(picture, PICTURES[code])


def test_a_shift_takes_in_what_is_mirrored_at_the_edge() -> None:
    padded = np.pad(PICTURES, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    places = set()
    for code, picture in shown(1, 23, shift_px=2, mirrored=False).items():
        fits = [(y, x) for y in range(5) for x in range(5) if (picture == padded[code, y : y + 12, x : x + 12]).all()]
        assert len(fits) == 1
        places |= set(fits)
    assert len(places) > 8


def test_in_two_epochs_each_is_seen_both_ways() -> None:
    first, second = shown(0, 6, shift_px=0), shown(1, 6, shift_px=0)
    turned = [bool((first[code] == PICTURES[code, :, ::-1]).all()) for code in CODES]
    assert 3 < sum(turned) < 20
    for code in CODES:
        assert np.array_equal(second[code], first[code][:, ::-1])


def test_what_is_seen_follows_from_the_seed_and_not_from_the_batches() -> None:
    one, other, else_ = shown(2, 23, seed=1), shown(2, 4, seed=1), shown(2, 4, seed=2)
    assert all(np.array_equal(one[code], other[code]) for code in CODES)
    assert any(not np.array_equal(one[code], else_[code]) for code in CODES)


def test_a_picture_that_comes_again_is_shifted_and_mirrored_anew() -> None:
    order = balanced(np.array([0] * 22 + [1]), 1.0, 0)
    resident, once = Resident(PICTURES, CODES, order=order), shown(1, 23)
    (batch,) = resident.epoch(1, 23)
    rows, pictures = batch.rows.tolist(), batch.pictures.numpy()
    again = [picture for row, picture in zip(rows, pictures, strict=True) if row == 22]
    assert len(again) > 10 and len({one.tobytes() for one in again}) > len(again) // 2
    for row in set(rows):
        assert np.array_equal(pictures[rows.index(row)], once[row])
    rest = list(resident.epoch(1, 5, begin=2))
    start = sum(len(one) for one in resident.epoch(1, 5)) - sum(len(one) for one in rest)
    assert np.array_equal(torch.cat([one.pictures for one in rest]).numpy(), pictures[start:])


def test_what_comes_again_is_mirrored_every_other_time() -> None:
    order = balanced(np.array([0] * 22 + [1]), 1.0, 0)
    (batch,) = Resident(PICTURES, CODES, shift_px=0, order=order).epoch(0, 23)
    turned = [bool((one == PICTURES[22, :, ::-1]).all()) for one in batch.pictures.numpy()[batch.rows.numpy() == 22]]
    assert all(one != other for one, other in zip(turned[1:], turned[:-1], strict=True))


def test_in_order_nothing_is_changed_and_the_first_batches_may_be_left_out() -> None:
    resident = Resident(PICTURES, CODES)
    seen = list(resident.in_order(9))
    assert np.array_equal(torch.cat([batch.pictures for batch in seen]).numpy(), PICTURES)
    assert torch.cat([batch.rows for batch in seen]).tolist() == CODES.tolist()
    whole, rest = list(resident.epoch(1, 5)), list(resident.epoch(1, 5, begin=2))
    assert [batch.rows.tolist() for batch in whole[2:]] == [batch.rows.tolist() for batch in rest]
