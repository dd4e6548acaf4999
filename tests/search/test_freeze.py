from __future__ import annotations

from pathlib import Path

import pytest

import sightline as sl
from sightline.search import collect as collect_module
from sightline.search import fit as fit_module
from sightline.search import freeze as freeze_module
from tests.pictures import write_folders

ONLY = "HOG(size_px=32) > Ridge()"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("many"), per_class=60, size=32, seed=3)


def test_candidates_are_compared_on_a_sample_and_the_winner_learns_from_all(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "LEAST_COMPARED", 50)
    monkeypatch.setattr(fit_module, "COMPARED_A_SECOND", 1)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY)
    assert run.evaluation.n == 50
    (finding,) = [one for one in run.findings if one.kind == "compared-on-a-sample"]
    assert finding.evidence == {"compared": 50, "pictures": 120}
    assert not [one for one in run.findings if one.kind == "learned-from-a-sample"]
    assert len(run.model.fingerprints) == 120


def test_without_memory_for_all_it_learns_from_what_fits_and_says_so(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze_module, "rows_in_memory", lambda width: 80)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY)
    (finding,) = [one for one in run.findings if one.kind == "learned-from-a-sample"]
    assert finding.evidence == {"pictures": 80} and "80 of 120" in finding.message


def test_without_time_for_all_it_learns_from_at_least_what_was_compared(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "LEAST_COMPARED", 50)
    monkeypatch.setattr(fit_module, "COMPARED_A_SECOND", 1)
    monkeypatch.setattr(freeze_module, "RESERVE", 0.0)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY)
    (finding,) = [one for one in run.findings if one.kind == "learned-from-a-sample"]
    assert finding.evidence == {"pictures": 50}


def test_of_very_many_pictures_one_third_is_held_out(
    many: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(collect_module, "MANY", 100)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY, out=tmp_path / "run")
    assert run.evaluation.n == 40
    assert "one third held out" in (tmp_path / "run" / "report.html").read_text("utf-8")
