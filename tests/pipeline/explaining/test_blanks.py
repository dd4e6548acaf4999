from __future__ import annotations

import numpy as np
import pytest

from sightline.pipeline.explaining.blanks import emptied, halfway
from sightline.pipeline.explaining.sources import Sources
from tests.pipeline.explaining.squares import fitted, plain, squared

TWO = "ColorMoments() + LocalBinaryPattern() > LogisticRegression()"


def test_each_source_is_asked_for_three_pictures_that_show_nothing() -> None:
    graph, (picture, _) = fitted(TWO), squared(100)
    sources = Sources.of(graph, picture, 2)
    found = emptied(sources, picture)
    assert set(found) == {source.place for source in sources.found}
    for source in sources.found:
        assert found[source.place].shape == (3, source.vector.shape[1])
        grey = source.leaf.transform([np.full((64, 64, 3), 128, np.uint8)])
        np.testing.assert_array_equal(found[source.place][:1], grey)
    np.testing.assert_array_equal(emptied(sources, picture)["root/0/0"], found["root/0/0"])


def test_the_colors_of_the_shuffled_one_are_those_of_the_picture() -> None:
    graph, (picture, _) = fitted(TWO), squared(100)
    sources = Sources.of(graph, picture, 2)
    moments = sources.found[0]
    np.testing.assert_allclose(emptied(sources, picture)[moments.place][2:], moments.vector, rtol=1e-4, atol=1e-5)


def test_halfway_some_sources_have_moved_and_the_others_stay() -> None:
    graph, (picture, _) = fitted(TWO), squared(100)
    sources = Sources.of(graph, picture, 2)
    first, second = sources.found
    empty = emptied(sources, picture)
    there = halfway(sources, empty, {first.place: first.vector})
    np.testing.assert_allclose(there.found[0].vector, (empty[first.place].mean(axis=0) + first.vector) / 2, rtol=1e-5)
    np.testing.assert_array_equal(there.found[1].vector, second.vector)
    back = there.answer({first.place: first.vector})
    np.testing.assert_array_equal(back, sources.answer({}))
    assert not np.array_equal(there.answer({}), back)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (200, 2)])
def test_thin_pictures_have_blanks_too(shape: tuple[int, int]) -> None:
    picture = plain(1, 200)[: shape[0], : shape[1]]
    sources = Sources.of(fitted("ColorMoments() > LogisticRegression()", 8), picture, 2)
    assert np.isfinite(emptied(sources, picture)["root/0"]).all()
