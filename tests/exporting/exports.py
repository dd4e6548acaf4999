"""A model with a small network that tells colors apart, pictures of them, and exports that somebody broke."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from sightline.data.catalog import SPLITS, Catalog
from sightline.decision.calibrate import Calibration
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.model import Model
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task
from tests.networks import tiny
from tests.pictures import write_picture

CLASSES = ("blue", "green", "grey", "red")
COLORS = ((40, 50, 200), (50, 190, 60), (120, 120, 120), (210, 50, 40))
HEAD = "LogisticRegression()"


def pictures(n: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """n pictures of about 40 x 30 px under uneven light, and the number of the color of each."""
    generator = np.random.default_rng(seed)
    labels = np.arange(n) % len(CLASSES)
    found = []
    for label in labels:
        light = np.linspace(*generator.uniform(0.8, 1.1, 2), 40)[None, :, None]
        noise = generator.normal(0, 6, (30, 40, 3))
        found.append(np.clip(np.asarray(COLORS[label]) * light + noise, 0, 255).astype(np.uint8))
    return found, labels


def catalog(training: int = 480, test: int = 80, seed: int = 5) -> Catalog:
    """Pictures in memory, the last ones of the test part."""
    items, labels = pictures(training + test, seed)
    splits = np.repeat([SPLITS.index("train"), SPLITS.index("test")], [training, test]).astype(np.int8)
    return Catalog(items, CLASSES, labels, splits=splits, origin="colors")


def folders(root: Path, training: int = 80, test: int = 240) -> Path:
    """The same as class folders."""
    items, labels = pictures(training + test, 5)
    for number, (item, label) in enumerate(zip(items, labels.tolist(), strict=True)):
        part = "train" if number < training else "test"
        write_picture(root / part / CLASSES[label] / f"{number:04}.png", item)
    return root


def network_of_colors() -> Network:
    """Wide enough to be computed in eight bits without harm."""
    return tiny.network(width=24)


def model(network: Network | None = None, head: str = HEAD, calibrated: bool = True) -> Model:
    """A model that learned from 60 of them."""
    key = remember(network or network_of_colors()).key
    items, labels = pictures(60)
    node = tree.fit(parse(f"Embedding(network='{key}') > {head}"), items, labels)
    calibration = Calibration(1.3, (0.1, 0.0, -0.1, 0.05)) if calibrated else None
    return Model(Task().with_classes(CLASSES), Preparation(), node, calibration)


def other_mean(file: bytes) -> bytes:
    """The network with pixels from 0 to 2 where it was trained with -1 to 1."""
    found = onnx.load_model_from_string(file)
    (mean,) = (one for one in found.graph.initializer if one.name == "one")
    mean.CopyFrom(numpy_helper.from_array(np.float32(0), "one"))
    return bytes(found.SerializeToString())


def other_channels(file: bytes) -> bytes:
    """The network fed blue, green, red."""
    found = onnx.load_model_from_string(file)
    name = found.graph.input[0].name
    for node in found.graph.node:
        node.input[:] = ["turned" if one == name else one for one in node.input]
    found.graph.initializer.append(numpy_helper.from_array(np.array([2, 1, 0]), "bgr"))
    found.graph.node.insert(0, helper.make_node("Gather", [name, "bgr"], ["turned"], axis=3))
    return bytes(found.SerializeToString())


def other_order(file: bytes) -> bytes:
    """The file with its answers one class further."""
    found = onnx.load_model_from_string(file)
    (output,) = found.graph.output
    for node in found.graph.node:
        node.output[:] = ["straight" if one == output.name else one for one in node.output]
    found.graph.initializer.append(numpy_helper.from_array(np.array([1, 2, 3, 0]), "rotated"))
    found.graph.node.append(helper.make_node("Gather", ["straight", "rotated"], [output.name], axis=1))
    return bytes(found.SerializeToString())


def rotated(whole: Model) -> Model:
    """The model with its calibrated answers one class further."""
    node = tree.clone(whole.graph)
    arrays = tree.state(whole.graph)
    for name in arrays:
        if name.endswith(("coefficients_", "intercepts_")):
            arrays[name] = np.roll(arrays[name], 1, axis=-1)
    return dataclasses.replace(whole, graph=tree.restore(node, arrays))


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "mean swapped": other_mean,
    "channels swapped": other_channels,
    "class order rotated": other_order,
}
