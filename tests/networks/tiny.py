"""Small ONNX networks with drawn weights, in the shapes that people bring; none of them has learned anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sightline.networks.feed import PX
from sightline.networks.network import EMBEDDING, FEATURES, NAME, POOLED, Network
from sightline.runtime.onnx_file import with_metadata

UINT8, FLOAT = TensorProto.UINT8, TensorProto.FLOAT
Shape = Sequence[int | str]


def model(
    nodes: Sequence[Any],
    inputs: Sequence[tuple[str, int, Shape]],
    outputs: Sequence[tuple[str, int, Shape]],
    arrays: dict[str, Any] | None = None,
) -> bytes:
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs],
        [numpy_helper.from_array(array, name) for name, array in (arrays or {}).items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    made.ir_version = 9
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


def backbone(px: int = 32, width: int = 8, seed: int = 0, name: str = "tiny", free: bool = False) -> bytes:
    """As our own exports are: (n, px, px, 3) uint8 to an embedding that is the mean of a feature map."""
    generator = np.random.default_rng(seed)
    arrays = {
        "w1": generator.normal(0, 0.3, (width, 3, 5, 5)).astype(np.float32),
        "w2": generator.normal(0, 0.3, (width, width, 3, 3)).astype(np.float32),
        "scale": np.float32(127.5),
        "one": np.float32(1),
    }
    nodes = [
        helper.make_node("Cast", ["pictures"], ["f"], to=FLOAT),
        helper.make_node("Div", ["f", "scale"], ["d"]),
        helper.make_node("Sub", ["d", "one"], ["s"]),
        helper.make_node("Transpose", ["s"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w1"], ["c1"], strides=[2, 2], pads=[2, 2, 2, 2]),
        helper.make_node("Relu", ["c1"], ["r1"]),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], strides=[2, 2], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c2"], [FEATURES]),
        helper.make_node("GlobalAveragePool", [FEATURES], ["p"]),
        helper.make_node("Flatten", ["p"], [EMBEDDING]),
    ]
    outputs: list[tuple[str, int, Shape]] = [
        (EMBEDDING, FLOAT, ["n", width]),
        (FEATURES, FLOAT, ["n", width, "fh", "fw"] if free else ["n", width, px // 4, px // 4]),
    ]
    sides: Shape = ["h", "w"] if free else [px, px]
    made = model(nodes, [("pictures", UINT8, ["n", *sides, 3])], outputs, arrays)
    return with_metadata(made, {NAME: name, POOLED: "mean", PX: str(px)})


def network(px: int = 32, width: int = 8, seed: int = 0, name: str = "tiny", free: bool = False) -> Network:
    return Network.of(backbone(px, width, seed, name, free))


def foreign(px: int | str = 16, first: bool = True) -> bytes:
    """As somebody else's: floats, one batch, the mean of each channel as its embedding."""
    shape: Shape = [1, 3, px, px] if first else [1, px, px, 3]
    nodes = [
        helper.make_node("ReduceMean", ["input", "axes"], ["output"], keepdims=0),
    ]
    axes = np.array([2, 3] if first else [1, 2], np.int64)
    return model(nodes, [("input", FLOAT, shape)], [("output", FLOAT, [1, 3])], {"axes": axes})
