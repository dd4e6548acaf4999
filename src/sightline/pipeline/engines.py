"""The same model with its networks computed otherwise: by another library, with fewer bits, or as other files."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from sightline.networks.embedding import ONNX, Embedding
from sightline.networks.network import Network
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Node
from sightline.pipeline.model import Model
from sightline.runtime.engine import Engine


def networks(node: Node) -> dict[str, Network]:
    """The networks of a graph by their keys."""
    return {leaf.network: leaf.held for _, leaf in tree.leaves(node) if isinstance(leaf, Embedding)}


def on_engine(model: Model, engine: Engine, others: Mapping[str, bytes] | None = None) -> Model:
    """A model that answers as `model` does, its networks computed by `engine`.

    Args:
        model: what it is made of; it stays as it is.
        engine: what computes.
        others: ONNX files that take the place of networks, by the keys of these.

    Raises:
        ComponentError: a network that the engine cannot run.
        MissingExtraError: the library of the engine is not installed.
    """
    made = {key: Network.of(onnx, key.rpartition("@")[0], engine) for key, onnx in (others or {}).items()}
    graph, arrays = tree.clone(model.graph), tree.state(model.graph)
    for where, leaf in tree.leaves(graph):
        if isinstance(leaf, Embedding):
            leaf.engine = engine
            if leaf.network in made:
                network = made[leaf.network]
                arrays[f"{where}/{ONNX}"] = np.frombuffer(network.onnx, np.uint8)
                leaf.set_params(network=network.key)
    return dataclasses.replace(model, graph=tree.restore(graph, arrays), engine=engine)
