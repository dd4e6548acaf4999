from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from onnx import TensorProto, helper

from sightline.errors import InputError
from sightline.networks.network import EMBEDDING, FEATURES, NAME, POOLED, Network
from sightline.runtime.onnx_file import with_metadata
from tests.networks import tiny


def pictures(n: int = 6) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, (20 + 7 * i, 50 - 5 * i, 3), np.uint8) for i in range(n)]


def test_an_export_of_ours_says_all_of_itself() -> None:
    network = tiny.network()
    assert (network.name, network.kind, network.pooled) == ("tiny", "map", True)
    assert network.key == f"tiny@{network.digest}"
    assert (network.feed.height, network.feed.dtype) == (32, "uint8")


def test_the_embedding_is_the_mean_of_the_features() -> None:
    network = tiny.network()
    for one in pictures():
        vector, features = network.look(one)
        assert features.shape == (8, 8, 8)
        np.testing.assert_allclose(features.mean((0, 1)), vector, atol=1e-6)
        np.testing.assert_array_equal(network.embed(one), vector)


def test_threads_get_the_same_answers() -> None:
    network, many = tiny.network(), pictures() * 20
    with ThreadPoolExecutor(8) as pool:
        np.testing.assert_array_equal(list(pool.map(network.embed, many)), [network.embed(one) for one in many])


def test_somebody_elses_network() -> None:
    for first in (True, False):
        network = Network.of(tiny.foreign(first=first), "my net (v2)")
        assert (network.name, network.kind) == ("my-net-v2-", "none")
        one = pictures()[0]
        fed = network.feed.of_picture(one)
        np.testing.assert_allclose(network.embed(one), fed.mean((2, 3) if first else (1, 2))[0], atol=1e-6)
        with pytest.raises(InputError, match=f"no output called {FEATURES}"):
            network.look(one)


def test_a_network_of_any_size_is_fed_the_usual_one() -> None:
    assert Network.of(tiny.foreign(px="size")).feed.height == 224


def test_tokens_are_laid_out_as_a_grid() -> None:
    nodes = [
        helper.make_node("Reshape", ["input", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], [FEATURES], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", [FEATURES, "axes"], ["embedding"], keepdims=0),
    ]
    arrays = {"shape": np.array([1, 3, 17], np.int64), "axes": np.array([1], np.int64)}
    outputs = [("embedding", tiny.FLOAT, [1, 3]), (FEATURES, tiny.FLOAT, [1, 17, 3])]
    made = tiny.model(nodes, [("input", tiny.FLOAT, [1, 3, 1, 17])], outputs, arrays)
    network = Network.of(with_metadata(made, {"sightline.prefix_tokens": "1", NAME: "vit"}))
    vector, features = network.look(pictures()[0])
    assert (network.kind, features.shape, vector.shape) == ("tokens", (4, 4, 3), (3,))
    with pytest.raises(InputError, match="17 tokens; allowed: a square grid"):
        Network.of(made).look(pictures()[0])


def test_a_free_network_looks_at_any_size_with_one_session() -> None:
    network = tiny.network(free=True)
    assert network.feed.height == 32 and network.at(32) is network
    larger = network.at(64)
    assert larger.look(pictures()[0])[1].shape == (16, 16, 8)
    assert larger.key == network.key and larger._made is network._made
    with pytest.raises(InputError, match="was asked to look at 5000 px; allowed: 16 to 1024 px"):
        network.at(5000)
    with pytest.raises(InputError, match="allowed: 32 x 32 px alone"):
        tiny.network().at(64)


def two_inputs() -> bytes:
    inputs = [("a", tiny.FLOAT, [1, 3, 8, 8]), ("b", tiny.FLOAT, [1, 3, 8, 8])]
    nodes = [helper.make_node("Add", ["a", "b"], ["c"]), helper.make_node("Flatten", ["c"], ["y"])]
    return tiny.model(nodes, inputs, [("y", tiny.FLOAT, [1, 192])])


def no_vector() -> bytes:
    nodes = [helper.make_node("Relu", ["a"], ["y"])]
    return tiny.model(nodes, [("a", tiny.FLOAT, [1, 3, 8, 8])], [("y", tiny.FLOAT, [1, 3, 8, 8])])


def of_integers() -> bytes:
    nodes = [
        helper.make_node("ReduceMean", ["a", "axes"], ["m"], keepdims=0),
        helper.make_node("Cast", ["m"], [EMBEDDING], to=TensorProto.INT64),
    ]
    ports = [("a", tiny.FLOAT, ["n", 3, 8, 8])], [(EMBEDDING, TensorProto.INT64, ["n", 3])]
    return tiny.model(nodes, *ports, {"axes": np.array([2, 3], np.int64)})


def wavering(rows: int, declared: list[int | str]) -> bytes:
    """A network whose embedding has 2 values for a dark picture and 3 for a bright one, `rows` times."""
    nodes = [
        helper.make_node("ReduceMean", ["a", "axes"], ["m"], keepdims=0),
        helper.make_node("Greater", ["m", "grey"], ["g"]),
        helper.make_node("Cast", ["g"], ["i"], to=TensorProto.INT64),
        helper.make_node("Add", ["i", "two"], ["width"]),
        helper.make_node("Concat", ["rows", "width"], ["shape"], axis=0),
        helper.make_node("ConstantOfShape", ["shape"], [EMBEDDING]),
    ]
    arrays = {
        "axes": np.array([1, 2, 3], np.int64),
        "grey": np.float32(0),
        "two": np.array([2], np.int64),
        "rows": np.array([rows], np.int64),
    }
    return tiny.model(nodes, [("a", tiny.FLOAT, [1, 3, "h", "w"])], [(EMBEDDING, tiny.FLOAT, declared)], arrays)


DARK, BRIGHT = np.zeros((9, 9, 3), np.uint8), np.full((9, 9, 3), 255, np.uint8)


def test_an_embedding_is_of_the_length_that_it_was_before() -> None:
    network = Network.of(wavering(1, ["n", "d"]))
    assert len(network.embed(DARK)) == 2
    with pytest.raises(InputError, match=r"of shape \[1, 3\] for one picture; allowed: \[1, 2\], as it declares or"):
        network.embed(BRIGHT)
    assert len(network.at(64).embed(BRIGHT)) == 3  # at another size it may have another one
    with pytest.raises(InputError, match=r"of shape \[1, 2\] for one picture; allowed: \[1, 3\]"):
        network.at(64).embed(DARK)


@pytest.mark.parametrize(
    ("rows", "declared", "words"),
    [
        (2, ["n", "d"], r"of shape \[2, 2\] for one picture; allowed: \[1, 2\]"),
        (0, ["n", "d"], r"of shape \[0, 2\] for one picture; allowed: \[1, d\]"),
        (1, ["n", 7], r"of shape \[1, 2\] for one picture; allowed: \[1, 7\]"),
        (2, ["n", 4], r"of shape \[2, 2\] for one picture; allowed: \[1, 4\]"),
    ],
)
def test_an_embedding_is_one_vector_as_long_as_declared(rows: int, declared: list[int | str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Network.of(wavering(rows, declared)).embed(DARK)


@pytest.mark.parametrize(
    ("shape", "kind"), [([1, 3], "none"), ([1, 3, 5], "tokens"), ([1, 3, 5, 5], "map"), ([1, 3, 5, 5, 1], "none")]
)
def test_features_are_a_map_or_tokens_and_not_what_bears_their_name(shape: list[int], kind: str) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["a", "axes"], [EMBEDDING], keepdims=0),
        helper.make_node("ConstantOfShape", ["shape"], [FEATURES]),
    ]
    arrays = {"axes": np.array([2, 3], np.int64), "shape": np.array(shape, np.int64)}
    outputs = [(EMBEDDING, tiny.FLOAT, [1, 3]), (FEATURES, tiny.FLOAT, shape)]
    network = Network.of(
        with_metadata(tiny.model(nodes, [("a", tiny.FLOAT, [1, 3, 8, 8])], outputs, arrays), {POOLED: "mean"})
    )
    assert (network.kind, network.pooled) == (kind, kind != "none")
    if kind == "none":
        with pytest.raises(InputError, match=f"no output called {FEATURES} of 3 or 4 dimensions"):
            network.look(DARK)


def test_an_embedding_is_no_map_of_features_whatever_it_is_called() -> None:
    nodes = [helper.make_node("ReduceMean", ["a", "axes"], [FEATURES], keepdims=1)]
    ports = [("a", tiny.FLOAT, [1, 3, 8, 8])], [(FEATURES, tiny.FLOAT, [1, 3, 1, 1])]
    network = Network.of(tiny.model(nodes, *ports, {"axes": np.array([2, 3], np.int64)}))
    assert (network.embedding.name, network.kind, network.embed(DARK).shape) == (FEATURES, "none", (3,))


@pytest.mark.parametrize(
    ("onnx", "words"),
    [
        (two_inputs(), r"has 2 inputs \(a, b\)"),
        (no_vector(), r'outputs are "y" float32 \[1, 3, 8, 8\]'),
        (of_integers(), r'outputs are "embedding" tensor\(int64\) \[None, 3\]; allowed: .* of float32, float16'),
        (b"no network", "no ONNX network"),
    ],
)
def test_odd_networks_are_refused(onnx: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Network.of(onnx)
