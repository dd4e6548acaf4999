from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from sightline.errors import InputError
from sightline.runtime.onnx_file import external_tensors, metadata, operators, with_metadata
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


@pytest.mark.parametrize("place", ["initializer", "attribute", "graph in an attribute", "function", "sparse"])
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
    else:
        model.graph.sparse_initializer.append(onnx.SparseTensorProto(values=outside("far"), dims=[3]))
    assert set(external_tensors(model.SerializeToString())) == {"far"}


def test_metadata_is_added_and_the_last_counts() -> None:
    once = with_metadata(tiny.backbone(), {"sightline.name": "other", "note": "ö" * 200})
    assert metadata(once)["note"] == "ö" * 200
    assert metadata(once)["sightline.name"] == "other"
    read = onnx.load_from_string(once)  # another reader understands it as well
    assert {entry.key: entry.value for entry in read.metadata_props}["note"] == "ö" * 200
    onnx.checker.check_model(onnx.load_from_string(with_metadata(tiny.foreign(), {"a": "b"})))


@pytest.mark.parametrize("data", [b"", b"\xff\xff", b"PK\x03\x04 a zip", b"\x3a\xff\xff\xff\xff\x0f", b"\xff" * 40])
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
