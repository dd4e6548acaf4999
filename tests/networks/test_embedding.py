from __future__ import annotations

import pickle

import numpy as np
import pytest

from sightline.checks.battery import check_component
from sightline.components import build
from sightline.errors import ComponentError, InputError
from sightline.networks.embedding import Embedding
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.networks.views import parts
from tests.networks import tiny


@pytest.fixture
def network() -> Network:
    return remember(tiny.network())


def picture(height: int = 40, width: int = 60) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_it_is_what_the_network_makes_of_the_whole_picture(network: Network) -> None:
    vectors = Embedding(network.key).fit([]).transform([picture(), picture(20, 20)])
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[0], network.embed(picture()))


def test_squares_are_averaged(network: Network) -> None:
    expected = np.mean([network.embed(part) for part in parts(picture(), 1.5)], axis=0)
    np.testing.assert_allclose(Embedding(network.key, zoom=1.5).describe(picture()), expected, atol=1e-6)


def test_another_size_is_another_vector_of_the_same_network() -> None:
    network = remember(tiny.network(free=True))
    larger = Embedding(network.key, px=64)
    np.testing.assert_array_equal(larger.describe(picture()), network.at(64).embed(picture()))
    again = Embedding(network.key, px=64).restore(larger.state())
    np.testing.assert_array_equal(again.describe(picture()), larger.describe(picture()))
    again.set_params(px=0)
    np.testing.assert_array_equal(again.describe(picture()), network.embed(picture()))
    with pytest.raises(InputError, match="asked to look at 64 px"):
        Embedding(remember(tiny.network()).key, px=64).describe(picture())


def test_it_learns_nothing_and_carries_its_network(network: Network) -> None:
    made = Embedding(network.key)
    assert not made.learns() and made.is_fitted()
    state = made.state()
    assert state["onnx_"].tobytes() == network.onnx
    again = Embedding(network.key).restore(state)
    np.testing.assert_array_equal(again.describe(picture()), made.describe(picture()))


def test_text_and_clone_stand_for_the_same(network: Network) -> None:
    made = Embedding(network.key, zoom=2.0)
    built = build(repr(made))
    np.testing.assert_array_equal(built.describe(picture()), made.describe(picture()))  # type: ignore[attr-defined]
    assert made.clone().get_params() == made.get_params()


def test_another_network_by_its_name_is_another(network: Network) -> None:
    made = Embedding(network.key)
    made.describe(picture())
    other = remember(tiny.network(seed=5))
    made.set_params(network=other.key)
    np.testing.assert_array_equal(made.describe(picture()), other.embed(picture()))


def test_it_keeps_the_contract(network: Network) -> None:
    check_component(Embedding(network.key))
    check_component(Embedding(network.key, zoom=1.5))


def test_a_network_of_another_digest_is_refused(network: Network) -> None:
    other = tiny.network(seed=9)
    with pytest.raises(ComponentError, match="was expected"):
        Embedding(network.key).restore({"onnx_": np.frombuffer(other.onnx, np.uint8)})
    with pytest.raises(ComponentError, match="is missing"):
        Embedding(network.key).restore({})
    with pytest.raises(ComponentError, match="cannot be used"):
        Embedding(network.key).restore({"onnx_": np.zeros(5, np.uint8)})


@pytest.mark.parametrize("zoom", [0.5, -1.0])
def test_bad_zoom(network: Network, zoom: float) -> None:
    with pytest.raises(ComponentError, match="allowed: 0 for the whole picture, or from 1"):
        Embedding(network.key, zoom=zoom).describe(picture())


def test_grey_pictures_are_refused_not_converted(network: Network) -> None:
    with pytest.raises(InputError, match="Embedding was given a picture of shape"):
        Embedding(network.key).describe(np.zeros((8, 8, 1), np.uint8))


def test_it_survives_a_process_boundary(network: Network) -> None:
    made = Embedding(network.key)
    made.describe(picture())
    there = pickle.loads(pickle.dumps(made))
    np.testing.assert_array_equal(there.describe(picture()), made.describe(picture()))
