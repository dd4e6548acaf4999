"""A model file that carries a network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.model import Model, load
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.runtime.onnx_file import with_metadata
from sightline.task import Task
from tests.networks import tiny
from tests.pipeline.test_artifact import parts_of, refused, relisted, write
from tests.runtime.test_onnx_file import outside


def drawn(n: int = 12) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [generator.integers(0, 100 + 150 * (i % 2), (30 + i, 40, 3), np.uint8) for i in range(n)]


@pytest.fixture
def model() -> Model:
    key = remember(tiny.network()).key
    node = parse(f"Embedding(network='{key}') + Embedding(network='{key}', zoom=2.0) > LogisticRegression()")
    tree.fit(node, drawn(), np.arange(12) % 2)
    return Model(Task().with_classes(("dark", "light")), Preparation(), node)


@pytest.fixture
def saved(model: Model, tmp_path: Path) -> Path:
    model.save(tmp_path / "model.sight")
    return tmp_path / "model.sight"


def network_part(parts: dict[str, bytes]) -> str:
    (name,) = (name for name in parts if name.endswith(".onnx"))
    return name


def test_it_answers_the_same_and_holds_the_network_once(model: Model, saved: Path) -> None:
    parts = parts_of(saved)
    assert parts[network_part(parts)] == tiny.backbone()
    again = load(saved)
    np.testing.assert_array_equal(again.predict_proba(drawn()), model.predict_proba(drawn()))
    np.testing.assert_array_equal(again.predict_proba(drawn()[3:4]), model.predict_proba(drawn())[3:4])
    assert again.digest == model.digest
    assert tree.nbytes(model.graph) < 2 * len(tiny.backbone())


def test_a_network_that_would_be_refused_today_goes_on_answering(tmp_path: Path) -> None:
    """With a mean of values in 0 to 255: its classifier has learned from what that gives."""
    onnx = with_metadata(tiny.foreign(), {"mean": "[123.675, 116.28, 103.53]", "std": "[58.4, 57.1, 57.4]"})
    node = parse(f"Embedding(network='{remember(Network.of(onnx, 'old')).key}') > LogisticRegression()")
    tree.fit(node, drawn(), np.arange(12) % 2)
    model = Model(Task().with_classes(("dark", "light")), Preparation(), node)
    model.save(tmp_path / "model.sight")
    np.testing.assert_array_equal(load(tmp_path / "model.sight").predict_proba(drawn()), model.predict_proba(drawn()))


def test_the_network_decides_the_digest(model: Model) -> None:
    other = remember(tiny.network(seed=7)).key
    node = tree.clone(model.graph)
    tree.restore(node, tree.state(model.graph))
    for _, leaf in tree.leaves(node):
        if "network" in leaf.parameter_names():
            leaf.set_params(network=other)
    assert Model(model.task, model.preparation, node).digest != model.digest


def test_a_missing_network_is_named(saved: Path) -> None:
    parts = parts_of(saved)
    name = network_part(parts)
    del parts[name]
    assert f"{name} is missing" in refused(write(saved, relisted(parts)))


def test_another_network_under_its_name_is_refused(saved: Path) -> None:
    parts = parts_of(saved)
    parts[network_part(parts)] = tiny.backbone(seed=3)
    assert "was expected" in refused(write(saved, relisted(parts)))


@pytest.mark.parametrize("flaw", ["external", "operator", "nonsense"])
def test_a_network_that_may_not_be_used(saved: Path, flaw: str) -> None:
    parts = parts_of(saved)
    name = network_part(parts)
    found = onnx.load_from_string(parts[name])
    if flaw == "external":
        found.graph.initializer.append(outside("far"))
    elif flaw == "operator":
        found.graph.node[1].op_type = "Fabulate"
    parts[name] = b"\xff\xff" if flaw == "nonsense" else found.SerializeToString()
    said = refused(write(saved, relisted(parts)))
    assert "cannot be used" in said and "tiny@" in said


@pytest.mark.parametrize("called", ["", "tiny", "../../x@0123456789abcdef", "tiny@0123456789abcdeg"])
def test_a_graph_that_asks_for_a_network_that_is_not_there(saved: Path, called: str) -> None:
    parts = parts_of(saved)
    graph = json.loads(parts["graph.json"])
    graph["parts"][0]["parts"][0]["parameters"]["network"] = called
    parts["graph.json"] = json.dumps(graph).encode()
    assert "is missing" in refused(write(saved, relisted(parts)))
