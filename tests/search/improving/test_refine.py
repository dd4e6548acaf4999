from __future__ import annotations

import pytest

from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.search.improving.refine import of_classifier, of_description, of_views
from sightline.search.trying.candidate import Candidate
from sightline.search.trying.candidates import PORTFOLIO

SVM = Candidate("HOG + SVM", "HOG() > PCA(components=8)", "KernelSVM(C=4.0, gamma=1.5)", 0.2)


def test_parameters_of_the_classifier_move_one_at_a_time() -> None:
    specs = {one.classify for one in of_classifier(SVM)}
    assert specs == {
        "KernelSVM(C=1.2, gamma=1.5)", "KernelSVM(C=12.0, gamma=1.5)",
        "KernelSVM(C=4.0, gamma=0.75)", "KernelSVM(C=4.0, gamma=3.0)",
    }  # fmt: skip
    assert {one.represent for one in of_classifier(SVM)} == {SVM.represent}


def test_what_chooses_for_itself_is_left_alone() -> None:
    plain = Candidate("x", "HOG()", "KernelSVM()", 0.2)
    assert all("gamma" not in one.classify for one in of_classifier(plain))
    assert not list(of_classifier(Candidate("x", "HOG()", "Ridge()", 1)))


def test_whole_numbers_stay_whole_and_within_limits() -> None:
    near = Candidate("x", "HOG()", "KNearestNeighbors(neighbors=1)", 1)
    assert [one.classify for one in of_classifier(near)] == ["KNearestNeighbors(neighbors=3)"]
    assert [one.represent for one in of_description(SVM)] == ["HOG() > PCA(components=16)"]


def test_views_grow_step_by_step() -> None:
    (mirrored,) = of_views(SVM)
    (turned,) = of_views(mirrored)
    assert (mirrored.augment, turned.augment) == ("mirrored", "turned") and not list(of_views(turned))


def test_a_name_says_what_moved_once() -> None:
    first = next(iter(of_classifier(SVM)))
    again = [one.name for one in of_classifier(first)]
    assert first.name == "HOG + SVM, C=1.2"
    assert all(name.count("C=") <= 1 for name in again)


@pytest.mark.parametrize("candidate", PORTFOLIO, ids=lambda one: one.name)
def test_every_version_of_the_portfolio_can_be_built(candidate: Candidate) -> None:
    versions = [candidate, *of_classifier(candidate), *of_description(candidate)]
    assert len({one.name for one in versions}) == len({one.identity for one in versions}) == len(versions)
    for one in versions[1:]:
        assert tree.is_classifier(parse(one.spec)) and not one.same_as(candidate)
        assert one.same_as(one)


def test_a_name_tells_which_of_several_components_moved() -> None:
    twice = "[HOG() > PCA(components=4)] + [PHOG() > PCA(components=4)] + [DenseSIFT() > FisherVector(components=8)]"
    first = Candidate("x", twice, "Ridge()", 1)
    names = [one.name for one in of_description(first)]
    assert names == ["x, PCA 1 components=8", "x, PCA 2 components=8", "x, FisherVector components=16"]
    both = [again.name for one in of_description(first) for again in of_description(one)]
    assert "x, PCA 1 components=8, PCA 2 components=8" in both and "x, PCA 1 components=16" in both
