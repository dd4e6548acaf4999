"""What a person sees: lines on standard error, progress bars, tables. Results alone go to standard output."""

from __future__ import annotations

import json
import math
import re
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sightline.errors import InputError
from sightline.parallel import Progress, silent

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_LATENCY = {"": 1.0, "ms": 1.0, "us": 1e-3, "s": 1e3}
_SIZE = {"": 1.0, "kb": 1e-3, "mb": 1.0, "gb": 1e3}
MOST = 1e9
"""Of a time in seconds, a latency in milliseconds, a size in megabytes: what is larger was mistyped."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def say(line: str) -> None:
    """One line on standard error; control characters, of names of files and classes, are made visible."""
    if sys.stderr is not None:  # None where it was closed before we began
        sys.stderr.write(f"{visible(line)}\n")  # in one piece, or lines of two threads mix


def visible(text: str) -> str:
    r"""Text on one line that leaves the terminal alone: what controls it, or turns reading around, as its escape.

    >>> visible("torn\nmat")
    'torn\\nmat'
    """
    return _CONTROLS.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def print_json(plain: Any) -> None:
    """One JSON document on standard output."""
    unicode = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    print(json.dumps(plain, ensure_ascii=not unicode, indent=1, allow_nan=False))


def seconds(text: str) -> float:
    """ "90s", "2m", "1.5h" or plain seconds."""
    return _quantity(text, _UNITS, "s", "a time", "90s, 2m, 1h")


def milliseconds(text: str) -> float:
    """ "20ms", "0.5s" or plain milliseconds."""
    return _quantity(text, _LATENCY, "ms", "a latency", "20ms, 0.5s")


def megabytes(text: str) -> float:
    """ "10MB", "500kB" or plain megabytes (10^6 bytes)."""
    return _quantity(text, _SIZE, "MB", "a size", "10MB, 500kB")


def _quantity(text: str, units: dict[str, float], unit: str, what: str, examples: str) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", text)
    if match is None or match.group(2).lower() not in units:
        raise InputError(f'"{text}" is no {what.split(" ", 1)[1]}; allowed: {examples}')
    value = float(match.group(1)) * units[match.group(2).lower()]
    if value > MOST:
        raise InputError(f'"{text[:40]}" is too large for {what}; allowed: up to {MOST:.0f} {unit}, as {examples}')
    return value


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """A live line on a terminal; elsewhere a plain line now and then, so that logs stay readable."""
    if quiet:
        yield silent
    elif on_a_terminal():
        with _live() as progress:
            yield progress
    else:
        yield log_lines()


def on_a_terminal() -> bool:
    """Whether standard error is watched by a person."""
    return sys.stderr.isatty()


def log_lines() -> Progress:
    """Progress for logs: each stage once, then every ten seconds, and its end."""
    return _Lines()


class Onwards:
    """What several threads say of one stage, counted onwards: who began first may be heard later.

    A stage is what has the same first word and the same end ("trying A on 480 pictures 0/15", "trying B ... 1/15").
    """

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, int], int] = {}

    def __call__(self, what: str, done: int, total: int | None) -> int:
        """How much is done at least, now that `done` was heard; a stage that had ended begins anew."""
        if total is None:
            return done
        stage = what.partition(" ")[0], total
        done = max(done, self._under_way.pop(stage, 0))
        if done < total:
            self._under_way[stage] = done
        return done


class _Lines:
    """Progress for logs: each stage once, then every ten seconds, and its end."""

    def __init__(self) -> None:
        self._what = ""
        self._last = 0.0
        self._ended = False
        self._onwards = Onwards()
        self._lock = threading.Lock()

    def __call__(self, what: str, done: int, total: int | None) -> None:
        with self._lock:
            done = self._onwards(what, done, total)
            now = time.monotonic()
            new = what != self._what
            ends = total is not None and done >= total
            if new or now - self._last > 10 or (ends and not self._ended):
                self._what, self._last = what, now
                say(f"{what} {done:,}/{total:,}" if total else what)
            self._ended = ends


@contextmanager
def _live() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(what: str, done: int, total: int | None) -> None:
            from rich.markup import escape

            stage = "search" if what.startswith("trying") else "detail"
            if stage not in tasks:
                tasks[stage] = bars.add_task(escape(what), total=total)
            bars.update(tasks[stage], description=escape(what), completed=done, total=total)

        yield show


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
    """A table on standard error, as wide as the terminal; a row stays a row, whatever names its cells hold."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = escape(visible(title))
    table = Table(title=shown, title_justify="left", box=None, pad_edge=False, header_style="bold", title_style="bold")
    for number, name in enumerate(header):
        table.add_column(escape(name), justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(visible(cell)) for cell in row))
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = 140  # a log has no width of its own; 80 would fold every row
    console.print(table)


def percent(value: float) -> str:
    """0.931 as "93.1 %"; a dash where there is no number."""
    return f"{100 * value:.1f} %" if math.isfinite(value) else "\N{EN DASH}"
