"""What a method refuses names that method, what was given and what is allowed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.pipeline.given import called
from sightline.pipeline.model import Model


@pytest.mark.parametrize("method", ["predict", "predict_proba", "embed", "stream", "neighborhoods"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("a.jpg", "one path"),
        (Path("a.jpg"), "one path"),
        (b"x", "one bytes"),
        (np.zeros((8, 9, 3), np.uint8), r"one array of shape \(8, 9, 3\)"),
        (np.zeros((8, 9), np.uint8), r"one array of shape \(8, 9\)"),
        (3, "a int"),
        (None, "a NoneType"),
    ],
)
def test_one_item_where_several_are_expected(model: Model, method: str, given: object, said: str) -> None:
    allowed = r"allowed: several pictures \(a list of paths, bytes or arrays\) or a Catalog"
    with pytest.raises(
        InputError, match=rf"^model\.{method} was given {said}; {allowed}; .*model\.{method}\(\[item\]\)"
    ):
        found = getattr(model, method)(given)
        list(found)


@pytest.mark.parametrize(
    ("method", "instead"), [("similar", r"model\.neighborhoods\(items\)"), ("explain", "call it for each")]
)
@pytest.mark.parametrize("given", [["a.jpg"], ("a.jpg", "b.jpg"), None])
def test_several_items_where_one_is_expected(model: Model, method: str, instead: str, given: object) -> None:
    kind = type(given).__name__
    with pytest.raises(InputError, match=rf"^model\.{method} was given a {kind}; allowed: one picture .*: {instead}$"):
        getattr(model, method)(given)


def test_what_items_are_called() -> None:
    items = ["a.jpg", Path("b.jpg"), b"x", bytearray(b"x"), np.zeros(3), ["a.jpg"], None]
    names = [called(item, number) for number, item in enumerate(items)]  # type: ignore[arg-type]
    assert names == ["a.jpg", "b.jpg", "bytes 2", "bytes 3", "array 4", "item 5", "item 6"]
