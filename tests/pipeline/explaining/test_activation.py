from __future__ import annotations

import cv2
import numpy as np
import pytest

from sightline.components import build
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline.explaining.activation import CLOSER, activation, sees_places
from sightline.pipeline.explaining.blanks import emptied, halfway
from sightline.pipeline.explaining.evidence import evidence, gained
from sightline.pipeline.explaining.looks import joined, squares
from sightline.pipeline.explaining.sources import Sources
from sightline.pipeline.graph import Chain
from tests.networks import tiny
from tests.pipeline.explaining.squares import fitted, hit, plain, squared
from tests.pipeline.explaining.transformer import tokens

NETWORK = remember(tiny.network(px=64, width=16, seed=1))
FOREIGN = remember(Network.of(tiny.foreign(), "foreign"))
EMBEDDING = f"Embedding(network='{NETWORK.key}')"
ZOOMED = f"Embedding(network='{NETWORK.key}', zoom=1.5)"
HEADS = {
    "linear": f"{EMBEDDING} > LogisticRegression()",
    "powers before it": f"{EMBEDDING} > PowerNormalization() > LogisticRegression()",
    "kernel": f"{EMBEDDING} > PowerNormalization() > KernelRidge()",
    "two scales": f"{EMBEDDING} + {ZOOMED} > LogisticRegression()",
    "with others": f"{EMBEDDING} + LocalBinaryPattern() > LogisticRegression()",
}


def mapped(sources: Sources) -> list:
    return [source for source in sources.found if sees_places(source)]


def heat_of(sources: Sources, picture: np.ndarray, number: int = 1, closer: float = CLOSER) -> np.ndarray:
    return activation(sources, picture, number, mapped(sources), emptied(sources, picture), closer)


def beyond_even(sources: Sources, number: int = 1) -> float:
    return float(evidence(sources.answer({}), number)[0]) + np.log(sources.k - 1)


@pytest.mark.parametrize("name", HEADS)
def test_the_square_that_tells_the_class_is_found(name: str) -> None:
    graph, hits = fitted(HEADS[name]), 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        sources = Sources.of(graph, picture, 2)
        hits += hit(heat_of(sources, picture), box)
    assert hits >= 8  # by chance fewer than 2


@pytest.mark.parametrize("name", HEADS)
def test_all_places_together_bring_the_evidence(name: str) -> None:
    """A head that divides vectors by their length says at the end of the way that they bring nothing, or less."""
    graph = fitted(HEADS[name])
    for seed in range(100, 106):
        picture, _ = squared(seed)
        sources = Sources.of(graph, picture, 2)
        heat, sure = heat_of(sources, picture), beyond_even(sources)
        assert sure > 0
        assert heat.mean() * 100 == pytest.approx(sure, rel=1e-3)
        assert heat.max() > -heat.min()  # where the square is the most speaks, and it speaks for the class


@pytest.mark.parametrize("name", ["linear", "powers before it", "kernel"])
def test_the_way_from_nothing_brings_it_before_anything_is_leveled(name: str) -> None:
    graph, (picture, _) = fitted(HEADS[name]), squared(100)
    sources = Sources.of(graph, picture, 2)
    empty, (source,) = emptied(sources, picture), sources.found
    start = empty[source.place].mean(axis=0, keepdims=True)
    there = halfway(sources, empty, {source.place: source.vector})
    places = NETWORK.look(picture)[1].reshape(-1, source.vector.shape[1])
    brought = float(gained(there, source.place, (places - start) / len(places), 1).sum())
    before, after = evidence(sources.answer({source.place: np.concatenate([start, source.vector])}), 1)
    assert 0.5 < brought / (after - before) < 1.5
    if "Power" in HEADS[name]:  # of a gradient at the end, places are for and against alike, whatever they show
        assert abs(float(gained(sources, source.place, places / len(places), 1).sum())) < 0.1 * brought


def test_of_a_linear_head_it_is_the_class_activation_map() -> None:
    graph = fitted(f"{EMBEDDING} > LogisticRegression(standardize=False)")
    picture, _ = squared(100)
    sources = Sources.of(graph, picture, 2)
    _, features = NETWORK.look(picture)
    expected = cv2.resize(features @ weights_of(sources) / 100, (64, 64), interpolation=cv2.INTER_LINEAR)
    expected += beyond_even(sources) / 100 - expected.mean()
    np.testing.assert_allclose(heat_of(sources, picture, closer=0), expected, atol=2e-3 * np.abs(expected).max())


def test_a_whole_picture_is_looked_at_more_closely_as_well() -> None:
    graph = fitted(f"{EMBEDDING} > LogisticRegression(standardize=False)")
    picture, _ = squared(100)
    sources = Sources.of(graph, picture, 2)
    far, both = (heat_of(sources, picture, closer=closer) for closer in (0, 2.0))
    boxes, weights = squares(64, 64, 2.0), weights_of(sources)
    assert len(boxes) == 9
    maps = [NETWORK.look(picture[top:bottom, left:right])[1] @ weights for top, left, bottom, right in boxes]
    nats = [one / (one.size * len(boxes)) for one in maps]
    expected = joined(list(zip(boxes, nats, strict=True)), (64, 64), (64, 64))
    expected += beyond_even(sources) / 100 - expected.mean()
    np.testing.assert_allclose(2 * both - far, expected, atol=2e-3 * np.abs(expected).max())


def weights_of(sources: Sources) -> np.ndarray:
    """Of a linear head, (d,), as the head itself has them: what a step along each axis brings."""
    (source,) = sources.found
    step = np.float32(0.01) * np.eye(source.vector.shape[1], dtype=np.float32)
    up, down = (sources.answer({source.place: source.vector + sign * step}) for sign in (1, -1))
    weights: np.ndarray = np.diff(np.log(up) - np.log(down), axis=1)[:, 0] / 0.02
    return weights


def test_classes_of_two_speak_against_each_other() -> None:
    graph, (picture, _) = fitted(HEADS["kernel"]), squared(100)
    sources = Sources.of(graph, picture, 2)
    own, other = (heat_of(sources, picture, number) for number in (1, 0))
    np.testing.assert_allclose(own, -other, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (200, 2), (30, 64)])
@pytest.mark.parametrize("name", ["linear", "two scales"])
def test_thin_pictures_have_heat_too(name: str, shape: tuple[int, int]) -> None:
    picture = plain(1, 200)[: shape[0], : shape[1]]
    sources = Sources.of(fitted(HEADS[name], 8), picture, 2)
    heat = heat_of(sources, picture)
    assert heat.shape == shape and heat.dtype == np.float32 and np.isfinite(heat).all()


def test_a_large_picture_has_heat_of_a_bounded_size() -> None:
    picture = np.full((600, 900, 3), 90, np.uint8)
    sources = Sources.of(fitted(HEADS["two scales"], 8), picture, 2)
    assert heat_of(sources, picture).shape == (341, 512)


def test_a_network_without_features_sees_no_places() -> None:
    described = Chain((build(f"Embedding(network='{FOREIGN.key}')"), build("Ridge()")))
    described.fit([plain(0), plain(1)], np.array([0, 1]))
    assert mapped(Sources.of(described, plain(2), 2)) == []
    assert mapped(Sources.of(fitted("HOG(size_px=32) > Ridge()", 8), plain(2), 2)) == []


def test_tokens_are_laid_out_as_the_places_they_stand_for() -> None:
    network = remember(tokens())
    graph = fitted(f"Embedding(network='{network.key}') > LogisticRegression()")
    hits = 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        sources = Sources.of(graph, picture, 2)
        hits += len(mapped(sources)) == 1 and hit(heat_of(sources, picture), box)
    assert hits >= 8


def test_tokens_that_are_no_square_see_no_places() -> None:
    network = remember(tokens(prefix=0))  # the first of 65 stands for no place, and nothing says so
    described = Chain((build(f"Embedding(network='{network.key}')"), build("Ridge()")))
    described.fit([plain(0), plain(1)], np.array([0, 1]))
    assert mapped(Sources.of(described, plain(2), 2)) == []
