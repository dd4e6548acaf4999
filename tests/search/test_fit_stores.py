"""The cache beside the runs is for speed: whatever is wrong with it, a fit goes on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sightline as sl
from sightline.data import store as store_module
from sightline.preparation.preparation import Preparation
from sightline.search import fit as module
from sightline.search.trying.trial import Trial
from tests.pictures import noise

ONLY = "HOG(size_px=32) > LinearSVM()"


def refusing_to_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache can be made, as with --out /out: the folder beside it is "/.cache"."""
    mkdir = Path.mkdir

    def refused(path: Path, *given: Any, **more: Any) -> None:
        if path.name == ".cache":
            raise PermissionError(13, "Permission denied")
        mkdir(path, *given, **more)

    monkeypatch.setattr(Path, "mkdir", refused)


def test_a_cache_that_cannot_be_made_is_done_without(
    mats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing_to_make(monkeypatch)
    sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "run")
    assert {path.name for path in tmp_path.iterdir()} == {"run"} and (tmp_path / "run" / "model.sight").exists()


def test_pixels_are_then_kept_while_the_fit_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing_to_make(monkeypatch)
    with module._stores(tmp_path / ".cache", Preparation()) as (pixels, features):
        pixels.put(b"a" * 32, noise(9, 0))
        assert np.array_equal(pixels.get(b"a" * 32), noise(9, 0)) and features is None
        kept = pixels.path
    assert not kept.exists()


def test_pixels_that_cannot_be_read_leave_descriptions_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def refused(path: Any, *rest: Any, **more: Any) -> int:
        if Path(path).parent == tmp_path:  # of another user, from before others could read it
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **more)

    monkeypatch.setattr(store_module.os, "open", refused)
    with module._stores(tmp_path, Preparation()) as (pixels, features):
        assert pixels.path.parent != tmp_path
        assert features is not None and features.folder == tmp_path


def test_a_cache_deleted_while_a_fit_runs(mats: Path, tmp_path: Path) -> None:
    deleted = []

    def told(trial: Trial) -> None:
        shutil.rmtree(tmp_path / ".cache", ignore_errors=True)
        deleted.append(trial)

    run = sl.fit(sl.read(mats), time_s=8, only="HOG", out=tmp_path / "run", told=told)
    assert deleted and run.winner.score is not None
