from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sightline.data.catalog import Catalog
from sightline.errors import CatalogError
from sightline.exporting import held as module
from sightline.exporting.held import Held
from sightline.pipeline.model import Model
from tests.exporting import exports


@pytest.fixture(scope="module")
def model() -> Model:
    return exports.model()


def test_the_test_part_comes_first_and_others_fill_it_up(model: Model) -> None:
    catalog = exports.catalog(training=600, test=80)
    found = Held.of(model, catalog)
    assert len(found.items) == len(found.truth) == len(found.answers) == 500
    assert found.held_out == 80
    assert all(a is b for a, b in zip(found.items[:80], catalog.items[600:], strict=True))
    assert np.bincount(found.truth).min() > 100  # of each class
    np.testing.assert_array_equal(found.answers, model.predict_proba(found.items))


def test_fewer_are_all_taken(model: Model) -> None:
    found = Held.of(model, exports.catalog(training=40, test=20))
    assert len(found.items) == 60 and found.held_out == 20
    assert 0 < len(found.others) <= 60


def test_ranges_are_seen_on_pictures_that_are_not_judged(model: Model) -> None:
    found = Held.of(model, exports.catalog(training=700, test=80))
    assert len(found.others) == 128
    assert not {id(one) for one in found.others} & {id(one) for one in found.items}
    few = exports.catalog(training=40, test=80)
    test_part = {id(one) for one in few.items[40:]}
    assert len(Held.of(model, few).others) == 40 and not {id(one) for one in Held.of(model, few).others} & test_part


def test_a_very_large_test_part_is_sampled(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 30)
    monkeypatch.setattr(module, "PICTURES", 10)
    found = Held.of(model, exports.catalog(training=20, test=100))
    assert len(found.items) == found.held_out == 30


def test_what_cannot_be_read_and_what_has_no_label_is_left_out(model: Model) -> None:
    catalog = exports.catalog(training=4, test=6)
    items = [b"no picture", *catalog.items[1:]]
    labels = catalog.labels.copy()
    labels[1] = -1
    found = Held.of(model, dataclasses.replace(catalog, items=items, labels=labels))
    assert len(found.items) == 8
    none = Catalog([b"no picture"], exports.CLASSES, np.zeros(1, np.int64), origin="nothing")
    with pytest.raises(CatalogError, match="nothing holds no picture that has a label and can be read"):
        Held.of(model, none)


@pytest.mark.parametrize(("training", "test", "judged"), [(40, 12, 20), (40, 0, 20), (12, 12, 16)])
def test_others_fill_up_for_those_that_cannot_be_read(
    model: Model, monkeypatch: pytest.MonkeyPatch, training: int, test: int, judged: int
) -> None:
    monkeypatch.setattr(module, "PICTURES", 20)
    catalog = exports.catalog(training, test)
    items = [b"no picture" if number % 3 == 0 else item for number, item in enumerate(catalog.items)]
    found = Held.of(model, dataclasses.replace(catalog, items=items))
    assert len(found.items) == len(found.truth) == judged and found.held_out == test * 2 // 3
    assert len({id(one) for one in found.items}) == judged and all(isinstance(one, np.ndarray) for one in found.items)
    assert np.bincount(found.truth, minlength=4).min() >= 2  # still spread over all that there are


def test_groups_and_the_order_of_classes_come_along(model: Model) -> None:
    catalog = exports.catalog(training=8, test=8)
    turned = dataclasses.replace(
        catalog, classes=catalog.classes[::-1], labels=3 - catalog.labels, groups=["a", "b"] * 8
    )
    found = Held.of(model, turned)
    np.testing.assert_array_equal(found.truth, Held.of(model, catalog).truth)
    assert found.groups is not None and len(set(found.groups.tolist())) == 2


def test_a_few_are_prepared_for_timing(model: Model) -> None:
    pictures = Held.of(model, exports.catalog(training=30, test=30)).timed(model)
    assert len(pictures) == 16 and pictures[0].shape == (30, 40, 3)
