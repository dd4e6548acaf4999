"""What comes after all others in a search of drawn mats, a drawn network that goes on training among it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import sightline as sl
from sightline.deep.weights.origins import remember_origin
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.search.collecting.budget import Budget
from sightline.search.improving.late import first_in_time
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.candidates import late_candidates
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.expectation import Expectation
from sightline.search.trying.limits import Limits
from sightline.search.trying.race import Race
from sightline.search.trying.trial import Trial
from sightline.task import Conditions
from tests.networks import tiny
from tests.search.comparisons import COLOR, LAYOUT, compared


def race(among: Comparison) -> tuple[Race, list[Trial]]:
    trials: list[Trial] = []
    found = Race(among, Expectation(among), trials, Limits())
    found.run([COLOR], sl.Preparation())
    return found, trials


def test_the_first_that_fits_is_tried_and_no_other() -> None:
    among = compared(12)
    runner, trials = race(among)
    others = [dataclasses.replace(LAYOUT, name=name, classify=f"Ridge(alpha={n + 1}.0)") for n, name in enumerate("ab")]
    first_in_time(runner, among, sl.Preparation(), 0, others)
    assert [one.name for one in trials] == ["color", "a"]


def test_without_time_each_says_what_it_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    among = dataclasses.replace(compared(12), budget=Budget(60, clock=lambda: 0.0))
    runner, trials = race(among)
    monkeypatch.setattr(Expectation, "trying_s", lambda *_, **__: 1000.0)
    first_in_time(runner, among, sl.Preparation(), 0, [LAYOUT])
    assert trials[-1].status == "skipped" and trials[-1].why.startswith("would take about 500 s; ")


def test_there_are_candidates_only_where_weights_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    network = remember(tiny.network(px=224, free=True))
    assert late_candidates(None, network) == ()
    monkeypatch.setattr("sightline.search.trying.transfer.has_origin", lambda network: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    found = late_candidates("deep", network, Conditions(rotation_deg=15, light=0))
    assert [one.name for one in found] == [
        "tiny fine-tuned + logistic regression", "tiny fine-tuned at 128 px + logistic regression",
    ]  # fmt: skip
    assert f"FineTuned(network='{network.key}', changes=Changes(rotation_deg=15, light=0))" in found[0].represent
    assert "px=128, changes=Changes(rotation_deg=15" in found[1].represent
    assert late_candidates("HOG", network) == late_candidates("classical", network) == late_candidates() == ()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert late_candidates(None, network) == ()


@pytest.fixture
def start(tmp_path: Path) -> Network:
    for name in ("torch", "timm"):
        pytest.importorskip(name, reason="the extra [deep] is not installed")
    from sightline.deep.export import exported
    from tests.deep.toys import recipe

    made = recipe(tmp_path)
    return remember_origin(remember(exported(made, "drawn")), made)


def test_a_network_is_tried_out_of_fold(start: Network) -> None:
    among = compared(12)
    runner, trials = race(among)
    tuned = Candidate("drawn fine-tuned", f"FineTuned(network='{start.key}', epochs=1)", "LogisticRegression()", 300)
    first_in_time(runner, among, sl.Preparation(), 0, [tuned])
    assert trials[-1].why == "" and trials[-1].record is not None
    assert len(trials[-1].record.index) == 12 and trials[-1].costs[0].learned_s > 0
    assert "Embedding(network='drawn-fine-tuned@" in repr(trials[-1].model.graph)  # type: ignore[union-attr]


def test_a_fit_ships_what_was_fine_tuned(
    start: Network, tmp_path: Path, mats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fold trains; the drawn network stands for what it exports, which would take seconds."""
    monkeypatch.setattr("sightline.deep.courses.fine_tuning.exported_module", lambda *_: start)
    only = f"FineTuned(network='{start.key}', epochs=1, changes=Changes(mirrored=False)) > LogisticRegression()"
    run = sl.fit(sl.read(mats), time_s=300, only=only, out=tmp_path / "run")
    assert f"Embedding(network='{start.key}')" in repr(run.model.graph)
    assert sl.load(tmp_path / "run" / "model.sight").digest == run.model.digest
