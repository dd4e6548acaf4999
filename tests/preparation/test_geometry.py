import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import InputError
from sightline.preparation.geometry import FITS, fit_into, limit_side, resize
from tests.pictures import disc, gradient, grating, noise

sides = st.integers(1, 40)


@given(sides, sides, sides, sides, st.sampled_from([1, 3, 5]), st.sampled_from(["uint8", "uint16", "float32"]))
def test_resize_gives_the_size_and_keeps_a_constant(
    height: int, width: int, rows: int, columns: int, channels: int, depth: str
) -> None:
    picture = np.full((height, width, channels), 77, depth)
    resized = resize(picture, rows, columns)
    assert resized.shape == (rows, columns, channels)
    assert resized.dtype == depth
    assert np.abs(resized.astype(float) - 77).max() < 1e-3


def test_shrinking_averages_areas() -> None:
    picture = noise(64, 0)
    blocks = picture.reshape(16, 4, 16, 4, 3).mean(axis=(1, 3))
    assert np.abs(resize(picture, 16, 16) - blocks).max() <= 0.51


@pytest.mark.parametrize(("size", "angle"), [((40, 40), 0), ((40, 250), 90), ((250, 40), 0)])
def test_fine_texture_becomes_grey_and_not_moire(size: tuple[int, int], angle: float) -> None:
    """Stripes finer than the new pixels on an axis that shrinks, also where the other axis grows."""
    fine = grating(200, 2.5, angle)
    assert resize(fine, *size).std() < 0.25 * fine.std()


def test_growing_is_linear() -> None:
    picture = np.array([[0, 100]], np.uint8)[..., None]
    values = resize(picture, 1, 8)[0, :, 0].astype(float)
    centers = np.clip((np.arange(8) + 0.5) / 4 - 0.5, 0, 1) * 100
    assert np.abs(values - centers).max() <= 0.51


def test_nothing_to_do_is_the_same_array() -> None:
    picture = gradient(20)
    assert resize(picture, 20, 20) is picture
    assert limit_side(picture, 20) is picture
    assert limit_side(picture, 999) is picture
    for how in FITS:
        assert fit_into(picture, (20, 20), how) is picture


@given(sides, sides, st.integers(1, 30))
def test_limit_side_keeps_the_aspect(height: int, width: int, limit: int) -> None:
    shape = limit_side(np.zeros((height, width, 3), np.uint8), limit).shape[:2]
    scale = min(1, limit / max(height, width))
    assert max(shape) == min(limit, max(height, width))
    for new, old in zip(shape, (height, width), strict=True):
        assert new >= 1
        assert abs(new - old * scale) <= 0.5 or new == 1


def test_extreme_strips_stay_small() -> None:
    strip = np.full((1, 4000, 3), 9, np.uint8)
    assert limit_side(strip, 256).shape == (1, 256, 3)
    for how in FITS:
        assert fit_into(strip, (256, 256), how).shape == (256, 256, 3)
        assert fit_into(strip.transpose(1, 0, 2), (16, 256), how).shape == (16, 256, 3)


@given(sides, sides, sides, sides, st.sampled_from(FITS))
def test_fit_gives_exactly_the_size(height: int, width: int, rows: int, columns: int, how: str) -> None:
    picture = np.full((height, width, 3), 50, np.uint8)
    fitted = fit_into(picture, (rows, columns), how)  # type: ignore[arg-type]
    assert fitted.shape == (rows, columns, 3)
    assert fitted.flags.c_contiguous
    assert set(np.unique(fitted)) <= ({0, 50} if how == "pad" else {50})


def test_pad_keeps_everything_in_the_middle() -> None:
    padded = fit_into(np.full((30, 60, 3), 200, np.uint8), (40, 40), "pad")
    assert (padded[10:30] == 200).all()
    assert not padded[:10].any() and not padded[30:].any()
    tall = fit_into(np.full((60, 30, 3), 200, np.uint8), (40, 40), "pad")
    assert np.array_equal(tall, padded.transpose(1, 0, 2))


def test_pad_and_crop_keep_a_disc_round() -> None:
    wide = np.zeros((64, 128, 3), np.uint8)
    wide[:, 32:96] = disc(64, 20)
    for how, radius in (("pad", 10), ("crop", 20)):
        seen = fit_into(wide, (64, 64), how)[..., 0] > 127  # type: ignore[arg-type]
        assert abs(int(seen.any(0).sum()) - 2 * radius) <= 2
        assert abs(int(seen.any(1).sum()) - 2 * radius) <= 2


def test_crop_is_central() -> None:
    picture = gradient(40)[:20]
    assert np.array_equal(fit_into(picture, (20, 20), "crop"), picture[:, 10:30])


def test_unknown_fit() -> None:
    with pytest.raises(InputError, match="allowed: stretch, pad, crop"):
        fit_into(gradient(4), (2, 2), "squash")  # type: ignore[arg-type]
