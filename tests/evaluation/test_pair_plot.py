from __future__ import annotations

import math

import pytest

from sightline.evaluation.pair_plot import pair_svg, scale
from sightline.metrics.uncertainty import Interval
from tests.evaluation.test_plots import drawn, shapes

NAN = math.nan


def test_both_are_drawn_on_one_scale() -> None:
    root = drawn(pair_svg(Interval(0.85, 0.8, 0.9), Interval(0.95, 0.9, 1.0), 0.8, 1.0))
    (first,), (second,) = shapes(root, "first")[:1], shapes(root, "second")[:1]
    assert float(first.get("width", 0)) == float(second.get("width", 0)) == pytest.approx(157 / 2, abs=0.1)
    assert float(first.get("x", 0)) < float(second.get("x", 0)) and float(first.get("y", 0)) < float(second.get("y", 0))
    assert root[1].text == "A 0.850, 0.800 to 0.900; B 0.950, 0.900 to 1.000; scale 0.8 to 1"


def test_what_is_not_a_number_is_left_out() -> None:
    root = drawn(pair_svg(Interval(NAN, NAN, NAN), Interval(0.5, NAN, NAN), 0.0, 0.0))
    assert len(shapes(root, "mark")) == 1 and not shapes(root, "band")


def test_the_scale_holds_everything() -> None:
    assert scale([Interval(0.917, 0.888, 0.945), Interval(0.96, 0.938, 0.979)]) == (0.85, 1.0)
    assert scale([Interval(1.0, 1.0, 1.0)]) == (1.0, 1.05)
    assert scale([Interval(NAN, NAN, NAN)]) == (0.0, 1.0)
