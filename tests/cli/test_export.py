"""`sightline export` as a person runs it: what ships, what is refused with exit code 1, what cannot be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from sightline.exporting import export as exporting
from sightline.exporting import standalone
from sightline.exporting.turns import Pace
from sightline.pipeline.model import Model, load
from tests.cli.called import Call
from tests.exporting import exports

INT8 = ("--precision", "int8", "--runtime", "onnxruntime")


@pytest.fixture(scope="module")
def colors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exports.folders(tmp_path_factory.mktemp("colors"), training=240, test=270)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.sight"
    exports.model().save(path)
    return path


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small networks gain nothing; every way is said to be twice as fast."""

    def measured(models: Sequence[Model], pictures: Sequence[np.ndarray]) -> list[Pace]:
        return [Pace(10.0, 100.0), Pace(5.0, 200.0)]

    monkeypatch.setattr(exporting, "in_turns", measured)


def test_a_faster_model(sightline: Call, model: Path, colors: Path, tmp_path: Path) -> None:
    done = sightline("export", model, colors, "--out", tmp_path / "fast.sight", *INT8)
    assert done.code == 0 and done.out == ""
    assert "onnxruntime int8" in done.err and "chosen" in done.err and "500 pictures" in done.err
    assert load(tmp_path / "fast.sight").evaluation["gate"]["precision"] == "int8"


def test_one_onnx_file(sightline: Call, model: Path, colors: Path, tmp_path: Path) -> None:
    done = sightline("export", model, colors, "--out", tmp_path / "colors.onnx")
    assert done.code == 0 and "100.0 % agree" in done.err
    found = standalone.answered((tmp_path / "colors.onnx").read_bytes(), load(model), exports.pictures(8)[0])
    np.testing.assert_allclose(found, load(model).predict_proba(exports.pictures(8)[0]), atol=2e-5)


@pytest.mark.parametrize("name", ["fast.sight", "colors.onnx"])
def test_json_is_one_document(sightline: Call, model: Path, colors: Path, tmp_path: Path, name: str) -> None:
    options = INT8 if name.endswith(".sight") else ()
    document = sightline("export", model, colors, "--out", tmp_path / name, "--json", *options).document
    assert document["passed"] is True and document["n"] == 500 and document["out"] == str(tmp_path / name)


@pytest.mark.parametrize("flaw", exports.BREAKS)
def test_a_broken_onnx_file_ends_with_one(
    sightline: Call, model: Path, colors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flaw: str
) -> None:
    real: Callable[[Model], bytes] = standalone.written
    monkeypatch.setattr(standalone, "written", lambda given: exports.BREAKS[flaw](real(given)))
    done = sightline("export", model, colors, "--out", tmp_path / "colors.onnx", "--json")
    assert done.code == 1 and "answers otherwise than the model" in done.error
    assert done.document["error"]["kind"] == "export" and done.document["error"]["exit_code"] == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flaw", ["mean swapped", "channels swapped"])
def test_a_broken_network_ends_with_one(
    sightline: Call, model: Path, colors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flaw: str
) -> None:
    real: Callable[[bytes, Sequence[np.ndarray]], bytes] = exporting.quantized
    monkeypatch.setattr(exporting, "quantized", lambda onnx, fed: real(exports.BREAKS[flaw](onnx), fed))
    done = sightline("export", model, colors, "--out", tmp_path / "fast.sight", *INT8)
    assert done.code == 1 and "% of 500 pictures agree; allowed: 99 %" in done.error
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_a_table_and_one_short_line(
    sightline: Call, model: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    few = exports.folders(tmp_path_factory.mktemp("few"), training=90, test=8)
    for more in ((), ("--json",)):
        done = sightline("export", model, few, "--out", tmp_path / "fast.sight", *INT8, *more)
        assert done.code == 1 and "98 pictures cannot show that no point is lost, about 300 can" in done.error
        assert "Networks of the model" in done.err and "times as fast" in done.err
        assert len(done.error) < 300
    assert list(tmp_path.iterdir()) == []


def test_classes_in_another_order_end_with_one(
    sightline: Call, model: Path, colors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = exporting.on_engine, []

    def rotating(*args: object) -> Model:
        made.append(real(*args))  # type: ignore[arg-type]
        return made[-1] if len(made) == 1 else exports.rotated(made[-1])

    monkeypatch.setattr(exporting, "on_engine", rotating)
    done = sightline("export", model, colors, "--out", tmp_path / "f.sight", "--precision", "fp32", "--runtime",
                     "onnxruntime")  # fmt: skip
    assert done.code == 1 and "500 pictures agree; allowed: 99.9 %" in done.error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--out", "model.zip"), "--out model.zip was given; allowed: a name that ends in .sight or .onnx"),
        (("--out", "nowhere/fast.sight"), "there is no such folder"),
        (("--out", "fast.sight", "--precision", "int4"), 'precision "int4" was given; allowed: auto, fp32, bf16, int8'),
        (("--out", "fast.sight", "--runtime", "abacus"), 'runtime "abacus" was given; allowed: onnxruntime, openvino'),
        (("--out", "x.onnx", "--precision", "int8"), "were given for an ONNX file; it is fp32"),
    ],
)
def test_what_cannot_be_used_ends_with_two(
    sightline: Call, model: Path, colors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...], said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = sightline("export", model, colors, *options)
    assert done.code == 2 and said in done.error
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_an_onnx_form_names_the_command_that_fits_one(
    sightline: Call, colors: Path, tmp_path: Path
) -> None:
    exports.model(head="PowerNormalization() > KernelRidge()", calibrated=False).save(tmp_path / "m.sight")
    done = sightline("export", tmp_path / "m.sight", colors, "--out", tmp_path / "m.onnx")
    command = 'fit DATA --backbone NETWORK --only "Embedding() > PowerNormalization() > LogisticRegression()"'
    assert done.code == 2 and "KernelRidge" in done.error and command in done.error


@pytest.mark.parametrize("verb", ["predict", "bench", "explain", "similar"])
def test_a_standalone_file_is_no_model_and_is_told_so(sightline: Call, model: Path, tmp_path: Path, verb: str) -> None:
    made = standalone.written(load(model))
    for name in ("x.onnx", "named.otherwise"):
        (tmp_path / name).write_bytes(made)
        done = sightline(verb, tmp_path / name, *([] if verb == "bench" else ["a.jpg"]))
        assert done.code == 2 and "is an ONNX file, no model file; give the model.sight" in done.error
        assert "docs/guides/export.md" in done.error


@pytest.mark.parametrize(("name", "said"), [("fast.sight", "the model has no network"), ("x.onnx", "has no ONNX form")])
def test_a_classical_model_has_nothing_to_export(
    sightline: Call, small: Path, colors: Path, tmp_path: Path, name: str, said: str
) -> None:
    done = sightline("export", small, colors, "--out", tmp_path / name)
    assert done.code == 2 and said in done.error
