from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sightline.errors import InputError, MissingExtraError
from sightline.pipeline import reference as reference_module
from sightline.pipeline.reference import Reference, build_reference, kept_rows, put_together, sketched
from tests.pipeline.test_sketch import drawn

VECTORS = drawn(60, 200, 9, 0)
LABELS = np.arange(60, dtype=np.int64) % 3
SOURCES = [f"pictures/{number}.png" for number in range(60)]


def a_reference() -> Reference:
    return build_reference(VECTORS, LABELS, SOURCES)


def test_each_picture_is_nearest_to_itself() -> None:
    reference = a_reference()
    rows, cosines = reference.nearest(VECTORS, 4)
    assert rows[:, 0].tolist() == list(range(60))
    assert cosines[:, 0] == pytest.approx(np.ones(60), abs=1e-5)
    assert (cosines[:, 1] < 0.999).all() and (np.diff(cosines, axis=1) <= 0).all()
    assert len(reference) == reference.pictures == 60 and reference.width == 200
    assert reference.sources == tuple(SOURCES) and reference.labels.tolist() == LABELS.tolist()


def test_the_order_is_that_of_the_vectors_in_full() -> None:
    standard = (VECTORS - VECTORS.mean(axis=0)) / VECTORS.std(axis=0)
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    expected = np.argsort(-(standard @ standard.T), axis=1)[:, :3]
    assert np.mean(a_reference().nearest(VECTORS, 3)[0] == expected) > 0.98


def test_one_by_one_equals_the_batch_and_saved_equals_built() -> None:
    reference = a_reference()
    again = Reference.from_state(reference.state())
    rows, cosines = reference.nearest(VECTORS, 5)
    for other in (reference, again):
        alone = [other.nearest(row[None], 5) for row in VECTORS]
        assert np.array_equal(np.concatenate([one for one, _ in alone]), rows)
        assert np.array_equal(np.concatenate([one for _, one in alone]), cosines)
    assert again.sources == reference.sources and again.pictures == reference.pictures


def test_members_stand_side_by_side_and_weigh_the_same() -> None:
    rows = np.arange(60, dtype=np.int64)
    parts = [VECTORS, drawn(60, 300, 9, 1) * 1000]
    both = put_together([sketched(part, rows, share=2) for part in parts], LABELS, None, rows)
    assert both.width == 500 and both.sources is None
    found = both.nearest(np.hstack(parts), 60)
    means = sum(one.points @ one.points.T for one in (_alone(part, rows) for part in parts)) / 2
    assert np.allclose(found[1], np.take_along_axis(means, found[0], axis=1), atol=5e-3)
    assert np.array_equal(Reference.from_state(both.state()).nearest(np.hstack(parts), 5)[0], found[0][:, :5])


def _alone(part: np.ndarray, rows: np.ndarray) -> Reference:
    return put_together([sketched(part, rows, share=2)], LABELS, None, rows)


def test_beyond_the_limit_each_class_keeps_its_share() -> None:
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    rows = kept_rows(labels, 100, seed=5)
    assert np.bincount(labels[rows]).tolist() == [60, 30, 10]
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, kept_rows(labels, 100, seed=5))
    assert not np.array_equal(rows, kept_rows(labels, 100, seed=6))
    assert len(kept_rows(labels, 2, seed=0)) == 2
    reference = build_reference(VECTORS, LABELS, SOURCES, limit=9)
    assert len(reference) == 9 and reference.pictures == 60
    assert [SOURCES.index(name) % 3 for name in reference.sources or ()] == reference.labels.tolist()


def test_paths_need_not_be_kept_and_odd_ones_are() -> None:
    assert a_reference().without_sources().sources is None
    assert Reference.from_state(a_reference().without_sources().state()).sources is None
    odd = ["", "\n", "é\\", "\udce9", "a\0b"]
    reference = build_reference(VECTORS[:5], LABELS[:5], odd)
    assert reference.sources == ("", "\n", "é\\", "\\udce9", "a\\x00b")
    assert Reference.from_state(reference.state()).sources == reference.sources
    assert Reference.from_state(build_reference(VECTORS[:1], LABELS[:1], [""]).state()).sources == ("",)


def test_what_cannot_be_asked_or_built_is_told() -> None:
    reference = a_reference()
    with pytest.raises(InputError, match="1 or more"):
        reference.nearest(VECTORS, 0)
    with pytest.raises(InputError, match="vectors of 3 numbers were given; the reference has 200"):
        reference.nearest(VECTORS[:, :3], 1)
    with pytest.raises(InputError, match="NaN"):
        reference.nearest(np.full((1, 200), np.nan), 1)
    with pytest.raises(InputError, match="one for each picture"):
        build_reference(VECTORS, LABELS, SOURCES[:3])
    with pytest.raises(InputError, match="one for each picture"):
        build_reference(VECTORS[:0], LABELS[:0], [])
    with pytest.raises(InputError, match="at most 0 pictures"):
        build_reference(VECTORS, LABELS, SOURCES, limit=0)
    with pytest.raises(InputError, match="not more than all"):
        dataclasses.replace(reference, pictures=3)


def test_a_graph_is_built_over_very_many_only(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = a_reference()
    assert reference.indexed().graph is None
    monkeypatch.setattr(reference_module, "EXACT_UP_TO", 10)
    pytest.importorskip("voyager", reason="needs the extra neighbors")
    indexed = reference.indexed()
    assert indexed.graph is not None
    assert np.mean(indexed.nearest(VECTORS, 5)[0] == reference.nearest(VECTORS, 5)[0]) > 0.95


def test_without_the_extra_a_graph_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setattr(reference_module, "EXACT_UP_TO", 10)
    monkeypatch.setitem(sys.modules, "voyager", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"\.\[neighbors\]\""):
        a_reference().indexed()
