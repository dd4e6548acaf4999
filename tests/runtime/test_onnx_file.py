from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sightline.errors import InputError
from sightline.runtime.onnx_file import (
    BYTES,
    FIXED32,
    GRAPH_INITIALIZER,
    GRAPH_NODE,
    MODEL_GRAPH,
    NODE_OPERATOR,
    TENSOR_EXTERNAL,
    TENSOR_LOCATION,
    _varint,
    external_tensors,
    metadata,
    operators,
    with_metadata,
)
from tests.networks import tiny


def outside(name: str) -> onnx.TensorProto:
    tensor = numpy_helper.from_array(np.ones(3, np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return tensor


def test_a_network_with_everything_inside() -> None:
    assert external_tensors(tiny.backbone()) == []


def test_operators_are_named_and_those_outside_the_standard_by_their_domain() -> None:
    found = operators(tiny.backbone())
    assert {"Conv", "Relu", "Flatten"} <= found and "" not in found
    model = onnx.load_from_string(tiny.backbone())
    model.graph.node[0].domain = "my.own"
    assert "my.own.Cast" in operators(model.SerializeToString())


@pytest.mark.parametrize(
    "place", ["initializer", "attribute", "graph in an attribute", "function", "default", "sparse"]
)
def test_values_in_other_files_are_found_wherever_they_are(place: str) -> None:
    model = onnx.load_from_string(tiny.backbone())
    constant = helper.make_node("Constant", [], ["x"], value=outside("far"))
    if place == "initializer":
        model.graph.initializer.append(outside("far"))
    elif place == "attribute":
        model.graph.node.append(constant)
    elif place == "graph in an attribute":
        inner = helper.make_graph([constant], "inner", [], [helper.make_tensor_value_info("x", 1, [3])])
        model.graph.node.append(helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner))
    elif place == "function":
        opset = [helper.make_opsetid("", 18)]
        model.functions.append(helper.make_function("own", "f", [], ["x"], [constant], opset))
    elif place == "default":
        given = helper.make_attribute("given", outside("far"))
        opset = [helper.make_opsetid("", 18)]
        own = helper.make_function("own", "f", [], ["x"], [], opset, attribute_protos=[given])
        model.functions.append(own)
    else:
        model.graph.sparse_initializer.append(onnx.SparseTensorProto(values=outside("far"), dims=[3]))
    assert set(external_tensors(model.SerializeToString())) == {"far"}


def field(key: int, content: bytes | int) -> bytes:
    """A field as it is written, with any key."""
    value = content if isinstance(content, int) else len(content)
    return _varint(key) + _varint(value) + (b"" if isinstance(content, int) else content)


def with_tensor(tensor: bytes) -> bytes:
    """A network with one more initializer: two of the same message are one."""
    return tiny.backbone() + field(MODEL_GRAPH << 3 | BYTES, field(GRAPH_INITIALIZER << 3 | BYTES, tensor))


HIGH = 1 << 32
"""A bit that onnxruntime's reader drops of keys and of choices."""


@pytest.mark.parametrize("key", [TENSOR_EXTERNAL << 3 | BYTES, TENSOR_LOCATION << 3])
def test_no_key_is_one_thing_here_and_another_to_onnxruntime(key: int) -> None:
    content = 1 if key & 7 == 0 else b""
    assert external_tensors(with_tensor(field(key, content))) == [""]
    with pytest.raises(InputError, match="no ONNX network"):
        external_tensors(with_tensor(field(key | HIGH, content)))


@pytest.mark.parametrize("place", [1, 1 | HIGH, 1 | HIGH << 8])
def test_another_place_is_told_by_the_bits_that_count(place: int) -> None:
    """onnx itself understands them so."""
    data = with_tensor(field(TENSOR_LOCATION << 3, place))
    assert onnx.load_from_string(data).graph.initializer[-1].data_location == TensorProto.EXTERNAL
    assert external_tensors(data) == [""]
    assert external_tensors(with_tensor(field(TENSOR_LOCATION << 3, place + 1))) == []


def test_values_of_a_fixed_size_are_no_texts() -> None:
    """To onnxruntime they are unknown: an operator that has its name in one, after the true one, would be hidden."""
    hidden = _varint(NODE_OPERATOR << 3 | FIXED32) + b"Relu"
    node = field(NODE_OPERATOR << 3 | BYTES, b"QuantizeLinear") + hidden
    graph = field(GRAPH_NODE << 3 | BYTES, node)
    assert operators(field(MODEL_GRAPH << 3 | BYTES, graph)) == {"QuantizeLinear"}


def test_what_onnxruntime_would_take_for_its_own_format_is_refused() -> None:
    polyglot = field(2 << 3 | BYTES, b"\0\0ORTM") + tiny.backbone()
    onnx.load_from_string(polyglot)
    with pytest.raises(InputError, match=r"in onnxruntime's own format; give the \.onnx file"):
        external_tensors(polyglot)


def test_metadata_is_added_and_the_last_counts() -> None:
    once = with_metadata(tiny.backbone(), {"sightline.name": "other", "note": "ö" * 200})
    assert metadata(once)["note"] == "ö" * 200
    assert metadata(once)["sightline.name"] == "other"
    read = onnx.load_from_string(once)  # another reader understands it as well
    assert {entry.key: entry.value for entry in read.metadata_props}["note"] == "ö" * 200
    onnx.checker.check_model(onnx.load_from_string(with_metadata(tiny.foreign(), {"a": "b"})))


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xff", b"PK\x03\x04 a zip", b"\x3a\xff\xff\xff\xff\x0f", b"\xff" * 40, b"\0\0"]
)
def test_what_is_no_network_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="no ONNX network"):
        external_tensors(data)


def test_truncated_anywhere_never_raises_another_error() -> None:
    whole = tiny.backbone()
    for end in range(0, len(whole), 97):
        try:
            external_tensors(whole[:end])
        except InputError:
            continue
