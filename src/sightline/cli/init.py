"""`sightline init`: write task.toml from the data and a few questions."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.options import Data
from sightline.cli.terminal import say
from sightline.errors import CatalogError, InputError

if TYPE_CHECKING:
    from sightline.data.catalog import Catalog
    from sightline.task import Task


def command(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Where to write it.")] = Path("task.toml"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take what the data says.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a task.toml from DATA plus a few questions."""
    from sightline.data.read import read
    from sightline.files import check_writable, write_whole
    from sightline.task import to_toml

    if os.path.exists(out) and not force:
        raise InputError(f"{out} exists; give another --out, or --force to overwrite it")
    check_writable(out)
    catalog = read(data)
    task = _task(catalog, ask=not yes and sys.stdin.isatty())
    write_whole(out, to_toml(task).encode())
    say(f"wrote {out}; read it, change it, then: sightline fit {data} --task {out}")


def _task(catalog: Catalog, ask: bool) -> Task:
    from sightline.evaluation.figures import many
    from sightline.task import Target, Task

    classes = catalog.classes
    if len(classes) < 2:
        raise CatalogError(
            f"{catalog.origin} holds {many(len(classes), 'class', 'classes')} {list(classes)}; allowed: at least two; "
            "add pictures of another class, each class in a folder or under a label of its own"
        )
    columns = list(catalog.metadata) + (["group"] if catalog.groups is not None else [])
    group = "group" if catalog.groups is not None else None
    if not ask:
        return Task(classes=classes, group=group)
    say(f"{many(len(catalog), 'picture')}, classes: {', '.join(classes)}")
    return Task(
        question=_ask("What question does one prediction answer", ""),
        classes=classes,
        positive=_choose("Which class must not be missed", classes),
        background=_ask("What do the pictures show besides the object", ""),
        group=_choose("Which column names what belongs together (piece, patient)", columns) or group,
        target=Target(
            where=_ask("Where will it run", "") or None,
            latency_ms=_number("Longest time for one picture in ms"),
            size_mb=_number("Largest model file in MB"),
        ),
    )


def _ask(question: str, default: str) -> str:
    answer: str = typer.prompt(f"{question} (empty: skip)", default=default, show_default=False, err=True)
    return answer.strip()


def _choose(question: str, names: tuple[str, ...] | list[str]) -> str | None:
    if not names:
        return None
    while True:
        answer = _ask(f"{question} [{', '.join(names)}]", "")
        if not answer or answer in names:
            return answer or None
        say(f'"{answer}" is none of them')


def _number(question: str) -> float | None:
    while True:
        answer = _ask(question, "")
        if not answer:
            return None
        try:
            value = float(answer)
        except ValueError:
            value = 0.0
        if value > 0:
            return value
        say(f'"{answer}" is no number above 0')
