from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from sightline.runtime.notes import drop_notes
from sightline.runtime.session import Session
from tests.networks import tiny

FOLDER = "/home/somebody/secret"


def note(*parts: Any) -> None:
    """As torch.onnx.export notes where in whose files a part comes from, and its predecessor did."""
    for part in parts:
        part.doc_string = f"{FOLDER}/net.py:7"
        entry = part.metadata_props.add()
        entry.key, entry.value = "pkg.torch.onnx.stack_trace", f'File "{FOLDER}/net.py", line 7, in forward'


def noted(network: bytes) -> bytes:
    """A network with such notes wherever there may be some."""
    model = onnx.load_model_from_string(network)
    graph, model.doc_string = model.graph, FOLDER  # the metadata of the whole is for whoever uses it, and not noted
    note(graph, *graph.node, *graph.input, *graph.output, *graph.initializer)
    graph.value_info.append(helper.make_tensor_value_info("between", TensorProto.FLOAT, None))
    note(*graph.value_info)
    for node in graph.node:
        for attribute in node.attribute:
            attribute.doc_string = FOLDER
    return bytes(model.SerializeToString())


def test_nothing_that_was_noted_is_left_and_all_that_computes_is() -> None:
    given = tiny.backbone()
    model = onnx.load_model_from_string(noted(given))
    assert FOLDER.encode() in model.SerializeToString()
    drop_notes(model)
    del model.graph.value_info[:]
    plain = onnx.load_model_from_string(given)
    del plain.metadata_props[:]
    assert model.SerializeToString() == plain.SerializeToString()
    assert Session(model.SerializeToString()).outputs == Session(given).outputs


def test_graphs_inside_of_nodes_and_functions_are_looked_into() -> None:
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "inner", [], [])
    inner.initializer.append(numpy_helper.from_array(np.zeros(2, np.float32), "held"))
    note(inner, *inner.node, *inner.initializer)
    function = helper.make_function(
        "own", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], [helper.make_opsetid("", 18)]
    )
    note(function, *function.node)
    node = helper.make_node("If", ["c"], ["z"], then_branch=inner, else_branch=inner)
    model = helper.make_model(helper.make_graph([node], "outer", [], []), functions=[function])
    assert model.SerializeToString().count(FOLDER.encode()) == 16
    drop_notes(model)
    assert FOLDER.encode() not in model.SerializeToString()
    assert [len(one.g.node) for one in model.graph.node[0].attribute] == [1, 1] and len(model.functions[0].node) == 1
