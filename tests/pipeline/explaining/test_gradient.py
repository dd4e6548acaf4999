from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sightline.deep.gradients import Gradients
from sightline.errors import InputError
from sightline.networks.embedding import Embedding
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.explaining.evidence import evidence
from sightline.pipeline.explaining.gradient import _looks, gradient, slope
from sightline.pipeline.explaining.looks import joined
from sightline.pipeline.explaining.sources import Sources
from sightline.pipeline.model import Model
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.runtime.quantize import quantized
from sightline.task import Task
from tests.networks import tiny


class Fake(Gradients):
    """Weights that embed as a network does, and look at one corner."""

    off: float
    asked: list[np.ndarray]

    def __init__(self, network: Any, off: float = 0.0) -> None:
        self.__dict__.update(network=network, off=off, asked=[], recipe=SimpleNamespace(weights="w.safetensors"))

    def embed(self, picture: np.ndarray) -> np.ndarray:
        made: np.ndarray = self.network.embed(picture) + self.off
        return made

    def look(self, picture: np.ndarray, direction: np.ndarray) -> np.ndarray:
        self.asked.append(direction)
        found = np.zeros((4, 4), np.float32)
        found[0, 0] = 1
        return found


@pytest.fixture
def model() -> Model:
    network = remember(tiny.network())
    generator = np.random.default_rng(0)
    pictures = [generator.integers(0, 100 + 150 * (i % 2), (40, 40, 3), np.uint8) for i in range(12)]
    node = parse(f"Embedding(network='{network.key}') > PowerNormalization() > LogisticRegression()")
    tree.fit(node, pictures, np.arange(12) % 2)
    return Model(Task().with_classes(("dark", "light")), Preparation(), node)


def picture() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)


def test_the_slope_is_that_of_the_evidence(model: Model) -> None:
    sources = Sources.of(model.graph, picture(), 2)
    (source,) = sources.found
    found = slope(sources, source.place, 1)
    step = np.random.default_rng(0).normal(0, 1e-3, source.vector.shape).astype(np.float32)
    moved, before = (sources.answer({source.place: source.vector + one}) for one in (step, 0 * step))
    change = float(evidence(moved, 1)[0] - evidence(before, 1)[0])
    assert change == pytest.approx(float(step[0] @ found), rel=0.1, abs=1e-4)


def test_heat_lies_where_the_weights_look(model: Model) -> None:
    fake = Fake(remember(tiny.network()))
    explained = model.explain(picture(), "light", "gradient", fake)
    assert explained.method == "gradient" and explained.heat.max() == pytest.approx(1)
    assert explained.hottest is not None and max(explained.hottest) < 0.3
    (direction,) = fake.asked
    assert direction.shape == (8,)


def test_a_scale_with_more_squares_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    network = remember(tiny.network(free=True))
    whole = f"Embedding(network='{network.key}')"
    node = parse(f"{whole} + Embedding(network='{network.key}', zoom=2.0) > LogisticRegression()")
    tree.fit(node, [picture(), 255 - picture()], np.arange(2))
    sources = Sources.of(node, picture(), 2)
    fake = Fake(network)
    monkeypatch.setattr(Fake, "look", lambda self, part, direction: np.ones((4, 4), np.float32))
    raw = [
        joined(_looks(one.leaf, picture(), np.ones(8, np.float32), fake), (40, 40), (40, 40)) for one in sources.found
    ]
    np.testing.assert_allclose(raw[0], 0.16, rtol=1e-5)
    np.testing.assert_allclose(raw[1], 0.16, rtol=1e-5)


def test_other_weights_are_refused(model: Model) -> None:
    fake = Fake(remember(tiny.network()), off=0.5)
    with pytest.raises(InputError, match="are not the weights"):
        model.explain(picture(), None, "gradient", fake)


def test_without_weights_or_networks_it_is_said_what_to_do(model: Model) -> None:
    with pytest.raises(InputError, match=r"give weights=FILE, in a shell --backbone FILE"):
        model.explain(picture(), None, "gradient")
    node = parse("HOG(size_px=32) > LogisticRegression()")
    tree.fit(node, [picture(), 255 - picture()], np.arange(2))
    classical = Model(model.task, model.preparation, node)
    fake = Fake(remember(tiny.network()))
    with pytest.raises(InputError, match=r"has no network .*; use"):
        classical.explain(picture(), None, "gradient", fake)


def test_weights_may_be_the_file_that_they_are_in(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, asked = Fake(remember(tiny.network())), []
    monkeypatch.setattr(Gradients, "of_weights", lambda given: asked.append(given) or fake)
    found = model.explain(picture(), "light", "gradient", tmp_path / "w.safetensors")
    np.testing.assert_array_equal(found.heat, model.explain(picture(), "light", "gradient", fake).heat)
    model.explain(picture(), "light", "gradient", "resnet18")
    assert asked == [tmp_path / "w.safetensors", "resnet18"]


def test_what_are_no_weights_is_told(model: Model) -> None:
    with pytest.raises(InputError, match=r"weights of type int were given; allowed: a \.safetensors file"):
        model.explain(picture(), None, "gradient", 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["tiny-fine-tuned", "tiny-distilled", "tiny-trained", "int8"])
def test_of_a_network_whose_weights_nobody_has_it_is_said_what_can_be_asked(name: str) -> None:
    onnx = tiny.backbone(name=name)
    if name == "int8":
        onnx = quantized(
            onnx, [np.random.default_rng(seed).integers(0, 256, (1, 32, 32, 3), np.uint8) for seed in (0, 1)]
        )
    network = remember(Network.of(onnx))
    node = parse(f"Embedding(network='{network.key}') > LogisticRegression()")
    tree.fit(node, [picture(), 255 - picture()], np.arange(2))
    learned = Model(Task().with_classes(("dark", "light")), Preparation(), node)
    why = "of int8, whose numbers" if name == "int8" else "what it learned is in the model alone"
    for weights in (None, Fake(network, off=0.5)):
        with pytest.raises(InputError, match=rf"not to be had .*{name} .*{why}.*; use \"activation\" or \"occlusion\""):
            learned.explain(picture(), None, "gradient", weights)


def test_a_file_may_be_called_like_what_a_fit_learns() -> None:
    network = remember(Network.of(tiny.backbone(name="ours-trained")))
    node = parse(f"Embedding(network='{network.key}') > LogisticRegression()")
    tree.fit(node, [picture(), 255 - picture()], np.arange(2))
    ours = Model(Task().with_classes(("dark", "light")), Preparation(), node)
    assert ours.explain(picture(), None, "gradient", Fake(network)).method == "gradient"


@pytest.mark.parametrize(("precision", "off", "fits"), [("fp32", 0.01, False), ("bf16", 0.01, True)])
def test_what_a_precision_rounds_does_not_make_the_weights_others(
    model: Model, monkeypatch: pytest.MonkeyPatch, precision: str, off: float, fits: bool
) -> None:
    network = remember(tiny.network())
    sources = Sources.of(model.graph, picture(), 2)
    leaf = sources.found[0].leaf
    assert isinstance(leaf, Embedding)
    rounded = dataclasses.replace(network, engine=SimpleNamespace(precision=precision))  # type: ignore[arg-type]
    monkeypatch.setitem(leaf.__dict__, "_network", rounded)
    fake = Fake(network, off * float(np.abs(sources.found[0].vector).max()))
    if fits:
        assert gradient(sources, picture(), 1, sources.found, fake).max() == pytest.approx(1)
    else:
        with pytest.raises(InputError, match='give those that fit was given, or use "activation" or "occlusion"'):
            gradient(sources, picture(), 1, sources.found, fake)


def test_what_is_no_embedding_is_left_out(model: Model) -> None:
    sources = Sources.of(model.graph, picture(), 2)
    assert not gradient(sources, picture(), 0, [], Fake(None)).any()
