from __future__ import annotations

import logging
import sys

import numpy as np
import onnx
import pytest

from sightline.errors import InputError, MissingExtraError
from sightline.networks.network import NAME
from sightline.runtime.onnx_file import metadata, operators
from sightline.runtime.quantize import quantized
from sightline.runtime.session import Session
from tests.networks import tiny
from tests.runtime.test_notes import FOLDER, noted
from tests.runtime.test_onnx_file import outside


def fed(n: int = 8) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, (1, 32, 32, 3), np.uint8) for _ in range(n)]


def test_it_answers_nearly_the_same_and_keeps_what_the_file_says_of_itself() -> None:
    given = tiny.backbone(width=16)
    made = quantized(given, fed())
    assert "QuantizeLinear" in operators(made)
    assert metadata(made)[NAME] == metadata(given)[NAME]
    before, after = Session(given), Session(made)
    assert after.inputs == before.inputs
    for one in fed(4):
        (expected,), (found,) = (session.run(one, ["embedding"]) for session in (before, after))
        assert np.abs(found - expected).max() < 0.05 * np.abs(expected).max()


def test_the_same_twice_and_nobody_is_advised(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert quantized(tiny.backbone(), fed()) == quantized(tiny.backbone(), fed())
    assert caplog.records == []
    assert not logging.root.manager.disable


def test_folders_of_the_machine_that_exported_are_not_in_it() -> None:
    given = noted(tiny.backbone())
    made = quantized(given, fed())
    assert FOLDER.encode() in given and FOLDER.encode() not in made
    assert metadata(made)[NAME] == "tiny"


def test_what_cannot_be_quantized_is_refused() -> None:
    with pytest.raises(InputError, match="no pictures were given"):
        quantized(tiny.backbone(), [])
    with pytest.raises(InputError, match="quantized already"):
        quantized(quantized(tiny.backbone(), fed()), fed())
    with pytest.raises(InputError, match=r"cannot be quantized: .*") as caught:
        quantized(tiny.backbone(), [np.zeros((1, 8, 8, 3), np.uint8)])
    assert "\n" not in str(caught.value)
    model = onnx.load_from_string(tiny.backbone())
    model.graph.initializer.append(outside("far"))
    with pytest.raises(InputError, match='leaves the values of "far"'):
        quantized(model.SerializeToString(), fed())


def test_where_onnx_is_absent_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = tiny.backbone()
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r'onnx, which is not installed; run .*: pip install "\.\[fast'):
        quantized(given, fed())
