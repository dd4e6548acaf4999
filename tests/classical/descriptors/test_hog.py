from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.descriptors.hog import HOG, cell_histograms, normalize_blocks
from sightline.errors import ComponentError, InputError
from tests.pictures import disc, grating, mat, noise


@pytest.mark.parametrize("shape", [(128, 128), (64, 96), (37, 51)])
@pytest.mark.parametrize("picture", [noise(128, 0), mat(128, 1), disc(128, 40.0)], ids=["noise", "mat", "disc"])
def test_agrees_with_scikit_image(picture: np.ndarray, shape: tuple[int, int]) -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image is the reference")
    grey = np.ascontiguousarray(picture[: shape[0], : shape[1], 1])
    expected = feature.hog(grey / 255.0, 9, (8, 8), (2, 2), block_norm="L2-Hys")
    ours = HOG(size_px=None).describe(grey[:, :, None])
    np.testing.assert_allclose(ours, expected, atol=1e-4 * expected.max())


def test_agrees_with_scikit_image_for_other_cells() -> None:
    feature = pytest.importorskip("skimage.feature", reason="scikit-image is the reference")
    # 11 bins, not 12: an edge at 45 degrees would leave dx = dy to the rounding of a division by 255.
    grey = noise(60, 2)[:, :, 0]
    expected = feature.hog(grey / 255.0, 11, (5, 5), (3, 3), block_norm="L2-Hys")
    ours = HOG(bins=11, cell_px=5, block_cells=3, size_px=None).describe(grey[:, :, None])
    np.testing.assert_allclose(ours, expected, atol=1e-4 * expected.max())


@pytest.mark.parametrize(("angle", "bin_"), [(0.0, 0), (30.0, 1), (90.0, 4), (150.0, 7)])
def test_a_grating_fills_the_bin_of_its_direction(angle: float, bin_: int) -> None:
    cells = cell_histograms(grating(64, 16.0, angle)[:, :, 0], bins=9, cell_px=8, signed=False)
    assert cells.sum(axis=(0, 1)).argmax() == bin_


def test_signed_tells_the_two_sides_of_an_edge_apart() -> None:
    edge = np.zeros((16, 16), np.uint8)
    edge[:, 8:] = 255
    rising, falling = (cell_histograms(e, 8, 16, signed=True)[0, 0] for e in (edge, edge[:, ::-1]))
    assert (rising.argmax(), falling.argmax()) == (0, 4)
    unsigned = [cell_histograms(e, 8, 16, signed=False) for e in (edge, edge[:, ::-1])]
    np.testing.assert_allclose(*unsigned)


def test_blocks_have_length_one_and_a_flat_picture_none() -> None:
    blocks = normalize_blocks(np.random.default_rng(0).random((5, 6, 9)), 2)
    assert blocks.shape == (20, 36)
    np.testing.assert_allclose(np.linalg.norm(blocks, axis=1), 1, atol=1e-6)
    assert not HOG().describe(np.full((40, 30, 3), 200, np.uint8)).any()


def test_size_px_makes_all_vectors_equally_long() -> None:
    vectors = HOG(size_px=32, cell_px=8).transform([noise(32, 0), noise(50, 1)[:20], noise(9, 2)])
    assert vectors.shape == (3, 3 * 3 * 36) and vectors.dtype == np.float32


def test_refuses_what_it_cannot_describe() -> None:
    with pytest.raises(InputError, match="one block is 16 pixels wide"):
        HOG(size_px=None).describe(noise(15, 0))
    with pytest.raises(ComponentError, match="cell_px=0"):
        HOG(cell_px=0).describe(noise(32, 0))
