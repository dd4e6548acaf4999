from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

import sightline as sl
from sightline.components import build
from sightline.pipeline import graph as tree
from sightline.pipeline.artifact import to_bytes
from sightline.pipeline.graph import Chain
from sightline.pipeline.model import Model
from sightline.pipeline.reference import build_reference
from sightline.search.delivering.room import to_come, within_size
from tests.pictures import mat

ONLY = "HOG(size_px=32) > LinearSVM()"


def a_model() -> Model:
    pictures = [mat(32, seed, broken=bool(seed % 2)) for seed in range(8)]
    truth = np.arange(8, dtype=np.int64) % 2
    graph = tree.fit(Chain((build("HOG(size_px=32)"), build("LinearSVM()"))), pictures, truth)
    model = Model(sl.Task(classes=("ok", "bad")), sl.Preparation(), graph)
    reference = build_reference(model.embed(pictures), truth, [f"{number}.png" for number in range(8)])
    return dataclasses.replace(model, reference=reference)


def test_what_fits_is_kept_and_what_does_not_is_left_out_with_a_finding() -> None:
    model = a_model()
    size = (len(to_bytes(model)) + to_come(model)) / 1e6
    for limit in (None, size):
        assert within_size(model, limit) == (model, ())
    smaller, (finding,) = within_size(model, size - 1e-6)
    assert smaller.reference is None and smaller.digest == model.digest
    assert finding.kind == "no-neighbors" and finding.severity == "info" and "over the limit" in finding.message
    assert finding.evidence["bytes"] == len(to_bytes(model)) - len(to_bytes(smaller))
    assert within_size(smaller, size - 1e-6) == (smaller, ())


def test_fingerprints_go_after_the_sketch() -> None:
    model = dataclasses.replace(a_model(), fingerprints=np.random.default_rng(0).integers(0, 2**63, 9_000, np.uint64))
    alone = dataclasses.replace(model, reference=None)
    size = (len(to_bytes(alone)) + to_come(alone)) / 1e6
    kept, findings = within_size(model, size)
    assert len(kept.fingerprints) == 9_000 and [one.kind for one in findings] == ["no-neighbors"]
    bare, findings = within_size(model, size - 1e-6)
    assert not len(bare.fingerprints) and bare.digest == model.digest
    assert [one.kind for one in findings] == ["no-neighbors", "no-fingerprints"]


def test_room_is_kept_for_the_confusion_of_very_many_classes() -> None:
    few, many = (dataclasses.replace(a_model(), task=sl.Task(classes=tuple(map(str, range(k))))) for k in (2, 1_000))
    assert to_come(many) - to_come(few) > 2_000_000


def test_a_limit_of_size_goes_before_neighbors(mats: Path, tmp_path: Path) -> None:
    whole = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "whole")
    assert whole.model.reference is not None
    size = (tmp_path / "whole" / "model.sight").stat().st_size
    frozen = dataclasses.replace(whole.model, evaluation={})
    assert size - len(to_bytes(frozen)) < to_come(frozen)
    bare = sl.fit(sl.read(mats), time_s=8, only=ONLY, out=tmp_path / "bare", max_size_mb=0.8 * size / 1e6)
    assert bare.model.reference is None
    unlimited = dataclasses.replace(bare.model, task=whole.model.task)  # the limit is in the task
    assert unlimited.digest == whole.model.digest
    assert [one.kind for one in bare.findings].count("no-neighbors") == 1
    assert not [one for one in whole.findings if one.kind == "no-neighbors"]
