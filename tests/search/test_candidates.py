from __future__ import annotations

import pytest

from sightline.components import known
from sightline.errors import ComponentError, InputError
from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.search.candidates import PORTFOLIO, candidates


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
    chosen = candidates(name)
    assert chosen and all(name in one.spec for one in chosen)
    assert name in candidates(f"{name}()")[0].spec


@pytest.mark.parametrize(
    ("only", "kind", "words"),
    [
        ("deep", InputError, "classical candidates only"),
        ("HOGG", ComponentError, 'did you mean "HOG"'),
        ("HOG() + ColorMoments()", InputError, "neither one component nor a whole pipeline"),
        ("HOG() > DenseSIFT()", InputError, "does not end in a classifier"),
        ("HOG() >", ComponentError, "is no pipeline"),
    ],
)
def test_bad_only(only: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        candidates(only)
