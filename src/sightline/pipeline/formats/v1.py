"""Format 1 of `model.sight`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from sightline.arrays import Array
from sightline.decision.calibrate import Calibration
from sightline.errors import ArtifactError, InputError
from sightline.networks.embedding import ONNX, Embedding
from sightline.networks.library import digest_in
from sightline.pipeline import graph as tree
from sightline.pipeline.archive import json_bytes, table
from sightline.pipeline.contents import Contents
from sightline.pipeline.graph import Node
from sightline.pipeline.reference import Reference
from sightline.preparation.preparation import Preparation
from sightline.runtime.engine import Engine
from sightline.task import Task

REFERENCE = "reference.safetensors"
RUNTIME = "runtime.json"


def write(contents: Contents) -> dict[str, bytes]:
    """The parts of a model, without the manifest."""
    networks = dict(_networks(contents.graph))
    arrays = {name: _plain(value) for name, value in tree.state(contents.graph).items() if name not in networks}
    parts = {
        "task.json": json_bytes(contents.task.to_dict()),
        "preparation.json": json_bytes(contents.preparation.to_dict()),
        "graph.json": json_bytes(tree.to_dict(contents.graph)),
        "arrays.safetensors": save_arrays(arrays),
        **{network_part(leaf): leaf.held.onnx for leaf in networks.values()},
    }
    if contents.engine != Engine():
        parts[RUNTIME] = json_bytes(contents.engine.to_dict())
    if contents.calibration is not None:
        parts["calibration.json"] = json_bytes(contents.calibration.to_dict())
    if len(contents.fingerprints):
        parts["fingerprints.safetensors"] = save_arrays({"pictures": contents.fingerprints})
    if contents.reference is not None:
        parts[REFERENCE] = save_arrays({name: _plain(value) for name, value in contents.reference.state().items()})
    if contents.evaluation:
        parts["evaluation.json"] = json_bytes(dict(contents.evaluation))
    if contents.card:
        parts["card.md"] = contents.card.encode()
    return parts


def read(parts: Mapping[str, bytes]) -> Contents:
    """The model in the parts of a file whose hashes were checked."""
    graph = tree.from_dict(table(parts, "graph.json"))
    engine = _engine(parts)
    for _, leaf in _networks(graph):
        leaf.engine = engine.at_hand()
    carried = {name: np.frombuffer(_network(parts, leaf), np.uint8) for name, leaf in _networks(graph)}
    tree.restore(graph, {**_arrays(parts, "arrays.safetensors"), **carried})
    calibration = Calibration.from_dict(table(parts, "calibration.json")) if "calibration.json" in parts else None
    prints = _arrays(parts, "fingerprints.safetensors")["pictures"] if "fingerprints.safetensors" in parts else None
    return Contents(
        task=Task.from_dict(table(parts, "task.json")),
        preparation=Preparation.from_dict(table(parts, "preparation.json")),
        graph=graph,
        calibration=calibration,
        fingerprints=np.zeros(0, np.uint64) if prints is None else prints,
        evaluation=table(parts, "evaluation.json") if "evaluation.json" in parts else {},
        card=parts.get("card.md", b"").decode(),
        trained_with={str(name): str(at) for name, at in table(parts, "manifest.json").get("trained_with", {}).items()},
        reference=_reference(parts) if REFERENCE in parts else None,
        engine=engine,
    )


def network_part(leaf: Embedding) -> str:
    """The part of a model file that holds its network; leaves with the same network share it."""
    return f"network-{digest_in(leaf.network)}.onnx"


def _networks(graph: Node) -> Iterator[tuple[str, Embedding]]:
    """Every component that carries a network, by the name of its array."""
    for where, leaf in tree.leaves(graph):
        if isinstance(leaf, Embedding):
            yield f"{where}/{ONNX}", leaf


def _network(parts: Mapping[str, bytes], leaf: Embedding) -> bytes:
    if network_part(leaf) not in parts:
        raise ArtifactError(f'{network_part(leaf)} is missing: "{leaf.network}" cannot answer without it')
    return parts[network_part(leaf)]


def _engine(parts: Mapping[str, bytes]) -> Engine:
    try:
        return Engine.from_dict(table(parts, RUNTIME)) if RUNTIME in parts else Engine()
    except InputError as error:
        raise ArtifactError(f"{RUNTIME}: {error}; export the model again") from None


def _reference(parts: Mapping[str, bytes]) -> Reference:
    try:
        return Reference.from_state(_arrays(parts, REFERENCE))
    except InputError as error:
        raise ArtifactError(f"{REFERENCE}: {error}; fit the model again") from None


def _arrays(parts: Mapping[str, bytes], name: str) -> dict[str, Array]:
    try:
        arrays: dict[str, Array] = load_arrays(parts[name])
    except SafetensorError as error:
        raise ArtifactError(f"{name} is no safetensors file ({error})") from None
    return arrays


def _plain(value: Array) -> Array:
    if value.dtype.kind not in "fiub":
        raise ArtifactError(f"a learned array of {value.dtype} cannot be stored; fit with class numbers, not names")
    return np.ascontiguousarray(value)
