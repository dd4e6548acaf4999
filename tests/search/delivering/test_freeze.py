from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.pipeline.model import Model
from sightline.search.collecting import collect as collect_module
from sightline.search.collecting import ladder as ladder_module
from sightline.search.delivering import freeze as freeze_module
from sightline.search.delivering.freeze import Freezer
from sightline.search.improving.blend import mean_of
from sightline.search.trying import race as race_module
from sightline.search.trying.attempt import attempt
from sightline.search.trying.expectation import Expectation
from tests.pictures import write_folders
from tests.search.comparisons import LAYOUT, WORDS, compared

ONLY = "HOG(size_px=32) > Ridge()"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("many"), per_class=60, size=32, seed=3)


def few_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first rung of 40 pictures, and no time to climb to the next."""
    monkeypatch.setattr(ladder_module, "LEAST", 40)
    monkeypatch.setattr(ladder_module, "FOR_A_CLASS", 1)
    monkeypatch.setattr(race_module, "CLIMB", -1.0)


def test_candidates_are_compared_on_a_sample_and_the_winner_learns_from_all(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_are_compared(monkeypatch)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY)
    assert run.evaluation.n == 40
    (finding,) = [one for one in run.findings if one.kind == "compared-on-a-sample"]
    assert finding.evidence == {"compared": 40, "pictures": 120}
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
    few_are_compared(monkeypatch)
    monkeypatch.setattr(freeze_module, "RESERVE", 0.0)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY)
    (finding,) = [one for one in run.findings if one.kind == "learned-from-a-sample"]
    assert finding.evidence == {"pictures": 40}


def test_of_very_many_pictures_one_third_is_held_out(
    many: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(collect_module, "MANY", 100)
    run = sl.fit(sl.read(many), time_s=30, only=ONLY, out=tmp_path / "run")
    assert run.evaluation.n == 40
    assert "one third held out" in (tmp_path / "run" / "report.html").read_text("utf-8")


@pytest.mark.parametrize("only", [ONLY, "DenseSIFT() > VLAD(words=4) > PCA(components=20) > LinearSVM()"])
def test_a_training_picture_is_most_like_itself(only: str, many: Path, tmp_path: Path) -> None:
    catalog = sl.read(many)
    run = sl.fit(catalog, time_s=30, only=only, out=tmp_path / "run")
    model = sl.load(tmp_path / "run" / "model.sight")
    reference = model.reference
    assert reference is not None and sorted(reference.sources or ()) == sorted(map(str, catalog.items))
    for row in range(0, len(catalog), 17):
        first, second = model.similar(catalog.items[row], 2)
        assert first.source == str(catalog.items[row]) and first.label == catalog.classes[catalog.labels[row]]
        assert first.similarity == pytest.approx(1, abs=1e-4) and second.similarity < first.similarity
    assert run.model.similar(catalog.items[0]) == model.similar(catalog.items[0])


def test_beyond_the_limit_a_sample_of_each_class_is_remembered(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze_module, "LIMIT", 30)
    reference = sl.fit(sl.read(many), time_s=30, only=ONLY).model.reference
    assert reference is not None and (len(reference), reference.pictures) == (30, 120)
    assert np.bincount(reference.labels).tolist() == [15, 15]


@pytest.mark.parametrize("augment", ["none", "mirrored"])
def test_members_are_remembered_as_the_model_embeds_them(augment: str) -> None:
    among = compared()
    trials = [
        attempt(among, dataclasses.replace(one, augment=augment), sl.Preparation(), 36, sure=True)
        for one in (LAYOUT, WORDS)
    ]
    frozen = Freezer(among, Expectation(among)).freeze(mean_of(among, trials, [0.5, 0.5]))
    model = Model(among.data.task, sl.Preparation(), frozen.graph, reference=frozen.reference)
    items = among.data.training.items
    assert frozen.learned_from == len(frozen.reference) == len(items) == 36
    assert frozen.reference.width == model.embed(items).shape[1]
    for row, item in enumerate(items):
        (found,) = model.similar(item, 1)
        assert found.source == f"array {row}" and found.similarity == pytest.approx(1, abs=1e-4)
