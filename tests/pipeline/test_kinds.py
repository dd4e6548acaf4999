from __future__ import annotations

import pytest

from sightline.errors import ComponentError
from sightline.pipeline.graph import Blend
from sightline.pipeline.kinds import PICTURES, PROBABILITIES, VECTORS, check_kinds, given_to
from sightline.pipeline.text import parse
from sightline.search.trying.candidates import PORTFOLIO


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("HOG() > SIFT() > LinearSVM()", r"the step SIFT\(\) is given vectors; it takes pictures; put .* side by side"),
        ("HOG() > ColorHistogram() > LinearSVM()", r"ColorHistogram\(\) is given vectors; it takes pictures"),
        ("SIFT() > HOG() > LinearSVM()", r"HOG\(\) is given local features; it takes pictures"),
        ("DenseSIFT() > LinearSVM()", r"LinearSVM\(\) is given local features; it takes vectors; let a summary"),
        ("HOG() > LinearSVM() > LinearSVM()", r"LinearSVM\(\) is given probabilities; .* is the last step"),
        ("HOG() > LinearSVM() > PCA() > Ridge()", r"PCA\(\) is given probabilities; it takes vectors or local"),
        ("BagOfVisualWords() > LinearSVM()", r"BagOfVisualWords\(\) is given pictures; it takes local features; let a"),
        ("HOG() > BagOfVisualWords() > LinearSVM()", r"BagOfVisualWords\(\) is given vectors; it takes local features"),
        ("PCA() > LinearSVM()", r"PCA\(\) is given pictures; it takes vectors or local features"),
        ("LinearSVM()", r"LinearSVM\(\) is given pictures; it takes vectors; let a descriptor come before"),
        ("SIFT() > PCA(whiten='zca') > LinearSVM()", r"LinearSVM\(\) is given local features"),
        ("HOG() + SIFT() > LinearSVM()", r"the branch SIFT\(\) gives local features; allowed side by side: vectors"),
        ("HOG() + [HOG() > LinearSVM()] > LinearSVM()", r"> LinearSVM\(\) gives probabilities; allowed side by side"),
    ],
)
def test_says_which_step_is_given_what_it_does_not_take(text: str, said: str) -> None:
    with pytest.raises(ComponentError, match=said) as error:
        check_kinds(parse(text))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "HOG() > [PCA() + HomogeneousMap()] > LinearSVM()",
        "DenseSIFT() > [BagOfVisualWords() + VLAD()] > LinearSVM()",
        "HOG() + [DenseSIFT() > PCA() > PowerNormalization() > FisherVector() > PCA()] > PCA() > LinearSVM()",
        *(one.spec for one in PORTFOLIO),
    ],
)
def test_lets_pass_what_can_be_fitted(text: str) -> None:
    assert given_to(parse(text), PICTURES) == PROBABILITIES


def test_members_of_a_blend_answer_each_for_itself() -> None:
    blend = Blend((parse("HOG() > LinearSVM()"), parse("ColorHistogram() > Ridge()")), (0.5, 0.5))
    assert given_to(blend, PICTURES) == PROBABILITIES
    with pytest.raises(ComponentError, match="is given local features"):
        check_kinds(Blend((parse("SIFT() > Ridge()"),), (1.0,)))
    assert given_to(parse("HOG() + ColorHistogram()"), PICTURES) == VECTORS
