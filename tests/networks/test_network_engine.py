"""A network that something else than onnxruntime computes."""

from __future__ import annotations

import importlib.util
import pickle

import numpy as np
import pytest

from sightline.networks.embedding import Embedding
from sightline.networks.library import find, remember
from sightline.networks.network import Network
from sightline.runtime.engine import REFERENCE, Engine
from tests.networks import tiny

OPENVINO = Engine("openvino")


@pytest.fixture(autouse=True)
def installed() -> None:
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("needs the extra fast")


@pytest.fixture
def network() -> Network:
    return Network.of(tiny.backbone(), "tiny", OPENVINO)


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)


def test_it_is_the_same_network_with_nearly_the_same_answers(network: Network) -> None:
    reference = tiny.network()
    assert (network.key, network.feed, network.embedding, network.features, network.kind) == (
        reference.key, reference.feed, reference.embedding, reference.features, reference.kind
    )  # fmt: skip
    np.testing.assert_allclose(network.embed(picture()), reference.embed(picture()), atol=1e-5)
    np.testing.assert_allclose(network.look(picture())[1], reference.look(picture())[1], atol=1e-5)


def test_it_takes_its_engine_to_another_process(network: Network) -> None:
    assert pickle.loads(pickle.dumps(network)).engine == OPENVINO


def test_it_is_not_taken_for_the_one_that_onnxruntime_computes(network: Network) -> None:
    reference = remember(tiny.network())
    assert remember(network) is network
    assert find(network.key) is reference and reference.engine == REFERENCE
    assert Embedding(network=network.key).held.engine == REFERENCE


def test_an_embedding_takes_the_engine_it_is_told(network: Network) -> None:
    leaf = Embedding(network=network.key)
    leaf.engine = OPENVINO
    leaf.restore({"onnx_": np.frombuffer(tiny.backbone(), np.uint8)})
    assert leaf.held.engine == OPENVINO
    assert pickle.loads(pickle.dumps(leaf)).held.engine == OPENVINO
    assert leaf.clone().engine == REFERENCE
