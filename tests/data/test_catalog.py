from __future__ import annotations

import numpy as np
import pytest

from sightline.data.catalog import Catalog, from_items, joined
from sightline.errors import CatalogError


def catalog(labels: list[str], splits: list[int] | None = None) -> Catalog:
    return from_items(
        [f"{i}.png" for i in range(len(labels))],
        labels,
        splits=None if splits is None else np.asarray(splits, np.int8),
        metadata={"n": [str(i) for i in range(len(labels))]},
    )


def test_subset_keeps_every_column_in_step() -> None:
    part = catalog(["a", "b", "a"], [0, 1, 2]).subset([2, 0])
    assert part.items == ["2.png", "0.png"]
    assert part.labels.tolist() == [0, 0]
    assert part.metadata["n"] == ["2", "0"]
    assert part.splits is not None
    assert part.splits.tolist() == [2, 0]


def test_without_splits_everything_is_training() -> None:
    whole = catalog(["a", "b"])
    assert len(whole.part("train")) == 2
    assert len(whole.part("test")) == 0


def test_ordered_as_renumbers_by_name() -> None:
    turned = catalog(["a", "b", ""]).ordered_as(("c", "b", "a"))
    assert turned.labels.tolist() == [2, 1, -1]
    assert turned.counts() == {"c": 0, "b": 1, "a": 1}
    with pytest.raises(CatalogError, match='holds the class "a"'):
        catalog(["a", "b"]).ordered_as(("b", "c"))


def test_joined_marks_the_test_part_and_its_classes() -> None:
    both = joined(catalog(["a", "b"]), catalog(["b", "b"]))
    assert both.labels.tolist() == [0, 1, 1, 1]
    assert both.splits is not None
    assert both.splits.tolist() == [0, 0, 2, 2]
    assert both.metadata["n"] == ["0", "1", "0", "1"]
    with pytest.raises(CatalogError, match='holds the class "c"'):
        joined(catalog(["a", "b"]), catalog(["c", "b"]))
    with pytest.raises(CatalogError, match="give one of them"):
        joined(catalog(["a", "b"], [0, 2]), catalog(["a"]))


def test_sources_have_names() -> None:
    mixed = from_items([b"x", np.zeros((2, 2), np.uint8), "p.png"], None)
    assert [mixed.source(i).uri for i in range(3)] == ["bytes 0", "array 1", "p.png"]


def test_a_picture_in_memory_keeps_its_name_in_every_subset() -> None:
    whole = from_items([np.zeros((2, 2), np.uint8)] * 6, list("aabbab"), splits=np.asarray([0, 0, 2, 0, 2, 2], np.int8))
    assert [whole.part("test").source(row).uri for row in range(3)] == ["array 2", "array 4", "array 5"]
    again = whole.subset(whole.labels == 1).subset([2, 0])
    assert [again.source(row).uri for row in range(2)] == ["array 5", "array 2"]


def test_no_two_pictures_in_memory_have_one_name() -> None:
    whole = from_items([np.zeros((2, 2), np.uint8)] * 4, list("abab"))
    both = joined(whole, whole)
    assert [both.source(row).uri for row in (0, 3, 4, 7)] == ["array 0", "array 3", "array 4", "array 7"]
    parts = joined(whole.subset([0, 3]), whole.subset([1, 2]))
    assert [parts.source(row).uri for row in range(4)] == ["array 0", "array 3", "array 1", "array 2"]


@pytest.mark.parametrize("pattern", ["(", "a"])
def test_a_group_pattern_that_cannot_work_is_one_line(pattern: str) -> None:
    with pytest.raises(CatalogError, match="group pattern"):
        from_items(["a.png", "b.png"], ["a", "b"]).grouped(pattern=pattern)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([10, 9], ("9", "10")),
        ([True, False], ("False", "True")),
        ([1, "a"], ("1", "a")),
        ([1, 2.5], ("1", "2.5")),
        ([None, "a"], ("a",)),
        ([float("nan"), "a"], ("a",)),
    ],
)
def test_labels_of_several_kinds(labels: list[object], classes: tuple[str, ...]) -> None:
    assert from_items(["a.png", "b.png"], labels).classes == classes


@pytest.mark.parametrize("labels", [[b"a", b"b"], np.eye(2)])
def test_labels_that_are_neither_names_nor_numbers_are_refused(labels: object) -> None:
    with pytest.raises(CatalogError, match="a label is"):
        from_items(["a.png", "b.png"], labels)  # type: ignore[arg-type]


def test_items_of_no_known_kind_are_refused() -> None:
    with pytest.raises(CatalogError, match="item 1 is a NoneType"):
        from_items(["a.png", None], ["a", "b"])  # type: ignore[list-item]
