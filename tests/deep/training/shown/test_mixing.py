from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sightline.deep.training.shown.batches import Batch, Batches, of_classes
from sightline.deep.training.shown.mixing import Mixed, Mixing
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

# Every picture is of one value, its class number times 40, so that a mean says what is in it.
CODES = np.arange(6, dtype=np.int64)
BATCH = Batch(np.repeat(CODES.astype(np.uint8) * 40, 12 * 12 * 3).reshape(6, 12, 12, 3), CODES, CODES)


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("mixing", [Mixing(cutmix=0.0), Mixing(mixup=0.0), Mixing()])
@pytest.mark.parametrize("seed", range(5))
def test_answers_are_shares_of_what_is_seen(mixing: Mixing, seed: int) -> None:
    mixed = mixing(BATCH, 6, random(seed))
    seen = mixed.pictures.double().mean(dim=(1, 2, 3))
    said = (mixed.targets.double() * torch.arange(6) * 40).sum(dim=1)
    assert torch.allclose(seen, said, atol=1e-3)
    assert torch.allclose(mixed.targets.sum(dim=1), torch.ones(6))
    assert mixed.rows is BATCH.rows


def test_a_rectangle_is_laid_over_and_stays_as_it_was() -> None:
    mixed = Mixing(mixup=0.0)(BATCH, 6, random(1))
    assert mixed.pictures.dtype == torch.uint8
    assert set(np.unique(mixed.pictures.numpy())) <= set((CODES * 40).tolist())


def test_some_batches_stay_as_they_are() -> None:
    mixing, kept = Mixing(share=0.5), 0
    for seed in range(200):
        kept += torch.equal(mixing(BATCH, 6, random(seed)).targets, torch.eye(6))
    assert 70 < kept < 130


def test_probabilities_are_mixed_as_well() -> None:
    soft = Batch(BATCH.pictures, np.full((6, 6), 1 / 6, np.float32), CODES)
    assert torch.allclose(Mixing()(soft, 6, random()).targets, torch.full((6, 6), 1 / 6))


def test_an_epoch_is_mixed_by_its_number_and_goes_on_from_any_batch() -> None:
    shown = Mixed(Batches(list(BATCH.pictures), of_classes(CODES), 12, workers=1), Mixing(), 6)
    assert shown.px == 12 and len(shown) == 6
    whole, rest = list(shown.epoch(1, 2)), list(shown.epoch(1, 2, begin=1))
    assert all(torch.equal(one.targets, other.targets) for one, other in zip(whole[1:], rest, strict=True))
    assert any(not torch.equal(a.targets, b.targets) for a, b in zip(whole, shown.epoch(2, 2), strict=True))
    assert np.array_equal(next(shown.in_order(6)).pictures, BATCH.pictures)


@pytest.mark.parametrize("wrong", [{"mixup": -1.0}, {"cutmix": float("nan")}, {"share": 1.5}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="allowed"):
        Mixing(**wrong)
