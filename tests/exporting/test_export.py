from __future__ import annotations

import dataclasses
import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from sightline.errors import ExportError, InputError
from sightline.exporting import export as exporting
from sightline.exporting.export import export, with_own_speed
from sightline.exporting.turns import Pace
from sightline.exporting.ways import Tried, Way
from sightline.pipeline.engines import networks
from sightline.pipeline.model import Model, load
from sightline.runtime.engine import REFERENCE, Engine
from tests.evaluation.profiles import small_model
from tests.exporting import exports

Quantize = Callable[[bytes, Sequence[np.ndarray]], bytes]


@pytest.fixture
def model() -> Model:
    return exports.model()


@pytest.fixture
def paces(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What each way is said to take, one after the other, where the reference takes 10 ms; 5 ms where none is left."""
    left: list[float] = []

    def measured(models: Sequence[Model], pictures: Sequence[np.ndarray]) -> list[Pace]:
        return [Pace(10.0, 100.0), Pace(left.pop(0) if left else 5.0, 200.0)]

    monkeypatch.setattr(exporting, "in_turns", measured)
    return left


def test_int8_that_answers_alike_ships_with_its_verdict(model: Model, paces: list[float], tmp_path: Path) -> None:
    model = dataclasses.replace(model, card="# A model\n", evaluation={"n": 3, "notes": ["one"]})
    found = export(model, exports.catalog(), "int8", "onnxruntime")
    gate = found.model.evaluation["gate"]
    assert (gate["runtime"], gate["precision"], gate["passed"], gate["n"]) == ("onnxruntime", "int8", True, 500)
    assert gate["held_out"] == 80 and gate["agreement"] >= 0.99 and gate["gain"]["low"] >= -0.01
    assert (gate["reference_ms"], gate["candidate_ms"], gate["throughput_per_s"]) == (10.0, 5.0, 200.0)
    assert gate["reference"] == model.digest and len(gate["tried"]) == 1 and gate["machine"]
    notes = found.model.evaluation["notes"]
    assert notes[0] == "one" and "before the networks were computed by onnxruntime int8: 500 pictures" in notes[1]
    assert found.model.evaluation["n"] == 3 and "## Export" in found.model.card
    (network,) = networks(found.model.graph).values()
    assert network.name == "tiny-int8" and network.pooled and found.model.engine == REFERENCE
    found.model.save(tmp_path / "m.sight")
    again = load(tmp_path / "m.sight")
    assert json.loads(json.dumps(again.evaluation["gate"])) == gate
    items, _ = exports.pictures(8)
    np.testing.assert_array_equal(again.predict_proba(items), found.model.predict_proba(items))


def test_the_reference_may_be_asked_for_and_is_the_same(model: Model, paces: list[float]) -> None:
    found = export(model, exports.catalog(40, 40), "fp32", "onnxruntime")
    assert found.model.digest == model.digest
    assert found.chosen.verdict is not None and found.chosen.verdict.largest_dp == 0


def test_openvino_of_any_precision(model: Model, paces: list[float]) -> None:
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("needs the extra fast")
    paces += [9.0, 4.0, 8.0, 7.0]
    found = export(model, exports.catalog())
    assert [str(one.way) for one in found.tried] == [
        "openvino fp32", "openvino bf16", "onnxruntime int8", "openvino int8"
    ]  # fmt: skip
    assert [one.refused for one in found.tried] == [""] * 4
    assert str(found.chosen.way) == "openvino bf16" and found.model.engine == Engine("openvino", "bf16")


def test_what_is_not_faster_is_refused(model: Model, paces: list[float]) -> None:
    paces += [9.8]
    told: list[Tried] = []
    said = r"nothing passes: onnxruntime int8: it takes 9\.80 ms for a picture, .*; use the model as it is$"
    with pytest.raises(ExportError, match=said):
        export(model, exports.catalog(), "int8", "onnxruntime", told=told.append)
    (found,) = [one.verdict for one in told]
    assert found is not None and found.line().startswith("500 pictures, 100.0 % agree")


def test_few_pictures_are_told_as_what_they_are(model: Model, paces: list[float]) -> None:
    said = "nothing passes: 98 pictures cannot show that no point is lost, about 300 can; give more"
    twice = [Way(REFERENCE, "int8"), Way(REFERENCE, "int8")]
    with pytest.MonkeyPatch.context() as patched, pytest.raises(ExportError, match=said) as raised:
        patched.setattr(exporting, "ways", lambda precision, runtime: twice)
        export(model, exports.catalog(90, 8))
    assert len(str(raised.value)) < 200
    with (
        pytest.MonkeyPatch.context() as patched,
        pytest.raises(ExportError, match="% of 98 pictures agree; allowed: 99"),
    ):
        real: Quantize = exporting.quantized
        patched.setattr(exporting, "quantized", lambda onnx, fed: real(exports.other_mean(onnx), fed))
        export(model, exports.catalog(90, 8), "int8", "onnxruntime")  # more pictures would not help


@pytest.mark.parametrize("broken", [exports.other_mean, exports.other_channels])
def test_a_network_that_was_broken_on_its_way_is_refused(
    model: Model, paces: list[float], monkeypatch: pytest.MonkeyPatch, broken: Callable[[bytes], bytes]
) -> None:
    real: Quantize = exporting.quantized
    monkeypatch.setattr(exporting, "quantized", lambda onnx, fed: real(broken(onnx), fed))
    with pytest.raises(ExportError, match=r"nothing passes.*% of 500 pictures agree; allowed: 99 %"):
        export(model, exports.catalog(), "int8", "onnxruntime")


@pytest.mark.parametrize(("precision", "allowed"), [("fp32", "99.9"), ("int8", "99")])
def test_classes_in_another_order_are_refused(
    model: Model, paces: list[float], monkeypatch: pytest.MonkeyPatch, precision: str, allowed: str
) -> None:
    real, made = exporting.on_engine, []

    def rotating(*args: object) -> Model:
        made.append(real(*args))  # type: ignore[arg-type]
        return made[-1] if len(made) == 1 else exports.rotated(made[-1])  # the first is the reference

    monkeypatch.setattr(exporting, "on_engine", rotating)
    with pytest.raises(ExportError, match=f"0.. % of 500 pictures agree; allowed: {allowed} %"):
        export(model, exports.catalog(), precision, "onnxruntime")


def test_a_network_that_a_library_cannot_run_is_a_refusal(
    model: Model, paces: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "quantized", lambda onnx, fed: b"nonsense")
    with pytest.raises(ExportError, match=r"onnxruntime int8: .*no ONNX network"):
        export(model, exports.catalog(40, 40), "int8", "onnxruntime")


def test_what_has_no_network_and_what_is_an_export_already(model: Model, paces: list[float]) -> None:
    with pytest.raises(InputError, match="the model has no network"):
        export(small_model(), exports.catalog())
    with pytest.raises(InputError, match="is an export already; give the one that fit wrote"):
        export(dataclasses.replace(model, evaluation={"gate": {}}), exports.catalog())
    with pytest.raises(InputError, match='precision "int4" was given'):
        export(model, exports.catalog(), "int4")


def test_figures_of_speed_are_those_of_the_file(model: Model) -> None:
    assert with_own_speed(model, exports.catalog(2, 2)) is model
    old = dataclasses.replace(model, evaluation={"latency_ms": {"p50": 1e9}, "accuracy": 1})
    made = with_own_speed(old, exports.catalog(2, 2))
    assert made.evaluation["latency_ms"]["p50"] < 1e6 and made.evaluation["accuracy"] == 1
