"""A fit that starts from a trained network, here a tiny one as an ONNX file."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import sightline as sl
from sightline.errors import InputError
from sightline.pipeline.model import load
from sightline.search import fit as fit_module
from tests.networks import tiny


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(tiny.backbone(width=16, free=True))
    return path


def test_its_candidates_race_and_what_ships_carries_it(mats: Path, tmp_path: Path, backbone: Path) -> None:
    run = sl.fit(sl.read(mats), time_s=12, only="deep", backbone=backbone, out=tmp_path / "run")
    assert run.winner.name.startswith(("tiny", "weighted mean of tiny"))
    backbone.unlink()  # the model needs it no more
    again = load(tmp_path / "run" / "model.sight")
    items = list(sl.read(mats).items[:5])
    np.testing.assert_array_equal(again.predict_proba(items), run.model.predict_proba(items))
    alone = np.concatenate([again.predict_proba([item]) for item in items])
    np.testing.assert_array_equal(alone, again.predict_proba(items, workers=2))


def test_a_plan_makes_the_same_model_again(mats: Path, tmp_path: Path, backbone: Path) -> None:
    only = "Embedding(zoom=1.5) + Embedding(px=64) > LogisticRegression()"
    first = sl.fit(sl.read(mats), time_s=10, only=only, backbone=backbone, out=tmp_path / "run")
    plan = tmp_path / "run" / "plan.json"
    again = sl.fit(sl.read(mats), backbone=backbone, replay=plan, out=tmp_path / "again")
    assert again.model.digest == first.model.digest
    assert "tiny@" in json.dumps(json.loads(plan.read_text("utf-8")))


def test_embeddings_are_kept_between_runs(mats: Path, tmp_path: Path, backbone: Path) -> None:
    told: list[str] = []

    def progress(what: str, done: int, total: int | None) -> None:
        told.append(what)

    for name in ("first", "again"):
        told.clear()
        only = f"Embedding() > Prototypes(shrinkage={0.1 if name == 'first' else 0.2})"
        sl.fit(sl.read(mats), time_s=10, only=only, backbone=backbone, out=tmp_path / name, progress=progress)
    assert "describing pictures" not in told


def test_what_contradicts_itself_is_refused(mats: Path, tmp_path: Path, backbone: Path) -> None:
    with pytest.raises(InputError, match="beside --only classical"):
        sl.fit(sl.read(mats), only="classical", backbone=backbone, out=tmp_path / "run")
    with pytest.raises(InputError, match="cannot read"):
        sl.fit(sl.read(mats), backbone=tmp_path / "none.onnx", out=tmp_path / "run")
    assert not (tmp_path / "run").exists() and not (tmp_path / ".cache").exists()


def test_the_environment_may_name_it(mats: Path, backbone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_BACKBONE", str(backbone))
    run = sl.fit(sl.read(mats), time_s=8, only="Embedding() > Prototypes()")
    assert "tiny@" in repr(run.model.graph)


@pytest.mark.parametrize("kind", ["grey", "16 bit", "one of each class"])
def test_odd_pictures(kind: str, tmp_path: Path, backbone: Path) -> None:
    generator = np.random.default_rng(0)
    for number in range(2 if kind == "one of each class" else 16):
        folder = tmp_path / "data" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(0, 100 + 150 * (number % 2), (40, 50, 3), np.uint8)
        pixels = pixels[..., 0] if kind != "one of each class" else pixels
        cv2.imwrite(str(folder / f"{number}.png"), pixels.astype(np.uint16) * 257 if kind == "16 bit" else pixels)
    run = sl.fit(sl.read(tmp_path / "data"), time_s=8, only="Embedding() > Prototypes()", backbone=backbone)
    answers = run.model.predict([str(path) for path in sorted((tmp_path / "data").rglob("*.png"))])
    assert all(answer.probabilities is not None for answer in answers)


def test_where_only_networks_will_do_what_is_wrong_with_the_one_at_hand_is_said(
    mats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def at_hand(asked: object, kept: object, progress: object, needed: bool) -> tuple[None, list[object]]:
        seen.append(needed)
        raise InputError("cannot be used")

    monkeypatch.setattr(fit_module, "asked_or_at_hand", at_hand)
    for only, needed in (("deep", True), (None, False), ("Embedding() > Ridge()", False)):
        with pytest.raises(InputError, match="cannot be used"):
            sl.fit(mats, time_s=5, only=only)
        assert seen.pop() == needed


def test_a_pipeline_without_a_network_looks_for_none(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_BACKBONE", "nowhere.onnx")
    assert len(sl.fit(mats, time_s=5, only="HOG(size_px=32) > Ridge()").leaderboard) == 1
