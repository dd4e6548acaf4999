from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sightline as sl
from sightline.classical.descriptors.moments import HuMoments
from sightline.components import known
from sightline.errors import ComponentError, InputError
from sightline.networks.library import remember
from sightline.pipeline import graph as tree
from sightline.pipeline.kinds import check_kinds
from sightline.pipeline.text import parse
from sightline.search import fit as fit_module
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.candidates import PORTFOLIO, candidates
from tests.networks import tiny


def test_every_candidate_can_be_built_and_has_a_name_of_its_own() -> None:
    assert len({one.name for one in PORTFOLIO}) == len(PORTFOLIO)
    for one in PORTFOLIO:
        assert tree.is_classifier(parse(one.spec))


def test_only() -> None:
    assert candidates(None) == candidates("classical") == PORTFOLIO
    chosen = candidates("KernelSVM")
    assert chosen
    assert all("KernelSVM" in one.classify for one in chosen)
    assert all("BagOfVisualWords" in one.represent for one in candidates("BagOfVisualWords"))
    (custom,) = candidates("HOG(size_px=32) + ColorHistogram() > LinearSVM(C=3.0)")
    assert repr(parse(custom.spec)) == "[HOG(size_px=32) + ColorHistogram()] > LinearSVM(C=3.0)"


@pytest.mark.parametrize("name", sorted(known()))
def test_every_component_can_be_asked_for(name: str) -> None:
    network = remember(tiny.network()) if name in ("Embedding", "FineTuned") else None
    chosen = candidates(name, network)
    assert chosen and all(name in one.spec for one in chosen)
    assert name in candidates(f"{name}()", network)[0].spec


def test_a_network_brings_candidates_of_its_own() -> None:
    network = remember(tiny.network())
    deep = candidates("deep", network)
    assert candidates(None, network) == (*PORTFOLIO, *deep)
    assert candidates(None, network, asked=True) == (*deep, *PORTFOLIO)
    assert candidates("classical", network) == PORTFOLIO
    assert len({one.name for one in deep}) == len(deep) > 5
    for one in deep:
        check_kinds(parse(one.spec))
        assert network.key in one.spec
    (mine,) = candidates("Embedding(zoom=2.0) + HOG() > Ridge()", network)
    assert f"Embedding(network='{network.key}', zoom=2.0)" in mine.spec


def test_a_network_of_any_size_is_tried_at_a_smaller_and_at_a_larger_one() -> None:
    names = [one.name for one in candidates("deep", remember(tiny.network(px=224, free=True)))]
    assert "tiny at 128 px + logistic regression" in names and "tiny at 288 px + logistic regression" in names
    assert not any(" px" in one.name for one in candidates("deep", remember(tiny.network())))


@pytest.mark.parametrize(
    ("only", "kind", "words"),
    [
        ("deep", InputError, "no trained network is at hand; give --backbone"),
        ("Embedding() > Ridge()", InputError, "names no network; give --backbone"),
        ("HOGG", ComponentError, 'did you mean "HOG"'),
        ("HOG() + ColorMoments()", InputError, "neither one component nor a whole pipeline"),
        ("HOG() > DenseSIFT()", InputError, "does not end in a classifier"),
        ("HOG() >", ComponentError, "is no pipeline"),
        ("HOG() > SIFT() > LinearSVM()", ComponentError, r"SIFT\(\) is given vectors; it takes pictures"),
    ],
)
def test_bad_only(only: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        candidates(only)


def test_brackets_around_the_end_are_read() -> None:
    (custom,) = candidates("HOG(size_px=32) > [PCA(components=8) > KNearestNeighbors(metric='cosine')]")
    assert (custom.represent, custom.classify) == (
        "HOG(size_px=32) > PCA(components=8)",
        "KNearestNeighbors(metric='cosine')",
    )


def test_a_candidate_that_refuses_a_picture_fails_alone(mats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: HuMoments, picture: Any) -> Any:
        raise InputError("HuMoments was given something odd")

    monkeypatch.setattr(HuMoments, "describe", refuse)
    both = Candidate("odd", "HuMoments()", "Ridge()", 300), Candidate("usual", "HOG(size_px=32)", "Ridge()", 300)
    monkeypatch.setattr(fit_module, "candidates", lambda only, network, asked: both)
    run = sl.fit(sl.read(mats), time_s=20)
    statuses = {trial.name: (trial.status, trial.why) for trial in run.leaderboard}
    assert statuses["odd"] == ("failed", "HuMoments was given something odd")
    assert run.winner.name.startswith("usual")  # or the same with other views of the pictures to learn from
