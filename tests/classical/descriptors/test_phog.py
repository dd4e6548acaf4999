from __future__ import annotations

import numpy as np
import pytest

from sightline.classical.descriptors.phog import PHOG, cell_sums, window_sums
from sightline.errors import ComponentError, InputError
from tests.pictures import disc, grating, mat, noise


def by_the_definition(image: np.ndarray, bins: int, grid: int) -> np.ndarray:
    """(grid, grid, bins): pixel by pixel, each gradient shared between the two nearest directions."""
    sums, cell, (height, width) = np.zeros((grid, grid, bins)), len(image) // grid, image.shape
    for row in range(height):
        for column in range(width):
            right = float(image[row, column + 1]) - float(image[row, column - 1]) if 0 < column < width - 1 else 0.0
            down = float(image[row + 1, column]) - float(image[row - 1, column]) if 0 < row < height - 1 else 0.0
            position = np.arctan2(down, right) % (2 * np.pi) / (2 * np.pi / bins)
            below, share, at = int(position), position % 1, sums[row // cell, column // cell]
            at[below % bins] += np.hypot(down, right) / 255 * (1 - share)
            at[(below + 1) % bins] += np.hypot(down, right) / 255 * share
    return sums


@pytest.mark.parametrize("picture", [noise(32, 0), mat(32, 1), disc(32, 9.0)], ids=["noise", "mat", "disc"])
@pytest.mark.parametrize(("bins", "grid"), [(12, 8), (7, 4)])
def test_agrees_with_the_definition(picture: np.ndarray, bins: int, grid: int) -> None:
    image = picture[:, :, 1]
    np.testing.assert_allclose(cell_sums(image, bins, grid, True), by_the_definition(image, bins, grid), atol=1e-9)


def test_windows_are_sums_of_cells_half_a_window_apart() -> None:
    cells = np.random.default_rng(0).random((8, 8, 3))
    np.testing.assert_array_equal(window_sums(cells, 0), cells)
    pairs, fours = window_sums(cells, 1), window_sums(cells, 2)
    assert pairs.shape == (7, 7, 3) and fours.shape == (3, 3, 3)
    np.testing.assert_allclose(pairs[2, 5], cells[2:4, 5:7].sum(axis=(0, 1)))
    np.testing.assert_allclose(fours[1, 2], cells[2:6, 4:8].sum(axis=(0, 1)))


def test_every_level_has_length_one_and_a_flat_picture_none() -> None:
    vector = PHOG().describe(noise(40, 0))
    levels = np.split(vector, [8 * 8 * 12, (8 * 8 + 7 * 7) * 12])
    np.testing.assert_allclose([np.linalg.norm(level) for level in levels], 1, atol=1e-6)
    assert not PHOG().describe(np.full((40, 30, 3), 200, np.uint8)).any()


def test_signed_tells_the_two_sides_of_an_edge_apart() -> None:
    edge = np.zeros((16, 16, 1), np.uint8)
    edge[:, 8:] = 255
    one = {"bins": 8, "grid": 1, "levels": 1, "size_px": 16}
    rising, falling = (PHOG(**one).describe(picture) for picture in (edge, edge[:, ::-1]))
    assert (rising.argmax(), falling.argmax()) == (0, 4)
    unsigned = [PHOG(**one, signed=False).describe(picture) for picture in (edge, edge[:, ::-1])]
    np.testing.assert_array_equal(*unsigned)


def test_a_faint_part_stays_faint_beside_a_strong_one() -> None:
    """What HOG's local normalization would undo."""
    picture = np.concatenate([grating(32, 8.0, 0)[:16] // 2, grating(32, 8.0, 0)[16:]])
    cells = PHOG(levels=1).describe(picture).reshape(8, 8, 12)
    faint, strong = (float(np.square(half).sum()) for half in (cells[:4], cells[4:]))
    assert faint == pytest.approx(strong / 2, rel=0.1)


def test_one_pixel_and_one_line_are_described() -> None:
    for shape in ((1, 1, 3), (1, 50, 1), (50, 1, 3)):
        assert PHOG().describe(np.full(shape, 7, np.uint8)).shape == (1464,)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"bins": 0}, "bins=0; allowed: 1 or more"),
        ({"grid": 5}, "size_px=32 and grid=5; allowed: a size_px that grid divides"),
        ({"grid": 4, "levels": 4}, "levels=4 and grid=4; allowed: at most 3 levels"),
    ],
)
def test_refuses_what_it_cannot_build(parameters: dict[str, int], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        PHOG(**parameters).describe(noise(32, 0))


def test_refuses_other_pictures() -> None:
    with pytest.raises(InputError, match="PHOG"):
        PHOG().describe(np.zeros((8, 8, 4), np.uint8))
