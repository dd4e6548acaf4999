"""`sightline zeroshot`: classes told by what they are called; labels, where there are any, say how well."""

from __future__ import annotations

import dataclasses
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.cli.named import named_pictures, tell_unread
from sightline.cli.options import Json, TaskFile, Workers
from sightline.cli.terminal import print_json, progress_bar, say
from sightline.errors import CatalogError, InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sightline.data.catalog import Catalog
    from sightline.data.store import FeatureStore
    from sightline.deep.zeroshot.class_texts import ClassTexts
    from sightline.pipeline.model import Model
    from sightline.search.zero_shot import Taught
    from sightline.task import Task

USUAL_OUT = Path("model.sight")
SHOWN = 10
LABELS = ("label", "labels")
"""How the column of labels is called, or meant to be."""


def command(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Pictures to classify, or DATA with labels to learn from."),
    ] = None,
    classes: Annotated[
        str | None, typer.Option("--classes", help='"an intact mat, a broken mat", or "ok=an intact mat, torn=..."')
    ] = None,
    prompts: Annotated[
        str,
        typer.Option("--prompts", help='plain, photo, texture, satellite, medical, FILE, or "a photo of a {}."'),
    ] = "plain",
    backbone: Annotated[
        str | None, typer.Option("--backbone", help="FOLDER, hf-hub:ORGANIZATION/NAME, or ViT-B-32/openai.")
    ] = None,
    task: TaskFile = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Model to write; default: model.sight, none for pictures.")
    ] = None,
    allow_leaks: Annotated[bool, typer.Option("--allow-leaks", help="Go on with a picture in two parts.")] = False,
    cache: Annotated[Path, typer.Option("--cache", help="Where the exported towers are kept.")] = Path("runs/.cache"),
    workers: Workers = None,
    json: Json = False,
) -> None:
    """A classifier from the names of its classes alone; with labelled DATA, measured and improved by it."""
    from sightline.deep.zeroshot.image_text import image_text
    from sightline.deep.zeroshot.prompts import templates_of
    from sightline.files import check_writable
    from sightline.search.zero_shot import taught, untaught
    from sightline.task import Task

    templates, definition = templates_of(prompts), Task.load(task) if task else Task()
    data = _labelled(inputs or [])
    texts = _class_texts(classes, definition, data)
    paths = named_pictures(inputs) if inputs and data is None else []
    target = _target(out, bool(paths))
    if target is not None:
        check_writable(target)  # told before the work
    definition = _with_texts(definition, texts)
    found: Taught | None = None
    with progress_bar(quiet=json or (bool(paths) and len(paths) < 50)) as progress:
        towers = image_text(_asked(backbone), lambda: _kept(cache), progress)
        vectors = towers.texts(texts, templates, progress)
        if data is None:
            model = untaught(towers, vectors, definition)
        else:
            found = taught(
                towers, vectors, definition, data, allow_leaks=allow_leaks, workers=workers, progress=progress
            )
            model = found.model
    if target is not None:
        model.save(target)
    if paths:
        _predict(model, paths, workers, json, target)
    else:
        _tell(model, texts, templates, found, target, json)


def _labelled(inputs: Sequence[str]) -> Catalog | None:
    """The one input as labelled data, if that is what it is; None for pictures alone.

    Raises:
        CatalogError: a table with labels that cannot be used.
    """
    from sightline.data.read import read

    if len(inputs) == 1:
        try:
            return read(inputs[0])
        except CatalogError:
            columns = _columns(Path(inputs[0]))
            if any(name.lower() in LABELS for name in columns):
                raise
            if "path" in columns:
                say(f'{inputs[0]} has no column "label": its pictures are answered, and nothing is learned or measured')
    return None


def _columns(path: Path) -> Collection[str]:
    """The names of a table's columns; none of a picture, or of a folder, whose only flaw is that it has no classes."""
    from sightline.data.tables import TABLE_SUFFIXES, columns_of

    return () if os.path.isdir(path) or path.suffix.lower() not in TABLE_SUFFIXES else columns_of(path)


def _class_texts(asked: str | None, task: Task, data: Catalog | None) -> ClassTexts:
    """What the classes are called: as asked for, else by the task, else as the data names them.

    Raises:
        InputError: nobody names any, or other ones than the task or the data has.
    """
    from sightline.deep.zeroshot.class_texts import EXAMPLE, ClassTexts

    names = task.classes or (data.classes if data is not None else tuple(task.texts))
    if asked is not None:
        given = ClassTexts.of(asked)
        return given.for_folders(names, "the task" if task.classes else "the data") if names else given
    if not names:
        raise InputError(f"no classes were given; allowed: {EXAMPLE}, --task with [texts], or DATA of class folders")
    return ClassTexts.of_names(names, task.texts)


def _with_texts(task: Task, classes: ClassTexts) -> Task:
    return dataclasses.replace(task, classes=classes.names, texts=dict(zip(classes.names, classes.texts, strict=True)))


def _target(out: Path | None, pictures: bool) -> Path | None:
    """Where the model goes.

    Raises:
        InputError: another kind of file, or nobody named the one that is there.
    """
    if out is not None:
        if out.suffix != ".sight":
            raise InputError(f"--out {out.name} was given; allowed: a name that ends in .sight")
        return out
    if not pictures and USUAL_OUT.exists():
        raise InputError(f"{USUAL_OUT} is there already; give --out NAME.sight (the same name replaces it)")
    return None if pictures else USUAL_OUT


def _asked(backbone: str | None) -> str:
    """The towers that an argument, the environment or the hub's cache names.

    Raises:
        InputError: none of them does.
    """
    from sightline.deep.wanted import VARIABLE
    from sightline.deep.zeroshot.repository import EXAMPLE, at_hand, is_image_text

    if backbone is not None:
        return backbone
    named = os.environ.get(VARIABLE, "")
    found = named if named and is_image_text(named) else at_hand()
    if found is None:
        raise InputError(f"no network that knows texts is in the hub's cache; give --backbone: {EXAMPLE}")
    return found


def _kept(folder: Path) -> FeatureStore | None:
    from sightline.data.store import FeatureStore

    with suppress(OSError):  # keeping saves time, and is no reason to end
        return FeatureStore(folder)
    return None


def _predict(model: Model, paths: list[str], workers: int | None, json: bool, wrote: Path | None) -> None:
    """The rows that `sightline predict` writes."""
    from sightline.evaluation.tables import rows_of, to_csv

    answers = []
    with progress_bar(quiet=json or len(paths) < 50) as progress:
        for answer in model.stream(paths, workers):
            answers.append(answer)
            progress("predicting", len(answers), len(paths))
    if json:
        print_json(rows_of(answers, model.classes))
    else:
        print(to_csv(answers, model.classes), end="")
    tell_unread(len(answers), sum(answer.probabilities is None for answer in answers), wrote)


def _tell(
    model: Model, texts: ClassTexts, templates: Sequence[str], found: Taught | None, out: Path | None, json: bool
) -> None:
    from sightline.evaluation.figures import many, percent_interval

    if json:
        document: dict[str, Any] = {
            "out": str(out),
            "texts": dict(zip(texts.names, texts.texts, strict=True)),
            "templates": list(templates),
            "pipeline": repr(model.graph),
        }
        if found is not None:
            document |= {"before": found.before.to_dict(), "after": found.after.to_dict()}
            document["findings"] = [finding.to_dict() for finding in found.findings]
        print_json(document)
        return
    if found is None:
        say("nothing was measured: give DATA with labels, or sightline evaluate, to know how often it is right")
    else:
        for finding in [one for one in found.findings if one.severity != "info"][:SHOWN]:
            say(f"{finding.severity}: {finding.message}")
        for what, one in (("texts alone", found.before), (many(found.learned_from, "label"), found.after)):
            say(
                f"{what:14} accuracy {percent_interval(one.accuracy)}, balanced "
                f"{percent_interval(one.balanced_accuracy)}, {one.source}"
            )
    say(f"wrote {out}")
