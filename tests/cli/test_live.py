from __future__ import annotations

import dataclasses
import io
from typing import Any

import pytest
from rich.console import Console

import sightline as sl
from sightline.cli import live
from sightline.metrics import Interval
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.trial import Trial


def trial(name: str, score: float | None, pictures: int = 100, why: str = "") -> Trial:
    interval = None if score is None else Interval(score, score - 0.02, score + 0.02)
    member = Candidate(name, "HOG()", "Ridge()", 1)
    return Trial((member,), sl.Preparation(), score=interval, latency_ms=1.25, pictures=pictures, why=why)


def drawn(table: Any) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(table.drawn())
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def test_the_best_on_most_pictures_stand_first() -> None:
    table = live._Table(120)
    assert "left" in drawn(table)
    table.progress("describing pictures", 16, 1200)
    for one in (trial("few", 0.99, 50), trial("good", 0.9), trial("[bold]", 0.8), trial("failed", None)):
        table.told(one)
    lines = drawn(table).splitlines()
    assert "describing pictures 16/1,200" in lines[0] and ("2:00" in lines[0] or "1:59" in lines[0])
    assert [line.split()[0] for line in lines[2:]] == ["good", "[bold]", "few"]
    assert "90.0 % (88.0 to 92.0)" in lines[2] and "1.2 ms" in lines[2]


def test_no_more_than_a_few_are_shown() -> None:
    table = live._Table(120)
    for number in range(30):
        table.told(trial(f"candidate {number}", number / 100))
    assert len(drawn(table).splitlines()) == 2 + live.SHOWN


def test_a_cost_is_no_percentage_not_even_none_at_all() -> None:
    assert live._score(trial("x", -0.25), costs=True) == "-0.25 (-0.27 to -0.23)"
    free = dataclasses.replace(trial("x", 0.0), score=Interval(-0.0, -0.5, -0.0))
    assert live._score(free, costs=True) == "0 (-0.5 to 0)"
    table = live._Table(60, costs=True)
    table.told(free)
    assert "%" not in drawn(table).splitlines()[-1]


def test_a_log_of_costs(capsys: pytest.CaptureFixture[str]) -> None:
    with live.watching(60, quiet=False, costs=True) as watcher:
        watcher.told(trial("good", 0.0))
    assert capsys.readouterr().err == "good, 100 pictures: 0 (-0.02 to 0.02), 1.2 ms\n"


def test_a_log_has_a_line_for_each_trial(capsys: pytest.CaptureFixture[str]) -> None:
    with live.watching(60, quiet=False) as watcher:  # standard error is no terminal here
        watcher.told(trial("good", 0.9))
        watcher.told(trial("odd", None, why="was given something odd"))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "good, 100 pictures: 90.0 % (88.0 to 92.0), 1.2 ms",
        "odd, 100 pictures: was given something odd, 1.2 ms",
    ]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with live.watching(60, quiet=True) as watcher:
        watcher.told(trial("good", 0.9))
        watcher.progress("describing pictures", 1, 2)
    assert capsys.readouterr().err == ""
