from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.metrics import resampling
from sightline.metrics.resampling import DRAWS, cells, clump, group_numbers, stretch


def test_alike_rows_are_one_cell_and_their_weight_is_that_of_as_many_rows() -> None:
    kind = np.array([7, 7, 7, 2])
    compact = cells(kind)
    assert kind[compact.first].tolist() == [2, 7]
    assert compact.units == 4
    drawn = np.concatenate(list(compact.weights(np.random.default_rng(0), 20_000)))
    np.testing.assert_allclose(drawn.mean(axis=0), [1, 3], rtol=0.03)
    np.testing.assert_allclose(drawn.var(axis=0), [1, 3], rtol=0.06)


def test_cells_of_one_group_share_one_weight() -> None:
    compact = cells(np.array([0, 0, 1, 1]), np.array(["b", "b", "b", "a"]))
    drawn = np.concatenate(list(compact.weights(np.random.default_rng(0), 20_000)))
    assert compact.units == 2
    assert compact.unit.tolist() == [0, 1, 1]  # a: (1); b: (0), (1)
    np.testing.assert_allclose(drawn[:, 1], 2 * drawn[:, 2])
    np.testing.assert_allclose(drawn.mean(axis=0), [1, 2, 1], rtol=0.03)


def test_a_million_rows_cost_as_many_cells_as_a_hundred() -> None:
    kind = np.arange(1_000_000) % 5
    assert len(cells(kind).first) == 5
    assert cells(kind).draws() == DRAWS
    assert cells(np.arange(300_000)).draws() < DRAWS


def test_many_places_are_summed_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = np.arange(60) % 12
    compact = cells(kind, np.arange(60) % 7)
    parts = [(kind[compact.first] % 5, np.ones(len(compact.first))), (kind[compact.first] % 3, compact.scale)]
    few = compact.sums(np.random.default_rng(0), parts, 5)
    monkeypatch.setattr(resampling, "SMALL", 0)
    many = compact.sums(np.random.default_rng(0), parts, 5)
    monkeypatch.setattr(resampling, "BLOCK", 500)
    pieces = compact.sums(np.random.default_rng(0), parts, 5)
    for one, two, three in zip(few, many, pieces, strict=True):
        assert one.shape == (DRAWS, 5)
        np.testing.assert_allclose(one, two)
        np.testing.assert_allclose(one, three)


def test_clump_is_one_picture_for_single_mistakes_and_the_group_for_shared_ones() -> None:
    group = np.repeat(np.arange(40), 10)
    shared = (np.arange(40) % 4 == 0)[group].astype(float)
    single = (np.arange(400) % 10 == np.arange(400) // 10 % 10).astype(float)
    assert clump(single, None) == 1
    assert clump(shared, group) > 9
    assert clump(single, group) < 1.5
    assert clump(np.zeros(400), group) == 10  # nothing seen: groups may go wrong as a whole


def test_few_groups_stretch_the_interval_and_one_makes_it_infinite() -> None:
    assert stretch(1) == float("inf")
    assert stretch(2) > stretch(5) > stretch(9) > stretch(10) > stretch(100) > 1
    assert stretch(10) == pytest.approx(2.262157 / 1.959964 * np.sqrt(11 / 9), rel=1e-3)
    assert stretch(31) == pytest.approx(2.042272 / 1.959964 * np.sqrt(32 / 30), rel=1e-4)


def test_groups_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match="one group for each row"):
        group_numbers(["a"], 2)
