from __future__ import annotations

import json

import numpy as np
import pytest

from sightline.components import build
from sightline.errors import ArtifactError, ComponentError
from sightline.pipeline import graph as tree
from sightline.pipeline.graph import Blend, Chain, Union
from sightline.pipeline.text import parse
from tests.pictures import mat
from tests.pipeline.conftest import a_graph

PICTURES = [mat(64, seed, broken=bool(seed % 2)) for seed in range(8)]
TRUTH = np.arange(8, dtype=np.int64) % 2


def test_every_node_survives_json_and_arrays() -> None:
    fitted = tree.fit(a_graph(), PICTURES, TRUTH)
    again = tree.restore(tree.from_dict(json.loads(json.dumps(tree.to_dict(fitted)))), tree.state(fitted))
    assert repr(again) == repr(fitted)
    assert np.array_equal(tree.predict_proba(again, PICTURES, 2), tree.predict_proba(fitted, PICTURES, 2))
    assert np.array_equal(tree.embed(again, PICTURES), tree.embed(fitted, PICTURES))


def test_blend_is_the_weighted_mean() -> None:
    parts = [Chain((build(f"HOG(size_px={size})"), build("LinearSVM()"))) for size in (32, 64)]
    blend = tree.fit(Blend(tuple(parts), (0.25, 0.75)), PICTURES, TRUTH)
    expected = 0.25 * tree.predict_proba(parts[0], PICTURES, 2) + 0.75 * tree.predict_proba(parts[1], PICTURES, 2)
    assert np.allclose(tree.predict_proba(blend, PICTURES, 2), expected, atol=1e-6)


def test_union_puts_vectors_side_by_side() -> None:
    one, other = build("HOG(size_px=32)"), build("ColorHistogram(bins=4)")
    both = tree.transform(Union((one, other)), PICTURES)
    assert np.array_equal(both, np.hstack([one.transform(PICTURES), other.transform(PICTURES)]))


def test_a_class_never_seen_has_probability_zero() -> None:
    graph = tree.fit(Chain((build("HOG(size_px=32)"), build("LinearSVM()"))), PICTURES, TRUTH * 2)
    wide = tree.predict_proba(graph, PICTURES, 4)
    assert wide.shape == (8, 4)
    assert (wide[:, [1, 3]] == 0).all()
    assert np.allclose(wide.sum(axis=1), 1)


def test_clone_forgets() -> None:
    fitted = tree.fit(a_graph(), PICTURES, TRUTH)
    assert repr(tree.clone(fitted)) == repr(fitted)
    with pytest.raises(ComponentError, match="not been fitted"):
        tree.state(tree.clone(fitted))


def test_misplaced_nodes_say_so() -> None:
    classifier = parse("HOG() > LinearSVM()")
    with pytest.raises(ComponentError, match="gives vectors, not probabilities"):
        tree.predict_proba(build("HOG()"), PICTURES, 2)
    with pytest.raises(ComponentError, match="no embedding"):
        tree.embed(build("HOG()"), PICTURES)
    with pytest.raises(ComponentError, match="summing to 1"):
        Blend((classifier,), (0.5,))
    with pytest.raises(ComponentError, match="one each"):
        Blend((classifier,), (0.5, 0.5))
    with pytest.raises(ComponentError, match="at least two"):
        Union((build("HOG()"),))
    with pytest.raises(ComponentError, match="no steps"):
        Chain(())


def test_graphs_from_outside_are_bounded() -> None:
    deep: dict = {"name": "HOG", "parameters": {}}
    for _ in range(30):
        deep = {"node": "Chain", "parts": [deep]}
    with pytest.raises(ArtifactError, match="nested deeper"):
        tree.from_dict(deep)
    with pytest.raises(ArtifactError, match="holds the node 'Vote'"):
        tree.from_dict({"node": "Vote", "parts": []})
    with pytest.raises(ComponentError, match="there is no component"):
        tree.from_dict({"name": "HOGG", "parameters": {}})


@pytest.mark.parametrize(
    "text",
    [
        "HOG(size_px=32) > LinearSVM(C=0.5)",
        "[HOG() + ColorHistogram(bins=4)] > LinearSVM()",
        "[[DenseSIFT() > BagOfVisualWords(words=8)] + HOG()] > KernelSVM()",
    ],
)
def test_text_goes_both_ways(text: str) -> None:
    assert repr(parse(repr(parse(text)))) == repr(parse(text))
    assert repr(parse("HOG() + ColorHistogram() > LinearSVM()")) == "[HOG() + ColorHistogram()] > LinearSVM()"


@pytest.mark.parametrize("text", ["", ">", "HOG() >", "HOG( > LinearSVM()", "HOG() + > LinearSVM()", "HOG()) > X()"])
def test_bad_text_is_one_line(text: str) -> None:
    with pytest.raises(ComponentError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
