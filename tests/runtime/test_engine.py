from __future__ import annotations

import sys

import numpy as np
import pytest

from sightline.errors import InputError, MissingExtraError
from sightline.runtime.engine import REFERENCE, Engine
from sightline.runtime.session import Session
from tests.networks import tiny


def test_the_default_is_onnxruntime() -> None:
    assert Engine() == REFERENCE and str(REFERENCE) == "onnxruntime fp32"
    session = REFERENCE.session(tiny.backbone())
    assert isinstance(session, Session)
    assert session.run(np.zeros((1, 32, 32, 3), np.uint8), ["embedding"])[0].shape == (1, 8)


@pytest.mark.parametrize(("runtime", "precision"), [("onnxruntime", "bf16"), ("openvino", "int8"), ("abacus", "fp32")])
def test_what_no_library_computes_is_refused(runtime: str, precision: str) -> None:
    with pytest.raises(InputError, match=f"{runtime} with {precision} was given.*openvino with fp32 or bf16"):
        Engine(runtime, precision)


def test_it_goes_through_json() -> None:
    engine = Engine("openvino", "bf16")
    assert Engine.from_dict(engine.to_dict()) == engine


@pytest.mark.parametrize("plain", [{}, {"runtime": "openvino"}, {"runtime": "openvino", "precision": 16}])
def test_another_form_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(InputError, match='"runtime" and "precision"'):
        Engine.from_dict(plain)


def test_where_a_library_is_absent_the_reference_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert Engine("openvino", "bf16").at_hand() == REFERENCE
    assert REFERENCE.at_hand() == REFERENCE
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert Engine("openvino", "bf16").at_hand() == Engine("openvino", "bf16")


def test_asked_for_itself_what_is_absent_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r'openvino, which is not installed; run .*: pip install "\.\[fast'):
        Engine("openvino").session(tiny.backbone())
