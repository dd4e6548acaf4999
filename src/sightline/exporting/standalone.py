"""One ONNX file for programs that know nothing of Sightline: a picture in, calibrated probabilities out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import numpy as np

from sightline.arrays import Array, Probabilities
from sightline.classical.projections.power import PowerNormalization
from sightline.contracts import Classifier, Component
from sightline.data.catalog import Catalog
from sightline.decision.calibrate import SMALLEST, Calibration
from sightline.errors import ExportError, InputError
from sightline.exporting.gate import Verdict, verdict
from sightline.exporting.heads import Head, head_of
from sightline.exporting.held import Held
from sightline.exporting.onnx_pen import OnnxPen
from sightline.inputs.source import Item
from sightline.networks.embedding import Embedding
from sightline.networks.feed import FLOATS, Feed
from sightline.parallel import Progress, ordered_map, silent
from sightline.pipeline.artifact import STANDALONE
from sightline.pipeline.engines import on_engine
from sightline.pipeline.graph import Chain, Node
from sightline.pipeline.model import Model
from sightline.runtime.engine import REFERENCE
from sightline.runtime.onnx_file import with_metadata
from sightline.runtime.session import Session

OUTPUT = "probabilities"
CLASSES, PREPARATION, DIGEST = "sightline.classes", "sightline.preparation", STANDALONE
"""Metadata: the class names as a JSON list, what happens to a picture before, and the model that it was made of."""
SHAPE = "Embedding() > LogisticRegression(), LinearSVM(), Ridge() or Prototypes(), with PowerNormalization() between"
LIKELY = "Embedding() > PowerNormalization() > LogisticRegression()"
"""What has a form and is seldom far behind the kernel ridge that usually wins."""
TINY = 1e-30


@dataclasses.dataclass(frozen=True)
class Standalone:
    """A file that passed the gate.

    Attributes:
        onnx: the bytes of the file.
        verdict: how its answers were held against the model's.
        classes: in the order of its output.
    """

    onnx: bytes
    verdict: Verdict
    classes: tuple[str, ...]


def standalone(model: Model, catalog: Catalog, workers: int | None = None, progress: Progress = silent) -> Standalone:
    """The model as one ONNX file, its answers held against the model's.

    The file takes pictures (n, h, w, 3) uint8 RGB at the network's size, brought there as the model does it, and gives
    (n, k) float32 probabilities. Decisions, costs and abstaining stay with the caller.

    Raises:
        ExportError: the file answers otherwise than the model; with the numbers.
        InputError: a component that has no ONNX form; it is named.
        CatalogError: no labelled picture that can be read, or a class that the model does not know.
        MissingExtraError: the package onnx is not installed.
    """
    onnx = written(model)
    reference = on_engine(model, REFERENCE)
    held = Held.of(reference, catalog, workers, progress)
    progress("answering with the export", 0, None)
    answers = answered(onnx, model, held.items, workers)
    found = verdict(held.answers, answers, held.truth, "fp32", groups=held.groups)
    if not found.passed:
        raise ExportError(
            f"the ONNX file answers otherwise than the model: {'; '.join(found.reasons)} ({found.line()})"
        )
    return Standalone(onnx, found, model.classes)


def answered(onnx: bytes, model: Model, items: Sequence[Item], workers: int | None = None) -> Probabilities:
    """(n, k) float32: what the file answers to pictures that are read, prepared and resized as the model does it."""
    session, feed = Session(onnx), _parts(model.graph)[0].held.feed

    def answer(item: Item) -> Array:
        picture = feed.sized(model.preparation.apply(item))
        return session.run(picture[None], [OUTPUT])[0]

    return np.concatenate(list(ordered_map(answer, items, workers)))


def written(model: Model) -> bytes:
    """The bytes of the file, not held against anything.

    Raises:
        InputError: a component that has no ONNX form.
        MissingExtraError: the package onnx is not installed.
    """
    embedding, power, classifier = _parts(model.graph)
    head = head_of(classifier)
    if head is None:
        raise _no_form(repr(classifier))
    network = embedding.held
    pen = OnnxPen(network.onnx, head.weights.shape[0])
    _feed(pen, network.feed)
    vectors = pen.node("Cast", pen.node("Flatten", network.embedding.name, axis=1), to=pen.FLOAT)
    if power is not None:
        vectors = _tamed(pen, vectors, power)
    shares = _shares(pen, vectors, head, np.asarray(classifier.classes_, np.int64), len(model.classes))
    if model.calibration is not None:
        shares = _calibrated(pen, shares, model.calibration)
    pen.give(shares, OUTPUT, len(model.classes))
    texts = {
        CLASSES: json.dumps(list(model.classes), ensure_ascii=False),
        PREPARATION: json.dumps(model.preparation.to_dict()),
        DIGEST: model.digest,
    }
    return with_metadata(pen.file(), texts)


def _parts(node: Node) -> tuple[Embedding, PowerNormalization | None, Classifier]:
    """The steps of a graph that has an ONNX form."""
    steps = list(_flat(node))
    for position, step in enumerate(steps):
        if not isinstance(step, Component) or not isinstance(step, (Embedding, PowerNormalization, Classifier)):
            raise _no_form(repr(step))
        if isinstance(step, Embedding) and (step.zoom or position):
            raise _no_form(repr(step))
    match steps:
        case [Embedding() as embedding, Classifier() as classifier]:
            return embedding, None, classifier
        case [Embedding() as embedding, PowerNormalization() as power, Classifier() as classifier]:
            return embedding, power, classifier
    raise _no_form(repr(node))


def _flat(node: Node) -> list[Node]:
    return [inner for step in node.steps for inner in _flat(step)] if isinstance(node, Chain) else [node]


def _no_form(what: str) -> InputError:
    shown = what if len(what) <= 120 else what[:117] + "..."
    return InputError(
        f"{shown} has no ONNX form; allowed: {SHAPE}; fit one: sightline fit DATA --backbone NETWORK --only "
        f'"{LIKELY}"; or, to have this model faster, give --out a name that ends in .sight'
    )


def _feed(pen: OnnxPen, feed: Feed) -> None:
    """Pictures (n, h, w, 3) uint8 as the file's input, made what the network takes."""
    if feed.dtype == "uint8" and not feed.channels_first:
        pen.fix_size(feed.height, feed.width)
        return
    with pen.before_all(feed.height, feed.width) as (pictures, inner):
        fed = pictures
        if feed.dtype in FLOATS:
            values = pen.node("Div", pen.node("Cast", fed, to=pen.FLOAT), pen.constant(255.0))
            values = pen.node("Sub", values, pen.constant(feed.mean))
            fed = pen.node("Div", values, pen.constant(feed.std))
            if feed.dtype == "float16":
                fed = pen.node("Cast", fed, to=pen.FLOAT16)
        if feed.channels_first:
            fed = pen.node("Transpose", fed, perm=[0, 3, 1, 2])
        pen.rename(fed, inner)


def _tamed(pen: OnnxPen, vectors: str, power: PowerNormalization) -> str:
    """sign(x) |x|^power, then each row divided by its length."""
    size = pen.node("Abs", vectors)
    raised = pen.node("Sqrt", size) if power.power == 0.5 else pen.node("Pow", size, pen.constant(power.power))
    values = pen.node("Mul", pen.node("Sign", vectors), raised)
    if power.normalize is None:
        return values
    squared = pen.node("Mul", values, values) if power.normalize == "l2" else pen.node("Abs", values)
    # A product with ones: how a sum is told its axes has changed from one version of ONNX to another.
    total = pen.node("MatMul", squared, pen.constant(np.ones((pen.width, 1))))
    length = pen.node("Sqrt", total) if power.normalize == "l2" else total
    return pen.node("Div", values, pen.node("Max", length, pen.constant(TINY)))


def _shares(pen: OnnxPen, vectors: str, head: Head, seen: Array, k: int) -> str:
    """The probabilities of all k classes; 0 for those that the classifier has not seen."""
    product = pen.node("MatMul", vectors, pen.constant(head.weights))
    shares = pen.node("Softmax", pen.node("Add", product, pen.constant(head.shift)), axis=1)
    if len(seen) == k:
        return shares
    return pen.node("MatMul", shares, pen.constant(np.eye(k)[seen]))


def _calibrated(pen: OnnxPen, shares: str, calibration: Calibration) -> str:
    """softmax(ln(p) / temperature + bias)."""
    logs = pen.node("Log", pen.node("Max", shares, pen.constant(SMALLEST)))
    scores = pen.node("Div", logs, pen.constant(calibration.temperature))
    if calibration.bias is not None:
        scores = pen.node("Add", scores, pen.constant(calibration.bias))
    return pen.node("Softmax", scores, axis=1)
