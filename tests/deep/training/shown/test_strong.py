from __future__ import annotations

import numpy as np
import pytest

from sightline.deep.training.shown.strong import DRAWN, Drawn, Strong
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")

STILL = Strong(
    area=1.0, rotation_deg=0.0, shear=0.0, light=0.0, contrast=0.0, saturation=0.0, hue=0.0, solarized=0.0, hidden=0.0
)
PICTURES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (9, 16, 16, 3), np.uint8))
NUMBERS = torch.from_numpy(np.random.default_rng(1).random((9, DRAWN), np.float32))


def changed(**how: float) -> Strong:
    return Strong(**{**STILL.__dict__, **how})


def test_nothing_is_changed_that_is_not_asked_for() -> None:
    before = PICTURES.clone()
    assert torch.equal(STILL(PICTURES, NUMBERS, 16), PICTURES)
    Strong()(PICTURES, NUMBERS, 16)
    assert torch.equal(PICTURES, before)


@pytest.mark.parametrize("px", [8, 16, 24])
def test_views_have_the_size_that_is_asked_for(px: int) -> None:
    seen = Strong()(PICTURES, NUMBERS, px)
    assert seen.shape == (9, px, px, 3) and seen.dtype == torch.uint8
    assert Strong()(PICTURES[:0], NUMBERS[:0], px).shape == (0, px, px, 3)


def test_half_of_them_are_mirrored() -> None:
    seen = changed(mirrored=True)(PICTURES, NUMBERS, 16)
    turned = NUMBERS[:, 6] < 0.5
    assert 0 < turned.sum() < 9
    assert torch.equal(seen[turned], PICTURES[turned].flip(2)) and torch.equal(seen[~turned], PICTURES[~turned])


def test_a_part_is_a_part() -> None:
    """Of a ramp a part spans less than the whole, and a quarter of the area about half of the values."""
    ramp = torch.arange(0, 256, 8, dtype=torch.uint8).repeat(32, 1)[None, :, :, None].repeat(9, 1, 1, 3)
    drawn = NUMBERS.clone()
    drawn[:, 0], drawn[:, 1] = 0.0, 0.5
    seen = changed(area=0.25)(ramp, drawn, 32)[..., 0].float()
    spans = seen.amax(dim=(1, 2)) - seen.amin(dim=(1, 2))
    assert spans.numpy() == pytest.approx(248 / 2, abs=8)


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    drawn = NUMBERS.clone()
    drawn[:, 4] = 1.0 - 1e-6  # the far end of what is drawn
    seen = changed(rotation_deg=90.0, often=1.0)(PICTURES, drawn, 16)
    assert (seen.int() - PICTURES.rot90(1, (1, 2)).int()).abs().max() <= 1


@pytest.mark.parametrize("how", [{"saturation": 1.0}, {"hue": 1.0}, {"grey": 1.0}, {"shear": 1.0}])
def test_grey_stays_grey(how: dict[str, float]) -> None:
    grey = PICTURES[..., :1].repeat(1, 1, 1, 3)
    seen = changed(often=1.0, **how)(grey, NUMBERS, 16)
    assert (seen.int() - seen[..., :1].int()).abs().max() <= 1
    if "shear" not in how:
        assert (seen.int() - grey.int()).abs().max() <= 1


def test_without_colors_what_is_left_is_light() -> None:
    seen = changed(grey=1.0)(PICTURES, NUMBERS, 16).float()
    light = PICTURES.float() @ torch.tensor([0.299, 0.587, 0.114])
    assert (seen - light[..., None]).abs().max() <= 0.51


def test_light_is_a_factor_and_contrast_keeps_the_mean() -> None:
    flat = torch.full((9, 16, 16, 3), 100, dtype=torch.uint8)
    drawn = NUMBERS.clone()
    drawn[:, 7] = 1.0 - 1e-6
    assert changed(light=0.5, often=1.0)(flat, drawn, 16).unique().tolist() == [150]
    assert changed(contrast=1.0, often=1.0)(flat, drawn, 16).unique().tolist() == [100]


def test_the_brightest_are_inverted() -> None:
    seen = changed(solarized=1.0)(PICTURES, NUMBERS, 16)
    assert torch.equal(seen, torch.where(PICTURES > 128, 255 - PICTURES, PICTURES))


def test_a_square_is_hidden_and_no_more_of_it_than_allowed() -> None:
    white = torch.full((9, 16, 16, 3), 255, dtype=torch.uint8)
    seen = changed(hidden=0.5)(white, NUMBERS, 16)
    for one, number in zip(seen, NUMBERS, strict=True):
        hidden = (one[..., 0] == 128).nonzero()
        assert set(one.unique().tolist()) <= {128, 255}
        if len(hidden):
            sides = hidden.amax(dim=0) - hidden.amin(dim=0) + 1
            assert sides.max() <= 8 * number[13] + 1
    assert (seen == 128).any()


def test_some_changes_happen_to_some_pictures() -> None:
    drawn = torch.from_numpy(np.random.default_rng(2).random((400, DRAWN), np.float32))
    same = PICTURES[:1].repeat(400, 1, 1, 1)
    seen = changed(light=0.5, often=0.3)(same, drawn, 16)
    assert float((seen != same).flatten(1).any(dim=1).float().mean()) == pytest.approx(0.3, abs=0.08)


def test_what_is_drawn_follows_from_the_epoch_and_not_from_the_batch() -> None:
    drawn = Drawn(20, 3, "one")
    rows = torch.tensor([4, 7, 19])
    assert torch.equal(drawn.of(2, rows)[1], Drawn(20, 3, "one").of(2, torch.tensor([7]))[0])
    for other in (Drawn(20, 3, "other").of(2, rows), Drawn(20, 4, "one").of(2, rows), drawn.of(3, rows)):
        assert not torch.equal(Drawn(20, 3, "one").of(2, rows), other)
    assert drawn.of(0, rows).shape == (3, DRAWN) and float(drawn.of(0, rows).min()) >= 0


@pytest.mark.parametrize("wrong", [{"area": 0.0}, {"hidden": 1.5}, {"rotation_deg": 181.0}, {"light": -0.1}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="allowed"):
        Strong(**wrong)
