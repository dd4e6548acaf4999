from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from sightline.networks.embedding import Embedding
from sightline.pipeline import graph as tree
from sightline.pipeline.engines import networks, on_engine
from sightline.pipeline.model import Model, load
from sightline.runtime.engine import REFERENCE, Engine
from tests.exporting import exports
from tests.networks import tiny
from tests.pipeline.test_artifact import parts_of, refused, relisted, write

BF16 = Engine("openvino", "bf16")


@pytest.fixture
def model() -> Model:
    return exports.model()


def needs_openvino() -> None:
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("needs the extra fast")


def engines_of(model: Model) -> set[Engine]:
    return {leaf.held.engine for _, leaf in tree.leaves(model.graph) if isinstance(leaf, Embedding)}


def test_networks_are_found_by_key(model: Model) -> None:
    assert {key: one.onnx for key, one in networks(model.graph).items()} == {
        exports.network_of_colors().key: tiny.backbone(width=24)
    }


def test_on_the_reference_it_is_the_same_model(model: Model) -> None:
    again = on_engine(model, REFERENCE)
    items, _ = exports.pictures(8)
    np.testing.assert_array_equal(again.predict_proba(items), model.predict_proba(items))
    assert again.digest == model.digest and again.graph is not model.graph


def test_another_network_takes_a_place(model: Model, tmp_path: Path) -> None:
    key, other = exports.network_of_colors().key, tiny.network(seed=7, name="other")
    again = on_engine(model, REFERENCE, {key: other.onnx})
    assert list(networks(again.graph)) == [other.key] and list(networks(model.graph)) == [key]
    assert again.digest != model.digest
    again.save(tmp_path / "m.sight")
    assert list(networks(load(tmp_path / "m.sight").graph)) == [other.key]


def test_the_default_engine_stands_in_no_file(model: Model, tmp_path: Path) -> None:
    model.save(tmp_path / "m.sight")
    assert "runtime.json" not in parts_of(tmp_path / "m.sight")


def test_an_engine_is_kept_and_decides_the_digest(model: Model, tmp_path: Path) -> None:
    needs_openvino()
    fast = on_engine(model, BF16)
    assert engines_of(fast) == {BF16} and engines_of(model) == {REFERENCE}
    fast.save(tmp_path / "m.sight")
    again = load(tmp_path / "m.sight")
    assert again.engine == BF16 and engines_of(again) == {BF16}
    assert fast.digest == again.digest != model.digest
    items, _ = exports.pictures(8)
    np.testing.assert_array_equal(again.predict_proba(items), fast.predict_proba(items))
    np.testing.assert_allclose(again.predict_proba(items), model.predict_proba(items), atol=0.1)


def test_without_its_library_a_file_answers_by_the_reference(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "m.sight")
    parts = parts_of(tmp_path / "m.sight")
    parts["runtime.json"] = b'{"runtime": "openvino", "precision": "bf16"}'
    path = write(tmp_path / "fast.sight", relisted(parts))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    again = load(path)
    items, _ = exports.pictures(8)
    np.testing.assert_array_equal(again.predict_proba(items), model.predict_proba(items))
    assert again.engine == BF16  # saved again, it is the same file
    again.save(tmp_path / "again.sight")
    assert parts_of(tmp_path / "again.sight")["runtime.json"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b'{"runtime": "abacus", "precision": "fp32"}', "abacus with fp32 was given to run networks"),
        (b'{"runtime": "onnxruntime"}', '"runtime" and "precision"'),
        (b"[]", "no JSON table"),
    ],
)
def test_an_engine_that_nobody_knows_is_refused(model: Model, tmp_path: Path, text: bytes, said: str) -> None:
    model.save(tmp_path / "m.sight")
    parts = parts_of(tmp_path / "m.sight")
    parts["runtime.json"] = text
    message = refused(write(tmp_path / "m.sight", relisted(parts)))
    assert "runtime.json" in message and said in message
