from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sightline as sl
from sightline.cli.fit import WHY, _cut, _score, _show, command
from sightline.errors import InputError
from sightline.metrics import Interval
from tests.pictures import mat


def test_time_begins_before_folders_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = sl.read([mat(16, seed) for seed in range(4)], labels=["ok", "bad"] * 2)
    listed: list[float] = []
    handed: dict[str, Any] = {}

    def read(*anything: object, **more: object) -> sl.Catalog:
        listed.append(time.perf_counter())
        return catalog

    def fit(*anything: object, **more: object) -> SimpleNamespace:
        handed.update(more)
        return SimpleNamespace(to_dict=dict, interrupted=False)

    monkeypatch.setattr("sightline.data.read.read", read)
    monkeypatch.setattr("sightline.search.fit.fit", fit)
    before = time.perf_counter()
    command(str(tmp_path), test=str(tmp_path), out=str(tmp_path / "run"), json=True)
    assert len(listed) == 2 and before <= handed["started"] <= listed[0]
    assert json.loads(capsys.readouterr().out) == {}


@pytest.mark.parametrize("given", [{"time": "9s"}, {"seed": 0}, {"only": "HOG"}])
def test_what_a_plan_says_is_not_said_twice(given: dict[str, Any], tmp_path: Path) -> None:
    (name,) = given
    with pytest.raises(InputError, match=f"--{name} given beside --replay"):
        command(str(tmp_path), replay=tmp_path / "plan.json", **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_latency": ""}, '"" is no latency'),
        ({"max_size": ""}, '"" is no size'),
        ({"out": " "}, '--out "" was given; allowed: a folder'),
    ],
)
def test_an_empty_value_is_not_as_if_none_was_given(given: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        command(str(tmp_path), **given)


def test_how_figures_were_found_is_said_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    pictures, labels = [mat(32, seed, broken=bool(seed % 2)) for seed in range(24)], ["ok", "bad"] * 12
    _show(sl.fit(sl.read(pictures, labels=labels), time_s=8, only="HOG(size_px=32) > Ridge()"))
    said = capsys.readouterr()
    assert "on 24 pictures, estimated by cross-validation\n" in said.out + said.err  # one alone is not chosen


def test_a_reason_is_one_line_of_the_table() -> None:
    assert _cut("no time left") == "no time left"
    long = "FisherVector was given a picture\nof 8 x 8 pixels; allowed: " + "at least one descriptor of each, " * 9
    cut = _cut(long)
    assert len(cut) <= WHY and "\n" not in cut and cut.endswith("…") and long.replace("\n", " ").startswith(cut[:-1])


def test_no_cost_at_all_is_no_minus_zero() -> None:
    assert _score(Interval(-0.0, -0.5, -0.0), cost=True) == "0 (-0.5 to 0)"
