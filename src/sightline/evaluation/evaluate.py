"""`sl.evaluate`: how good a model is on labelled pictures, by what it answers and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sightline.data.catalog import Catalog
from sightline.data.read import labelled
from sightline.data.store import content_digest
from sightline.errors import CatalogError, InputError
from sightline.evaluation.answers import Answers
from sightline.evaluation.figures import many
from sightline.evaluation.result import Evaluation
from sightline.evaluation.summarize import summarize
from sightline.findings import Finding
from sightline.inputs.source import Item, read_bytes
from sightline.parallel import Progress, silent
from sightline.pipeline.model import Model
from sightline.pipeline.prediction import Prediction

NAMED = 8
"""Classes named in a message; the evidence holds all of them."""


def evaluate(
    model: Model,
    catalog: str | Path | Catalog,
    *,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """Every metric of a model on a labelled catalog, with 95 % intervals that respect groups.

    A folder or a table is read as `read` does, all its parts; `catalog.part("test")` takes one.

    Groups are those of the model's task (a column, or a pattern of paths), else the catalog's own.

    Pictures that cannot be read and rows without a label are left out and said in the notes, as are pictures that the
    model was trained on. Classes without a picture are named there too; averages over classes are over the others.

    Raises:
        CatalogError: no labelled, readable picture, or a class that the model does not know.
    """
    return judge(model, labelled(catalog), seed=seed, workers=workers, progress=progress)[0]


def judge(
    model: Model,
    catalog: Catalog,
    *,
    seed: int = 0,
    workers: int | None = None,
    progress: Progress = silent,
) -> tuple[Evaluation, list[Prediction]]:
    """`evaluate`, and the answers: one for each row of the catalog."""
    catalog = _grouped(model, catalog).ordered_as(model.classes, of="model")
    answers: list[Prediction] = []
    for answer in model.stream(catalog, workers):
        answers.append(answer)
        progress("predicting", len(answers), len(catalog))
    rows = [row for row, one in enumerate(answers) if one.probabilities is not None and catalog.labels[row] >= 0]
    if not rows:
        raise CatalogError(f"{catalog.origin} holds no picture that has a label and can be read; give some")
    found = summarize(
        np.asarray([answers[row].probabilities for row in rows]),
        catalog.labels[rows],
        model.classes,
        source="test",
        groups=catalog.group_codes()[rows] if catalog.groups is not None else None,
        decisions=np.asarray([decision(answers[row], model.classes) for row in rows], np.int64),
        positive=model.task.positive,
        cost_matrix=model.task.costs.matrix(model.classes),
        abstain=model.task.costs.abstain,
        seed=seed,
    )
    missing = [finding.message for finding in missing_classes(found)]
    return found.with_notes(*missing, *_notes(model, catalog, answers, rows)), answers


def missing_classes(found: Evaluation) -> list[Finding]:
    """A warning that names the classes of which no picture was judged, if there are any."""
    names = found.without_pictures()
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    rest = len(found.classes) - len(names)
    message = (
        f"no picture of {', '.join(names[:NAMED])}{more} was judged: balanced accuracy and macro F1 are averages over "
        f"the {many(rest, 'class', 'classes')} with pictures"
    )
    remedy = "add pictures of each class; of those without, nothing is known"
    return [Finding("missing-class", "warning", message, remedy, {"classes": list(names)})]


def decision(answer: Prediction, classes: Sequence[str]) -> int:
    """The class number of an answer, -1 where it has none."""
    return -1 if answer.label is None else classes.index(answer.label)


MAX_ANSWERS = 20_000
"""Test pictures up to which answers are kept one by one; with more, intervals are narrow without pairing."""


def answered(catalog: Catalog, answers: Sequence[Prediction]) -> Answers | None:
    """The answers to labelled files, one by one; row i of `answers` speaks of row i of `catalog`.

    None where there are too many, or no files: pictures in memory have no digest that another run would know them by.
    """
    rows = [row for row, one in enumerate(answers) if one.probabilities is not None and catalog.labels[row] >= 0]
    if not rows or len(rows) > MAX_ANSWERS:
        return None
    pictures = [_digest(catalog.items[row])[:16].decode() for row in rows]
    if not any(pictures):
        return None
    groups = catalog.group_codes().tolist() if catalog.groups is not None else [-1] * len(catalog)
    return Answers(
        tuple(pictures),
        tuple(catalog.classes[catalog.labels[row]] for row in rows),
        tuple(answers[row].label or "" for row in rows),
        tuple(groups[row] for row in rows),
    )


def _grouped(model: Model, catalog: Catalog) -> Catalog:
    """In the groups of the model's task where the catalog knows them, else in its own."""
    try:
        return catalog.grouped(model.task.group, model.task.group_pattern)
    except CatalogError:  # no such column, or the pattern is in no path
        return catalog


def _notes(model: Model, catalog: Catalog, answers: list[Prediction], rows: list[int]) -> Iterator[str]:
    unreadable = sum(one.probabilities is None for one in answers)
    if unreadable:
        yield f"{many(unreadable, 'picture')} could not be read and {_are(unreadable)} left out"
    unlabelled = int((catalog.labels < 0).sum())
    if unlabelled:
        have = "has" if unlabelled == 1 else "have"
        yield f"{many(unlabelled, 'row')} {have} no label and {_are(unlabelled)} left out"
    known = trained_on(model, [catalog.items[row] for row in rows])
    if known:
        were = "was" if known == 1 else "were"
        yield f"{known} of {many(len(rows), 'picture')} {were} trained on; every figure here is flattered"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def trained_on(model: Model, items: Sequence[Item]) -> int:
    """How many of the items, as files, are among the pictures that the model was trained on."""
    if not len(model.fingerprints):
        return 0
    prints = fingerprints([_digest(item) for item in items])
    return int(np.isin(prints, model.fingerprints).sum())


def fingerprints(digests: Sequence[bytes]) -> np.ndarray:
    """(m,) uint64: the first 16 hexadecimal characters of each content digest; the zero digest for none."""
    return np.asarray([int(digest[:16] or b"0", 16) for digest in digests], np.uint64)


def _digest(item: Item) -> bytes:
    if isinstance(item, np.ndarray):
        return b""
    try:
        return content_digest(item if isinstance(item, bytes) else read_bytes(Path(item)))
    except InputError:
        return b""
