"""From two towers and the texts of classes to a model, with labels or without any."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import cast

import numpy as np

from sightline.arrays import Indices, Matrix, Probabilities
from sightline.data.catalog import Catalog
from sightline.decision.calibrate import fit_calibration
from sightline.deep.zeroshot.image_text import ImageText
from sightline.evaluation.evaluate import fingerprints
from sightline.evaluation.figures import many, percent_interval
from sightline.evaluation.result import Evaluation, Source
from sightline.evaluation.summarize import summarize
from sightline.findings import Finding
from sightline.inputs.source import Item
from sightline.networks.embedding import Embedding
from sightline.networks.texts import TextSet
from sightline.networks.zero_shot import ZeroShot
from sightline.parallel import Progress, chunks, ordered_map, silent
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Chain
from sightline.pipeline.model import BATCH, Model
from sightline.pipeline.reference import build_reference
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.collect import Collected, collect
from sightline.search.collecting.cross_validate import Folds, held_out, record
from sightline.task import Task

USUAL_SIDE_PX = Preparation().max_side_px or 256
UNKNOWN = "Nothing was measured. How often it is right on your pictures is not known before some of them have labels."


@dataclasses.dataclass(frozen=True)
class Taught:
    """A model that texts and labels have made, and what they are worth.

    Attributes:
        model: has learned from all labelled pictures.
        before: what the texts alone answer.
        after: what texts and labels answer: to each picture without its own label, or to the test part, which also
            `before` is of then.
        findings: what reading the pictures found.
        learned_from: pictures with a label.
    """

    model: Model
    before: Evaluation
    after: Evaluation
    findings: tuple[Finding, ...]
    learned_from: int


def untaught(towers: ImageText, texts: TextSet, task: Task) -> Model:
    """The model that knows what its classes are called, and has seen no picture of them.

    It has no calibration, no evaluation and no pictures to find neighbors among; its card says so.

    Args:
        towers: of pictures and texts.
        texts: of the task's classes, in their order.
        task: with its classes.
    """
    # Squares of the shorter side are cut from it: a picture twice as long as high has still enough of it.
    side_px = max(USUAL_SIDE_PX, 2 * towers.network.feed.height)
    look = Embedding(network=towers.network.key, zoom=towers.zoom).hold(towers.network)
    return Model(
        task=task,
        preparation=Preparation(max_side_px=side_px),
        graph=Chain((look, ZeroShot(texts=texts.key).fit_texts())),
        card=_card(towers, task, [UNKNOWN]),
    )


def taught(
    towers: ImageText,
    texts: TextSet,
    task: Task,
    catalog: Catalog,
    *,
    seed: int = 0,
    allow_leaks: bool = False,
    workers: int | None = None,
    progress: Progress = silent,
) -> Taught:
    """The same, having learned from labelled pictures how sharp its answers are and how much labels add to texts.

    Raises:
        CatalogError: nothing to learn from: no readable pictures, one class, classes other than the task's.
        LeakError: the same picture in two parts, unless `allow_leaks`.
    """
    plain = untaught(towers, texts, task)
    data = collect(
        catalog, task, None, store=None, preparation=plain.preparation, allow_leaks=allow_leaks, seed=seed,
        progress=progress, workers=workers,
    )  # fmt: skip
    X, truth = _seen(plain, data.training.items, workers, progress), data.folds.truth
    index, raw = _out_of_fold(X, data.folds, texts.key)
    classifier = ZeroShot(texts=texts.key).fit(X, truth)
    model = dataclasses.replace(
        plain,
        task=data.task,
        graph=Chain((cast(Chain, plain.graph).steps[0], classifier)),
        calibration=fit_calibration(raw, truth[index]),
        fingerprints=np.unique(fingerprints([digest for digest in data.seen.digests if digest])),
        reference=build_reference(X, truth, [data.training.source(row).uri for row in range(len(truth))], seed),
    )
    if data.test is None:
        calibrated = record(index, raw, data.folds).probabilities
        before, after = (
            _judged(one, truth[index], data, data.folds.group[index] if data.grouped else None, "out-of-fold")
            for one in (_answers(plain, X[index]), calibrated)
        )
    else:
        rows, labels = _seen(plain, data.test.items, workers, progress), data.test.labels
        groups = data.test.group_codes() if data.test.groups is not None else None
        before, after = (_judged(_answers(one, rows), labels, data, groups, "test") for one in (plain, model))
    said = [
        f"It has learned from {many(len(truth), 'labelled picture')}.",
        f"Accuracy by the texts alone: {percent_interval(before.accuracy)}; with labels: "
        f"{percent_interval(after.accuracy)} ({after.source}).",
    ]
    made = dataclasses.replace(model, evaluation=after.to_dict(), card=_card(towers, data.task, said))
    return Taught(made, before, after, data.findings, len(truth))


def _seen(model: Model, items: Sequence[Item], workers: int | None, progress: Progress) -> Matrix:
    """(n, d) float32: what the classifier of a model sees of readable items."""

    def look(chunk: list[Item]) -> Matrix:
        return tree.embed(model.graph, [model.preparation.apply(item) for item in chunk])

    rows: list[Matrix] = []
    for part in ordered_map(look, chunks(items, BATCH), workers):
        rows.append(part)
        progress("looking at pictures", min(len(rows) * BATCH, len(items)), len(items))
    return np.concatenate(rows)


def _out_of_fold(X: Matrix, folds: Folds, texts: str) -> tuple[Indices, Probabilities]:
    """The rows that are held out in turn, and what texts and the labels of the others say of them, (m, k)."""
    rows, raw = [], []
    for fold in folds.tried():
        held, rest = folds.held(fold), folds.training(fold)
        rows.append(held)
        raw.append(held_out(ZeroShot(texts=texts).fit(X[rest], folds.truth[rest]), X[held], folds.k))
    return np.concatenate(rows), np.concatenate(raw)


def _answers(model: Model, X: Matrix) -> Probabilities:
    """(n, k): what a model says of rows that its embedding gave."""
    raw = tree.predict_proba(cast(Chain, model.graph).steps[-1], X, len(model.classes))
    return raw if model.calibration is None else model.calibration.apply(raw)


def _judged(
    probabilities: Probabilities, truth: Indices, data: Collected, groups: Indices | None, source: Source
) -> Evaluation:
    task = data.task
    return summarize(
        probabilities,
        truth,
        task.classes,
        source=source,
        groups=groups,
        positive=task.positive,
        cost_matrix=task.costs.matrix(task.classes),
        abstain=task.costs.abstain,
    )


def _card(towers: ImageText, task: Task, said: Sequence[str]) -> str:
    """A short model card: what it goes by, and what is known of it."""
    rows = [f"- {_plain(name)}: {_plain(task.texts.get(name, name))}" for name in task.classes[:100]]
    title = _plain(task.question) or "Image classifier"
    how = f"It tells classes by texts (zero-shot), with the network {towers.network.name}. The texts of its classes:"
    return "\n".join([f"# Model card: {title}", "", how, "", *rows, "", *said, ""])


def _plain(text: str) -> str:
    """Words of somebody on one line, without what Markdown would take for its own."""
    return "".join(letter for letter in " ".join(text.split()) if letter not in "\\`*_{}[]<>|#~&$!")[:300]
