"""The task definition: what to tell apart, under which conditions, where it runs, what mistakes cost.

`task.toml` is read strictly: an unknown key is an error that names the nearest known one. A key that nothing consumes
yet is listed in `NOT_CONSUMED`, one that nothing is measured under in `NOT_MEASURED`: both yield the finding "declared,
not checked".
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from sightline.errors import TaskError, nearest
from sightline.files import read_small
from sightline.findings import Finding

MAX_TASK_BYTES = 1_000_000
MAX_BLUR_PX = 1e3
MAX_TEXT_LETTERS = 300
"""Of the text of a class: networks read 64 or 77 tokens."""

NOT_CONSUMED = ("background", "target.where", "costs.look")
"""Keys that no part of the program acts on yet; whoever builds that part removes its key here."""
NOT_MEASURED = (
    "conditions.rotation_deg",
    "conditions.light",
    "conditions.scale",
    "conditions.occlusion",
    "conditions.blur_px",
)
"""Keys that say what networks are trained with, while no figure tells yet how answers bear it."""


@dataclasses.dataclass(frozen=True)
class Conditions:
    """What varies in operation, as the largest change to expect either way.

    Attributes:
        rotation_deg: rotation in the picture plane, 0 to 180 degrees.
        light: relative change of brightness, 0 to 1.
        scale: relative change of size, 0 to 1.
        occlusion: hidden part of the object, 0 to 1.
        blur_px: radius of blur in pixels of the picture as it comes.
    """

    rotation_deg: float | None = None
    light: float | None = None
    scale: float | None = None
    occlusion: float | None = None
    blur_px: float | None = None

    def __post_init__(self) -> None:
        most = {"rotation_deg": 180, "light": 1, "scale": 1, "occlusion": 1, "blur_px": MAX_BLUR_PX}
        _check_range(self, "conditions", most)


@dataclasses.dataclass(frozen=True)
class Target:
    """Where the model will run and what it may cost there; None is no limit.

    Attributes:
        where: a word for the machine ("line PC", "server", "edge").
        latency_ms: median time from one picture file to its answer.
        memory_mb: peak memory of a process that loads the model and predicts.
        size_mb: size of model.sight.
    """

    where: str | None = None
    latency_ms: float | None = None
    memory_mb: float | None = None
    size_mb: float | None = None

    def __post_init__(self) -> None:
        _check_range(self, "target", {"latency_ms": 1e9, "memory_mb": 1e9, "size_mb": 1e9}, above_zero=True)


@dataclasses.dataclass(frozen=True)
class Costs:
    """What each outcome costs, in one unit of the user's choice; a right answer costs nothing.

    Attributes:
        mistakes: true class -> predicted class -> cost. A pair that is not given costs 1.
        abstain: cost of answering "I don't know"; None: the model always answers.
        look: cost of a manual look.
    """

    mistakes: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)
    abstain: float | None = None
    look: float | None = None

    def __post_init__(self) -> None:
        _check_range(self, "costs", {"abstain": 1e12, "look": 1e12})
        for true, row in self.mistakes.items():
            if not isinstance(row, Mapping):
                raise TaskError(f"costs.mistakes.{true} is {row!r}; allowed: a table of predicted class = cost")
            for predicted, cost in row.items():
                where = f"costs.mistakes.{true}.{predicted}"
                _check_number(where, cost, 1e12)
                if true == predicted and cost != 0:
                    raise TaskError(f"{where} is {cost}; a right answer costs nothing: remove that line")

    def given(self) -> bool:
        """Whether decisions follow from costs rather than from the likeliest class."""
        return bool(self.mistakes) or self.abstain is not None

    def matrix(self, classes: tuple[str, ...]) -> npt.NDArray[np.float64] | None:
        """(k, k) float64, rows true, columns decided, zero diagonal; None where no costs are given."""
        if not self.given():
            return None
        matrix = 1.0 - np.eye(len(classes))
        for true, row in self.mistakes.items():
            for predicted, cost in row.items():
                matrix[classes.index(true), classes.index(predicted)] = cost
        return matrix


@dataclasses.dataclass(frozen=True)
class Task:
    """A task definition; every field has a default, so `Task()` asks for nothing.

    Attributes:
        question: the question that one prediction answers.
        classes: labels in the order of every probability row; empty: taken from the data, sorted.
        positive: the class whose recall and precision are headlines ("broken").
        background: what the pictures show besides the object.
        group: catalog column whose equal values must stay on one side of a split (piece, patient, recording).
        group_pattern: regular expression; its first group, searched in the path, is the group.
        conditions, target, costs: see their classes.
        texts: class -> what its pictures show, in words ("a mat with a tear"), for networks that know texts; a class
            that has none is described by its name.
    """

    question: str = ""
    classes: tuple[str, ...] = ()
    positive: str | None = None
    background: str = ""
    group: str | None = None
    group_pattern: str | None = None
    conditions: Conditions = dataclasses.field(default_factory=Conditions)
    target: Target = dataclasses.field(default_factory=Target)
    costs: Costs = dataclasses.field(default_factory=Costs)
    texts: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.classes)) != len(self.classes):
            raise TaskError(f"classes = {list(self.classes)} names a class twice; name each once")
        if self.classes and len(self.classes) < 2:
            raise TaskError(f"classes = {list(self.classes)}; allowed: at least two")
        self._check_texts()
        self._check_pattern()
        if self.classes:
            self._check_names()

    def _check_texts(self) -> None:
        for name, text in self.texts.items():
            if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT_LETTERS:
                raise TaskError(
                    f"texts.{name} is {str(text)[:80]!r}; allowed: words for what the pictures of the class show, up "
                    f"to {MAX_TEXT_LETTERS} letters"
                )

    def _check_pattern(self) -> None:
        if self.group_pattern is None:
            return
        try:
            groups = re.compile(self.group_pattern).groups
        except re.error as error:
            raise TaskError(f"group_pattern {self.group_pattern!r} is no regular expression: {error}") from None
        if groups < 1:
            raise TaskError(f"group_pattern {self.group_pattern!r} has no (group); put the group's part in ( )")

    def _check_names(self) -> None:
        named = {"positive": [self.positive] if self.positive else [], "texts": list(self.texts)}
        named["costs.mistakes"] = [*self.costs.mistakes, *(p for row in self.costs.mistakes.values() for p in row)]
        for where, names in named.items():
            for name in names:
                if name not in self.classes:
                    raise TaskError(f'{where} names the class "{name}"; {nearest(name, self.classes)}')

    def with_classes(self, classes: tuple[str, ...]) -> Task:
        """This task with `classes` where it names none itself; costs and `positive` are checked against them."""
        return self if self.classes else dataclasses.replace(self, classes=classes)

    def unchecked(self) -> list[Finding]:
        """One finding for each declared key that nothing consumes yet, or that nothing is measured under."""
        trained = (
            "networks that the search trains see pictures changed as far, but nothing measures how answers bear it"
        )
        why = dict.fromkeys(NOT_CONSUMED, "nothing acts on it yet") | dict.fromkeys(NOT_MEASURED, trained)
        plain = self.to_dict()
        found = []
        for key, reason in why.items():
            value: Any = plain
            for part in key.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
            if value not in (None, ""):
                message = f"task key {key} = {value!r} is declared, not checked: {reason}"
                found.append(Finding("declared-not-checked", "info", message, "do not rely on it", {"key": key}))
        return found

    def to_dict(self) -> dict[str, Any]:
        """A JSON-serializable form that `from_dict` reads back; fields at their default are left out."""
        plain = dataclasses.asdict(self)
        plain["classes"] = list(self.classes)
        plain["texts"] = dict(self.texts)
        plain["costs"]["mistakes"] = {true: dict(row) for true, row in self.costs.mistakes.items()}
        kept: dict[str, Any] = _without_empty(plain)
        return kept

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read a table as `task.toml` holds it.

        Raises:
            TaskError: an unknown key (the message names the nearest), a wrong type, a value out of range.
        """
        values = _known(cls, plain, "")
        if "classes" in values:
            values["classes"] = _names(values["classes"])
        if not isinstance(values.get("texts", {}), Mapping):
            raise TaskError(f"texts is {values['texts']!r}; allowed: a table of class = text")
        for name, part in (("conditions", Conditions), ("target", Target), ("costs", Costs)):
            if name in values:
                values[name] = part(**_known(part, values[name], f"{name}."))
        for name in ("question", "positive", "background", "group", "group_pattern"):
            if not isinstance(values.get(name, ""), str):
                raise TaskError(f"{name} is {values[name]!r}; allowed: a text in quotes")
        return cls(**values)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read `task.toml`.

        Raises:
            TaskError: the file is missing, no TOML, or holds something a task does not.
        """
        try:
            raw = read_small(Path(path), MAX_TASK_BYTES)
        except OSError as error:
            raise TaskError(
                f"cannot read the task {path}: {error.strerror}; `sightline init DATA` writes one"
            ) from None
        if len(raw) > MAX_TASK_BYTES:
            raise TaskError(f"{path} is larger than {MAX_TASK_BYTES:,} bytes; that is no task definition")
        try:
            return cls.from_dict(tomllib.loads(raw.decode()))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise TaskError(f"{path} is no valid TOML: {error}") from None
        except TaskError as error:
            raise TaskError(f"{path}: {error}") from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `task.toml`, with every key that is not set as a comment, so that the file explains itself."""
        Path(path).write_text(to_toml(self), encoding="utf-8")


def to_toml(task: Task) -> str:
    """The text of `task.toml`."""
    lines = [
        "# What to tell apart, under which conditions, where it runs, what mistakes cost.",
        _line("question", task.question or None, '"is the mat normal or broken?"'),
        _line("classes", list(task.classes) or None, '["normal", "broken"]  # the order of every probability row'),
        _line("positive", task.positive, '"broken"  # its recall and precision become headlines'),
        _line("background", task.background or None, '"grey conveyor belt"'),
        _line("group", task.group, '"piece"  # catalog column: equal values stay on one side of every split'),
        _line("group_pattern", task.group_pattern, "'piece(\\d+)_'  # or: a pattern searched in the path"),
        "",
        "[conditions]  # the largest change to expect in operation, either way",
    ]
    hints = {"rotation_deg": "15", "light": "0.3", "scale": "0.2", "occlusion": "0.1", "blur_px": "1.5"}
    lines += [_line(name, getattr(task.conditions, name), hint) for name, hint in hints.items()]
    lines += ["", "[target]  # limits on the machine that will run the model"]
    hints = {"where": '"line PC"', "latency_ms": "20", "memory_mb": "500", "size_mb": "10"}
    lines += [_line(name, getattr(task.target, name), hint) for name, hint in hints.items()]
    lines += ["", "[costs]  # in one unit of your choice; a right answer costs nothing, a mistake not named costs 1"]
    hints = {"abstain": '0.3  # the answer "I don\'t know"', "look": "0.5  # a manual look"}
    lines += [_line(name, getattr(task.costs, name), hint) for name, hint in hints.items()]
    for true, row in task.costs.mistakes.items():
        lines += ["", f"[costs.mistakes.{_quote(true)}]  # true class; below: predicted class = cost"]
        lines += [f"{_quote(predicted)} = {cost!r}" for predicted, cost in row.items()]
    lines += ["", "[texts]  # what the pictures of a class show, in words, for networks that know texts"]
    lines += [f"{_quote(name)} = {_quote(text)}" for name, text in task.texts.items()] or [
        '# broken = "a mat with a tear"'
    ]
    return "\n".join(lines) + "\n"


def _line(name: str, value: Any, hint: str) -> str:
    if value is None:
        return f"# {name} = {hint}"
    if isinstance(value, list):
        return f"{name} = [{', '.join(map(_quote, value))}]"
    return f"{name} = {_quote(value) if isinstance(value, str) else repr(value)}"


def _quote(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _without_empty(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    kept = {key: _without_empty(inner) for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner not in (None, "", [], {})}


def _known(cls: type[Any], plain: Any, where: str) -> dict[str, Any]:
    if not isinstance(plain, Mapping):
        raise TaskError(f"{where.rstrip('.') or 'a task'} is {plain!r}; allowed: a table of keys and values")
    names = [field.name for field in dataclasses.fields(cls)]
    for key in plain:
        if key not in names:
            raise TaskError(f'unknown key "{where}{key}"; {nearest(key, names)}')
    return dict(plain)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) and name for name in value):
        raise TaskError(f'classes is {value!r}; allowed: a list of names, ["normal", "broken"]')
    return tuple(value)


def _check_range(part: object, where: str, limits: Mapping[str, float], above_zero: bool = False) -> None:
    for name, highest in limits.items():
        value = getattr(part, name)
        if value is not None:
            _check_number(f"{where}.{name}", value, highest)
            if above_zero and value == 0:
                raise TaskError(f"{where}.{name} is 0; allowed: more than 0")


def _check_number(where: str, value: Any, highest: float) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= highest:
        raise TaskError(f"{where} is {value!r}; allowed: a number from 0 to {highest:g}")
