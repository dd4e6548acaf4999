"""A small ONNX network that gives tokens, as transformers do; its weights are drawn."""

from __future__ import annotations

import numpy as np
from onnx import helper

from sightline.networks.network import EMBEDDING, FEATURES, NAME, POOLED, PREFIX, Network
from sightline.runtime.onnx_file import with_metadata
from tests.networks import tiny


def tokens(px: int = 64, patch: int = 8, width: int = 16, prefix: int = 1) -> Network:
    """As an exported transformer is: after a token that stands for no place, one for each patch. Their mean is the
    embedding, but the file does not say so."""
    generator = np.random.default_rng(0)
    side = px // patch
    arrays = {
        "w": generator.normal(0, 0.1, (width, 3, patch, patch)).astype(np.float32),
        "scale": np.float32(127.5),
        "one": np.float32(1),
        "shape": np.array([0, width, side * side], np.int64),
        "places": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["pictures"], ["f"], to=tiny.FLOAT),
        helper.make_node("Div", ["f", "scale"], ["d"]),
        helper.make_node("Sub", ["d", "one"], ["s"]),
        helper.make_node("Transpose", ["s"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["t", "w"], ["c"], strides=[patch, patch]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("Reshape", ["r", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["patches"], perm=[0, 2, 1]),
        helper.make_node("ReduceMean", ["patches", "places"], ["first"], keepdims=1),
        helper.make_node("Concat", ["first", "patches"], [FEATURES], axis=1),
        helper.make_node("ReduceMean", ["patches", "places"], [EMBEDDING], keepdims=0),
    ]
    outputs: list[tuple[str, int, tiny.Shape]] = [
        (EMBEDDING, tiny.FLOAT, ["n", width]),
        (FEATURES, tiny.FLOAT, ["n", side * side + 1, width]),
    ]
    made = tiny.model(nodes, [("pictures", tiny.UINT8, ["n", px, px, 3])], outputs, arrays)
    return Network.of(with_metadata(made, {NAME: "tiny-tokens", POOLED: "other", PREFIX: str(prefix)}))
