from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from sightline.errors import ExportError, InputError, MissingExtraError
from sightline.exporting import standalone as module
from sightline.exporting.standalone import CLASSES, DIGEST, PREPARATION, answered, standalone, written
from sightline.networks.feed import PX
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.model import Model
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.runtime.onnx_file import metadata, with_metadata
from sightline.runtime.session import Session
from sightline.task import Task
from tests.evaluation.profiles import small_model
from tests.exporting import exports
from tests.networks import tiny
from tests.pictures import write_picture
from tests.runtime.test_notes import FOLDER, noted

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "export.md"
SIZES = ((1000, 300), (20, 26), (700, 701), (32, 32), (1, 900), (20, 200))
ITEMS, LABELS = exports.pictures(24, seed=3)


@pytest.mark.parametrize(
    "head",
    [
        "LogisticRegression()", "PowerNormalization() > LogisticRegression()", "LinearSVM(calibration_folds=2)",
        "Ridge()",
        "Prototypes()", "PowerNormalization(power=0.7, normalize='l1') > Prototypes(standardize=True)",
        "PowerNormalization(power=1.0, normalize=None) > Ridge()",
    ],
)  # fmt: skip
@pytest.mark.parametrize("calibrated", [False, True])
def test_the_file_answers_as_the_model(head: str, calibrated: bool) -> None:
    model = exports.model(head=head, calibrated=calibrated)
    found = answered(written(model), model, ITEMS)
    np.testing.assert_allclose(found, model.predict_proba(ITEMS), atol=2e-5)


@pytest.mark.parametrize("first", [True, False])
def test_somebody_elses_network_is_fed_inside_the_file(first: bool) -> None:
    model = exports.model(Network.of(tiny.foreign(first=first), "foreign"))
    session = Session(written(model))
    assert [(port.shape, port.dtype) for port in session.inputs] == [((1, 16, 16, 3), "uint8")]
    np.testing.assert_allclose(answered(written(model), model, ITEMS), model.predict_proba(ITEMS), atol=2e-5)


def test_folders_of_the_machine_that_exported_somebody_elses_network_are_not_in_the_file() -> None:
    onnx_bytes = noted(tiny.backbone(width=24))
    model = exports.model(Network.of(onnx_bytes, "noted"))
    assert FOLDER.encode() in onnx_bytes and FOLDER.encode() not in written(model)
    np.testing.assert_allclose(answered(written(model), model, ITEMS), model.predict_proba(ITEMS), atol=2e-5)


def test_a_free_size_is_fixed_to_the_one_that_the_model_feeds() -> None:
    free = onnx.load_model_from_string(tiny.backbone(width=24))
    for side in (1, 2):
        free.graph.input[0].type.tensor_type.shape.dim[side].dim_param = f"side{side}"
    key = remember(Network.of(with_metadata(free.SerializeToString(), {PX: "32"}), "free")).key
    node = tree.fit(parse(f"Embedding(network='{key}', px=48) > LogisticRegression()"), ITEMS, LABELS)
    model = dataclasses.replace(exports.model(), graph=node)
    assert Session(written(model)).inputs[0].shape == (None, 48, 48, 3)
    np.testing.assert_allclose(answered(written(model), model, ITEMS), model.predict_proba(ITEMS), atol=2e-5)


def test_a_name_that_the_network_uses_itself_is_no_trouble() -> None:
    found = onnx.load_model_from_string(tiny.backbone(width=24))
    for node in found.graph.node:
        node.input[:] = ["probabilities" if one == "s" else one for one in node.input]
        node.output[:] = ["probabilities" if one == "s" else one for one in node.output]
    model = exports.model(Network.of(found.SerializeToString(), "odd"))
    np.testing.assert_allclose(answered(written(model), model, ITEMS), model.predict_proba(ITEMS), atol=2e-5)


def test_two_classes_and_one_that_was_never_seen() -> None:
    model = exports.model(calibrated=False)
    some = LABELS < 2
    node = tree.fit(tree.clone(model.graph), [one for one, used in zip(ITEMS, some, strict=True) if used], LABELS[some])
    model = Model(Task().with_classes(("blue", "green", "never")), Preparation(), node)
    found = answered(written(model), model, ITEMS)
    np.testing.assert_allclose(found, model.predict_proba(ITEMS), atol=2e-5)
    assert (found[:, 2] == 0).all()


def test_a_file_is_written_whose_answers_are_those_of_the_model() -> None:
    model = exports.model()
    found = standalone(model, exports.catalog())
    assert found.verdict.passed and found.verdict.n == 500 and found.verdict.largest_dp < 1e-4
    onnx.checker.check_model(onnx.load_model_from_string(found.onnx), full_check=True)
    texts = metadata(found.onnx)
    assert tuple(json.loads(texts[CLASSES])) == found.classes == exports.CLASSES
    assert texts[DIGEST] == model.digest and json.loads(texts[PREPARATION]) == model.preparation.to_dict()
    assert [name for name in texts if not name.startswith("sightline.")] == []
    session = Session(found.onnx)
    assert [(port.name, port.shape) for port in session.outputs] == [("probabilities", (None, 4))]
    many = session.run(np.zeros((3, 32, 32, 3), np.uint8), ["probabilities"])[0]
    assert many.shape == (3, 4) and many.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("flaw", exports.BREAKS)
def test_a_broken_file_is_refused(monkeypatch: pytest.MonkeyPatch, flaw: str) -> None:
    real: Callable[[Model], bytes] = module.written
    monkeypatch.setattr(module, "written", lambda model: exports.BREAKS[flaw](real(model)))
    with pytest.raises(ExportError, match=r"answers otherwise than the model: .*500 pictures"):
        standalone(exports.model(), exports.catalog())


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("KNearestNeighbors()", r"KNearestNeighbors\(\)"),
        ("PCA(components=2) > LogisticRegression()", r"PCA\(components=2\)"),
    ],
)
def test_a_component_without_an_onnx_form_is_named(head: str, named: str) -> None:
    with pytest.raises(InputError, match=f"{named} has no ONNX form; allowed: Embedding"):
        written(exports.model(head=head))


def test_other_graphs_are_named_too() -> None:
    key = exports.network_of_colors().key
    model = exports.model()
    for text in (
        f"Embedding(network='{key}', zoom=2.0) > LogisticRegression()",
        f"Embedding(network='{key}') + ColorMoments() > LogisticRegression()",
        "HOG(size_px=32) > LogisticRegression()",
    ):
        node = tree.fit(parse(text), ITEMS, LABELS)
        with pytest.raises(InputError, match="has no ONNX form"):
            written(dataclasses.replace(model, graph=node))
    with pytest.raises(InputError, match=r"mean of \(.* has no ONNX form"):
        written(small_model())


def test_where_onnx_is_absent_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    model = exports.model()
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtraError, match="onnx, which is not installed"):
        written(model)


@pytest.mark.parametrize(
    "preparation",
    [Preparation(), Preparation(max_side_px=None), Preparation(max_side_px=99), Preparation(decode=2, max_side_px=300)],
    ids=Preparation.describe,
)
def test_the_code_of_the_guide_answers_as_the_model(
    preparation: Preparation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    model = dataclasses.replace(exports.model(), preparation=preparation)
    Path("mats.onnx").write_bytes(written(model))
    generator, names = np.random.default_rng(0), ["new/17.jpg"]
    names += [f"{rows}x{columns}.jpg" for rows, columns in SIZES]
    if preparation.decode == 1:
        names += [f"{rows}x{columns}.png" for rows, columns in SIZES]
    for name in names:
        shape = tuple(map(int, Path(name).stem.split("x"))) if "x" in name else (30, 40)
        write_picture(Path(name), generator.integers(0, 256, (*shape, 3), np.uint8))
    (code,) = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    defined: dict[str, Any] = {}
    exec(code, defined)  # noqa: S102 - of our own page
    assert capsys.readouterr().out == f"{model.predict(names)[0].label}\n"
    found = [defined["probabilities"](name) for name in names]
    np.testing.assert_allclose(found, model.predict_proba(names), atol=2e-5)
