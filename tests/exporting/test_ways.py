from __future__ import annotations

import pytest

from sightline.errors import InputError
from sightline.exporting.ways import Tried, Way, ways
from sightline.runtime.engine import Engine

EVERYTHING = ["openvino fp32", "openvino bf16", "onnxruntime int8", "openvino int8"]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)


@pytest.mark.parametrize(
    ("precision", "runtime", "expected"),
    [
        ("auto", None, EVERYTHING),
        ("auto", "onnxruntime", ["onnxruntime int8"]),
        ("auto", "openvino", ["openvino fp32", "openvino bf16", "openvino int8"]),
        ("fp32", None, ["openvino fp32"]),
        ("fp32", "onnxruntime", ["onnxruntime fp32"]),
        ("bf16", None, ["openvino bf16"]),
        ("int8", None, ["onnxruntime int8", "openvino int8"]),
    ],
)
def test_what_is_tried(precision: str, runtime: str | None, expected: list[str]) -> None:
    assert list(map(str, ways(precision, runtime))) == expected


def test_what_is_absent_is_left_out_where_something_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert list(map(str, ways())) == ["onnxruntime int8"]
    assert list(map(str, ways("bf16"))) == ["openvino bf16"]  # so that its extra is named


@pytest.mark.parametrize(
    ("precision", "runtime", "said"),
    [
        ("fp8", None, 'precision "fp8" was given; allowed: auto, fp32, bf16, int8'),
        ("auto", "abacus", 'runtime "abacus" was given; allowed: onnxruntime, openvino'),
        ("bf16", "onnxruntime", "onnxruntime was given with bf16; allowed: auto, fp32, int8"),
    ],
)
def test_what_is_unknown_is_refused(precision: str, runtime: str | None, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ways(precision, runtime)


def test_what_cannot_be_computed_says_why() -> None:
    tried = Tried(Way(Engine("openvino"), "int8"), refused="OpenVINO cannot run the network")
    assert tried.line() == "openvino int8: OpenVINO cannot run the network" and tried.times == 0
    assert tried.to_dict()["runtime"] == "openvino"
