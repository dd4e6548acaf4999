from __future__ import annotations

import cv2
import numpy as np
import pytest

from sightline.components import build
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline.explaining.activation import activation, sees_places
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


@pytest.mark.parametrize("name", HEADS)
def test_the_square_that_tells_the_class_is_found(name: str) -> None:
    graph, hits = fitted(HEADS[name]), 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        sources = Sources.of(graph, picture, 2)
        hits += hit(activation(sources, picture, 1, mapped(sources)), box)
    assert hits >= 8  # by chance fewer than 2


def test_of_a_linear_head_it_is_the_class_activation_map() -> None:
    graph = fitted(f"{EMBEDDING} > LogisticRegression(standardize=False)")
    picture, _ = squared(100)
    sources = Sources.of(graph, picture, 2)
    heat = activation(sources, picture, 1, mapped(sources), closer=0)
    _, features = NETWORK.look(picture)
    # The weights as the head itself has them: what a step along each axis brings.
    step = np.float32(0.01) * np.eye(features.shape[2], dtype=np.float32)
    place = sources.found[0].place
    up, down = (sources.answer({place: sources.found[0].vector + sign * step}) for sign in (1, -1))
    weights = np.diff(np.log(up) - np.log(down), axis=1)[:, 0] / 0.02
    expected = (features @ weights) / 100  # its mean is a hundredth of the evidence
    enlarged = cv2.resize(expected, (64, 64), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(heat, enlarged, atol=2e-3 * np.abs(expected).max())


def test_a_whole_picture_is_looked_at_more_closely_as_well() -> None:
    graph, (picture, _) = fitted(HEADS["linear"]), squared(100)
    sources = Sources.of(graph, picture, 2)
    far, both = (activation(sources, picture, 1, mapped(sources), closer) for closer in (0, 2.0))
    quarters = [picture[top : top + 32, left : left + 32] for top in (0, 32) for left in (0, 32)]
    sums = [
        sources.answer({"root/0": sources.found[0].vector + sign * NETWORK.embed(quarters[3]) / 4}) for sign in (1, -1)
    ]
    expected = float(np.diff(np.log(sums[0]) - np.log(sums[1]), axis=1)[0, 0]) / 2
    near = 2 * both - far
    assert near[32:, 32:].mean() / 4 * 100 == pytest.approx(expected, rel=0.02)  # what the last quarter adds


def test_classes_of_two_speak_against_each_other() -> None:
    graph, (picture, _) = fitted(HEADS["kernel"]), squared(100)
    sources = Sources.of(graph, picture, 2)
    own, other = (activation(sources, picture, number, mapped(sources)) for number in (1, 0))
    np.testing.assert_allclose(own, -other, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (200, 2), (30, 64)])
@pytest.mark.parametrize("name", ["linear", "two scales"])
def test_thin_pictures_have_heat_too(name: str, shape: tuple[int, int]) -> None:
    picture = plain(1, 200)[: shape[0], : shape[1]]
    sources = Sources.of(fitted(HEADS[name], 8), picture, 2)
    heat = activation(sources, picture, 1, mapped(sources))
    assert heat.shape == shape and heat.dtype == np.float32 and np.isfinite(heat).all()


def test_a_large_picture_has_heat_of_a_bounded_size() -> None:
    picture = np.full((600, 900, 3), 90, np.uint8)
    sources = Sources.of(fitted(HEADS["two scales"], 8), picture, 2)
    assert activation(sources, picture, 1, mapped(sources)).shape == (341, 512)


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
        (source,) = mapped(sources)
        hits += hit(activation(sources, picture, 1, [source]), box)
    assert hits >= 8


def test_tokens_that_are_no_square_see_no_places() -> None:
    network = remember(tokens(prefix=0))  # the first of 65 stands for no place, and nothing says so
    described = Chain((build(f"Embedding(network='{network.key}')"), build("Ridge()")))
    described.fit([plain(0), plain(1)], np.array([0, 1]))
    assert mapped(Sources.of(described, plain(2), 2)) == []
