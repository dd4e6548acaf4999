from __future__ import annotations

import numpy as np
import pytest

from sightline.networks.views import boxes
from sightline.pipeline.explaining.grid import heat_shape
from sightline.pipeline.explaining.looks import ENOUGH, MOST, joined, squares

SHAPES = [(224, 224), (227, 227), (253, 381), (100, 101), (64, 400), (5, 3), (1, 1)]


def test_without_a_zoom_it_is_the_whole_picture() -> None:
    assert squares(30, 50, 0) == [(0, 0, 30, 50)]


@pytest.mark.parametrize("zoom", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_squares_are_as_large_as_those_of_the_network_and_cover_the_picture(
    shape: tuple[int, int], zoom: float
) -> None:
    found = squares(*shape, zoom)
    top, left, bottom, right = boxes(*shape, zoom)[0]
    assert {(one[2] - one[0], one[3] - one[1]) for one in found} == {(bottom - top, right - left)}
    covered = np.zeros(shape, int)
    for top, left, bottom, right in found:
        covered[top:bottom, left:right] += 1
    assert covered.all() and len(found) <= MOST


def test_one_lies_half_over_the_next() -> None:
    assert [box[1] for box in squares(224, 224, 2.0)] == [0, 56, 112] * 3
    assert [box[1] for box in squares(227, 227, 2.0)] == [0, 56, 113] * 3
    assert len(squares(224, 224, 1.5)) == 4


def test_a_long_picture_is_looked_at_a_bounded_number_of_times() -> None:
    assert len(squares(1, 4000, 2.0)) <= MOST
    assert len(squares(4000, 30, 2.0)) <= MOST


@pytest.mark.parametrize("zoom", [0.0, 1.5, 2.0])
@pytest.mark.parametrize("shape", [*SHAPES, (700, 1100)])
def test_places_that_all_count_the_same_leave_no_seam(shape: tuple[int, int], zoom: float) -> None:
    """Squares laid edge to edge of 227 pixels overlap by one, which would count twice."""
    found = squares(*shape, zoom)
    size = heat_shape(*shape)
    heat = joined([(box, np.full((7, 7), 3 / (49 * len(found)))) for box in found], shape, size)
    assert heat.shape == size and heat.dtype == np.float32
    np.testing.assert_allclose(heat, 0.03, rtol=1e-5)


def test_a_square_that_counts_more_fades_to_its_edges() -> None:
    found = squares(227, 227, 2.0)
    heat = joined([(box, np.full((7, 7), float(at == 4))) for at, box in enumerate(found)], (227, 227), (227, 227))
    steps = np.abs(np.diff(heat[113])).max(), np.abs(np.diff(heat[:, 113])).max()
    assert max(steps) < 0.05 * heat.max()  # an edge would be a step of all
    assert heat[113, 113] > 0.9 * heat.max() and heat[20, 113] == 0


def test_nats_stay_but_for_what_the_weights_shift() -> None:
    found = squares(224, 224, 2.0)
    nats = np.random.default_rng(0).normal(1, 1, (len(found), 7, 7)) / (49 * len(found))
    heat = joined(list(zip(found, nats, strict=True)), (224, 224), (224, 224))
    assert heat.mean() * 100 == pytest.approx(nats.sum(), rel=0.1)


def test_where_no_square_lies_there_is_no_heat() -> None:
    heat = joined([((0, 0, 4, 4), np.ones((2, 2)))], (4, 12), (4, 12))
    assert heat[:, :4].all() and not heat[:, 4:].any()


def test_of_a_long_picture_they_overlap_less_before_any_part_is_left_out() -> None:
    assert len(squares(224, 448, 2.0)) == 15 <= ENOUGH  # three by seven would be too many
    assert len({top for top, *_ in squares(64, 400, 2.0)}) == 2  # three would leave gaps along the picture
    assert len(squares(64, 400, 2.0)) == 26
