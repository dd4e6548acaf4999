import numpy as np
import pytest

from sightline.inputs.pixels import composite, shrink, to_eight_bits, to_rgb, upright
from tests.broken import as_stored
from tests.pictures import gradient, noise


def test_sixteen_bits_are_divided_by_257_and_rounded() -> None:
    every = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(to_eight_bits(every), np.round(every / 257).astype(np.uint8))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 10, 12, 14, 16])
def test_depth_spans_the_whole_range(bits: int) -> None:
    values = to_eight_bits(np.array([0, (1 << bits) - 1], np.uint16), bits)
    assert values.tolist() == [0, 255]


def test_alpha_mixes_linearly() -> None:
    rgba = np.zeros((1, 256, 4), np.uint8)
    rgba[..., 0] = 255
    rgba[..., 3] = np.arange(256)
    mixed = composite(rgba, (0, 100, 255))
    assert np.array_equal(mixed[0, :, 0], np.arange(256))
    assert np.array_equal(mixed[0, :, 2], 255 - np.arange(256))
    assert np.abs(mixed[0, :, 1] - 100 * (1 - np.arange(256) / 255)).max() <= 0.5


def test_opaque_and_empty_alpha_are_exact() -> None:
    rgb = noise(16, 0)
    assert np.array_equal(composite(np.dstack([rgb, np.full((16, 16), 255, np.uint8)]), (1, 2, 3)), rgb)
    clear = composite(np.dstack([rgb, np.zeros((16, 16), np.uint8)]), (1, 2, 3))
    assert np.array_equal(clear, np.broadcast_to(np.array([1, 2, 3], np.uint8), clear.shape))


def test_grey_becomes_three_equal_channels() -> None:
    grey = noise(9, 1)[..., 0]
    for samples in (grey, grey[..., None], grey[:, ::-1][:, ::-1]):
        assert np.array_equal(to_rgb(samples, (0, 0, 0)), np.dstack([grey] * 3))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_upright(orientation: int) -> None:
    seen = gradient(20)[:, :13]
    assert np.array_equal(upright(as_stored(seen, orientation), orientation), seen)


@pytest.mark.parametrize("reduce", [1, 2, 4, 8])
def test_shrink_rounds_up_and_keeps_the_mean(reduce: int) -> None:
    assert shrink(noise(37, 2)[:, :30], reduce).shape == (-(-37 // reduce), -(-30 // reduce), 3)
    whole = noise(64, 3)
    parts = whole.reshape(64 // reduce, reduce, 64 // reduce, reduce, 3).mean(axis=(1, 3))
    assert np.abs(shrink(whole, reduce) - parts).max() <= 0.51
