from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import sightline as sl
from tests.cli.test_verbs import error_line, run
from tests.pictures import write_folders


@pytest.fixture(scope="module")
def mats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folders(tmp_path_factory.mktemp("mats"), per_class=12, size=48, seed=1)


@pytest.fixture(scope="module")
def model(mats: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    sl.fit(sl.read(mats), time_s=8, only="HOG(size_px=32) > Ridge()", out=out)
    return out / "model.sight"


def test_the_table_names_the_nearest_and_what_could_not_be_read(model: Path, mats: Path, tmp_path: Path) -> None:
    picture = sorted((mats / "broken").iterdir())[0]
    done = run("similar", model, picture, tmp_path / "gone.jpg", "-k", 2)
    assert done.stdout == ""
    lines = [line.split() for line in done.stderr.splitlines()]
    (first,) = [line for line in lines if line.count(str(picture)) == 2]
    assert first[1:3] == ["1.000", "broken"]
    assert "no such file" in done.stderr and "2 pictures, 1 could not be read" in done.stderr
    assert len(lines) == 7  # title, header, two neighbors, one reason, the count, and no more


def test_json_is_one_document(model: Path, mats: Path) -> None:
    found = json.loads(run("similar", model, mats, "--json").stdout)
    assert len(found) == 24
    for one in found:
        assert one["reason"] is None and len(one["neighbors"]) == 5
        best = one["neighbors"][0]
        assert best["path"] == one["path"] and best["label"] == Path(one["path"]).parent.name
        assert best["similarity"] == pytest.approx(1, abs=1e-4)


def test_a_model_without_training_pictures_and_a_bad_k_are_one_line(model: Path, mats: Path, tmp_path: Path) -> None:
    dataclasses.replace(sl.load(model), reference=None).save(tmp_path / "bare.sight")
    assert "fit it again" in error_line(run("similar", tmp_path / "bare.sight", mats, code=2))
    assert "k is 0; allowed: 1 or more" in error_line(run("similar", model, mats, "-k", 0, code=2))
    assert "gone.sight" in error_line(run("similar", tmp_path / "gone.sight", mats, code=2))
