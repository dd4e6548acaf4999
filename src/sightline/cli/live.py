"""What a person sees of a search while it runs: who leads, by how much, and how much time is left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from sightline.cli.terminal import Onwards, log_lines, on_a_terminal, percent, say
from sightline.parallel import silent

if TYPE_CHECKING:
    from sightline.search.trying.trial import Trial

SHOWN = 8
"""Candidates in the live table: the best ones; the leaderboard that follows has all."""


class Watcher(Protocol):
    """Told of stages and of trials."""

    def progress(self, what: str, done: int, total: int | None) -> None:
        """A stage of the work."""

    def told(self, trial: Trial) -> None:
        """A trial is done."""


@contextmanager
def watching(time_s: float, quiet: bool, costs: bool = False) -> Iterator[Watcher]:
    """A live table on a terminal; elsewhere lines that a log can keep; nothing when `quiet`.

    Args:
        time_s: what a countdown starts from.
        quiet: say nothing.
        costs: the task has costs, so that scores are minus a cost and no share.
    """
    if quiet:
        yield _Nobody()
    elif not on_a_terminal():
        yield _Lines(costs)
    else:
        from rich.live import Live

        table = _Table(time_s, costs)
        with Live(get_renderable=table.drawn, console=table.console, refresh_per_second=4, transient=True):
            yield table


class _Nobody:
    def progress(self, what: str, done: int, total: int | None) -> None:
        silent(what, done, total)

    def told(self, trial: Trial) -> None:
        pass


class _Lines:
    def __init__(self, costs: bool) -> None:
        self.progress = log_lines()
        self._costs = costs

    def told(self, trial: Trial) -> None:
        score, latency = _score(trial, self._costs), _latency(trial)
        say(f"{trial.name}, {trial.pictures:,} pictures: {score or trial.why}{latency and ', ' + latency}")


class _Table:
    """The best trials so far under a line that says what is done now and what time is left."""

    def __init__(self, time_s: float, costs: bool = False) -> None:
        from rich.console import Console

        self.console = Console(stderr=True)
        self._end = time.monotonic() + time_s
        self._stage = ("", 0, 0)
        self._onwards = Onwards()
        self._trials: list[Trial] = []
        self._costs = costs

    def progress(self, what: str, done: int, total: int | None) -> None:
        self._stage = (what, self._onwards(what, done, total), total or 0)

    def told(self, trial: Trial) -> None:
        self._trials.append(trial)

    def drawn(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        what, done, total = self._stage
        left = max(0, round(self._end - time.monotonic()))
        line = Text(f"{left // 60}:{left % 60:02} left  ", style="bold")
        line.append(what if not total else f"{what} {done:,}/{total:,}", style="not bold")
        if not self._trials:
            return line
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name, side in (
            ("best so far", "left"),
            ("pictures", "right"),
            ("score (95 %)", "left"),
            ("latency", "right"),
        ):
            table.add_column(name, justify=side, no_wrap=True, overflow="ellipsis")  # type: ignore[arg-type]
        for trial in _best(self._trials):
            table.add_row(Text(trial.name), f"{trial.pictures:,}", _score(trial, self._costs), _latency(trial))
        return Group(line, table)


def _best(trials: list[Trial]) -> list[Trial]:
    scored = [trial for trial in list(trials) if trial.score is not None]
    return sorted(scored, key=lambda trial: (-trial.pictures, -(trial.score.value if trial.score else 0)))[:SHOWN]


def _score(trial: Trial, costs: bool) -> str:
    if trial.score is None:
        return ""
    value, low, high = trial.score.value, trial.score.low, trial.score.high
    if costs:
        return f"{value + 0.0:.3g} ({low + 0.0:.3g} to {high + 0.0:.3g})"  # minus a cost; adding 0 makes no -0 of none
    return f"{percent(value)} ({100 * low:.1f} to {100 * high:.1f})"


def _latency(trial: Trial) -> str:
    return "" if trial.latency_ms is None else f"{trial.latency_ms:.1f} ms"
