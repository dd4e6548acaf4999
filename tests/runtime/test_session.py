from __future__ import annotations

import numpy as np
import onnx
import pytest

from sightline.errors import InputError
from sightline.runtime.session import Port, Session
from tests.networks import tiny
from tests.runtime.test_onnx_file import outside


def test_ports_are_named_with_shape_and_type() -> None:
    session = Session(tiny.backbone())
    assert session.inputs == (Port("pictures", (None, 32, 32, 3), "uint8"),)
    assert session.outputs[0] == Port("embedding", (None, 8), "float32")


def test_only_what_is_wanted_is_given() -> None:
    (features,) = Session(tiny.backbone()).run(np.zeros((2, 32, 32, 3), np.uint8), ["features"])
    assert features.shape == (2, 8, 8, 8)


def test_values_in_another_file_are_refused_before_it_is_opened() -> None:
    model = onnx.load_from_string(tiny.backbone())
    model.graph.initializer.append(outside("far"))
    with pytest.raises(InputError, match='leaves the values of "far" to another file'):
        Session(model.SerializeToString())


def test_an_unknown_operator_is_one_line() -> None:
    model = onnx.load_from_string(tiny.backbone())
    model.graph.node[1].op_type = "Fabulate"
    with pytest.raises(InputError, match=r"onnxruntime cannot run the network: .*Fabulate") as caught:
        Session(model.SerializeToString())
    assert "\n" not in str(caught.value)


def test_a_wrong_input_is_one_line() -> None:
    with pytest.raises(InputError, match=r"the network fails on \(1, 8, 8, 3\) uint8: ") as caught:
        Session(tiny.backbone()).run(np.zeros((1, 8, 8, 3), np.uint8), ["embedding"])
    assert "\n" not in str(caught.value)
