"""Candidates that begin with what the classes are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sightline as sl
from sightline.deep.zeroshot import image_text
from sightline.deep.zeroshot.class_texts import ClassTexts
from sightline.deep.zeroshot.config import TowerConfig
from sightline.errors import MissingExtraError
from sightline.networks.library import remember
from sightline.networks.network import Network
from sightline.networks.texts import TextSet, find_texts, remember_texts
from sightline.pipeline import graph as tree
from sightline.pipeline.kinds import check_kinds
from sightline.pipeline.text import parse
from sightline.search.trying.zero_shot import zero_shot
from sightline.task import Task
from tests.networks import tiny
from tests.search.test_zero_shot import folders


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """A tiny network behind which stand two towers."""
    found = remember(tiny.network(seed=41))
    config = TowerConfig({}, False, 32, (0.5,) * 3, (0.5,) * 3, False, None)
    monkeypatch.setitem(image_text._known, found.digest, (Path("nowhere"), config, None, ""))
    return found


def drawn(self: Any, classes: ClassTexts, templates: Sequence[str], progress: Any) -> TextSet:
    assert len(templates) > 1
    return remember_texts(TextSet("tiny", classes.names, np.eye(len(classes.names), 8, dtype=np.float32), 50.0))


def test_candidates_name_the_texts_of_the_task(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_text.ImageText, "texts", drawn)
    found, findings = zero_shot(network, Task(classes=("a", "b"), texts={"a": "an A"}), ("x", "y"))
    assert findings == [] and [one.name for one in found] == [
        "tiny + texts of the classes",
        "tiny, whole + texts of the classes",
    ]
    for one in found:
        node = parse(one.spec)
        check_kinds(node)
        assert tree.is_classifier(node) and network.key in one.spec
    (key,) = {one.classify for one in found}
    assert find_texts(key.split("'")[1]).names == ("a", "b")


def test_one_is_searched_with_as_any_other(network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(image_text.ImageText, "texts", drawn)
    catalog = sl.read(folders(tmp_path, 30))
    (first, _), _ = zero_shot(network, Task(), catalog.classes)
    run = sl.fit(catalog, time_s=8, only=first.spec)
    assert "ZeroShot" in run.winner.spec and run.evaluation.accuracy.value > 0.8


def test_a_search_that_is_given_such_a_network_tries_its_texts(
    network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(image_text.ImageText, "texts", drawn)
    monkeypatch.setattr("sightline.search.fit._network", lambda *_: (network, []))
    run = sl.fit(sl.read(folders(tmp_path, 30)), time_s=10, only="deep")
    names = {one.name for one in run.leaderboard}
    assert {"tiny + texts of the classes", "tiny + logistic regression"} <= names


def test_other_networks_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert zero_shot(None, Task(), ("a", "b")) == ((), [])
    assert zero_shot(remember(tiny.network(seed=42)), Task(), ("a", "b")) == ((), [])


def test_texts_that_cannot_be_used_are_a_finding(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*given: Any) -> TextSet:
        raise MissingExtraError("no transformers")

    found, (same,) = zero_shot(network, Task(), ("a_b", "a b"))
    assert found == () and same.kind == "texts-unusable" and "given twice" in same.message
    monkeypatch.setattr(image_text.ImageText, "texts", missing)
    assert "no transformers" in zero_shot(network, Task(), ("a", "b"))[1][0].message
