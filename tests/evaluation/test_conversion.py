from __future__ import annotations

import dataclasses

import pytest

from sightline.errors import InputError
from sightline.evaluation.conversion import LEAST_FACTOR, Conversion, Rates, expected
from sightline.evaluation.drawn import drawn_jpegs
from sightline.evaluation.speed import Speed
from sightline.evaluation.steps import Step, steps_of
from sightline.pipeline.text import parse
from tests.evaluation.profiles import profile, small_model

SPEED = Speed({"p50": 10.0, "p95": 20.0, "p99": 40.0}, 100.0, 1, 2, 3.0, 4, "here")
STEPS = (Step("read 1024x768", 6.0), Step("HOG", 3.0), Step("interpreter", 1.0))


def converted(there: dict[str, float], steps: tuple[Step, ...] = STEPS) -> dict[str, float]:
    rates = Rates(profile(), profile("there", **there))
    return Conversion(rates, steps).applied(SPEED).converted_latency_ms or {}


def test_a_machine_three_times_as_slow_takes_three_times_as_long() -> None:
    model = small_model()
    rates = Rates(profile(), profile("there", scale=3.0))
    conversion = Conversion(rates, steps_of(model, drawn_jpegs("64x48", 2)))
    found = conversion.applied(SPEED)
    assert found.converted_latency_ms is not None
    assert {name: found.converted_latency_ms[name] for name in SPEED.latency_ms} == pytest.approx(
        {"p50": 30, "p95": 60, "p99": 120}, rel=1e-6
    )
    assert found.converted_to == "there" and found.machine == "here" and found.latency_ms == SPEED.latency_ms
    assert expected([model.graph], 64 * 48, rates).ratio == pytest.approx(3)


def test_slower_reading_alone_raises_that_part_alone() -> None:
    found = converted({"read_1024x768": 5.0})
    assert found["p50"] == pytest.approx(5 * 6 + 3 + 1)
    assert found["p95"] == pytest.approx(2 * found["p50"])  # the tail is scaled alike
    assert converted({"read_256x192": 5.0})["p50"] == pytest.approx(10)  # another size is not what was measured
    assert converted({"HOG": 2.0})["p50"] == pytest.approx(6 + 2 * 3 + 1)


def test_the_range_holds_the_figure_and_grows_as_machines_differ() -> None:
    alike = converted({"scale": 3.0})
    assert [alike["p50_low"], alike["p50_high"]] == pytest.approx([30 / LEAST_FACTOR, 30 * LEAST_FACTOR], abs=1e-3)
    unlike = converted({"read_1024x768": 9.0})
    assert unlike["p50_high"] / unlike["p50"] > alike["p50_high"] / alike["p50"]
    assert unlike["p50_low"] < unlike["p50"] < unlike["p50_high"]


def test_a_step_without_a_work_takes_the_mean_of_all_and_that_is_said() -> None:
    steps = (Step("Foreign", 2.0), Step("HOG", 2.0))
    conversion = Conversion(Rates(profile(), profile("there", scale=3.0, HOG=2.0)), steps)
    typical = 3 * 2 ** (1 / len(profile().works))
    assert conversion.rates.ratio("Foreign") == pytest.approx(typical)
    assert conversion.ratio == pytest.approx((typical + 6) / 2)
    assert conversion.without_work == ("Foreign",)
    message = conversion.finding(SPEED).message
    assert "for want of their own: Foreign" in message
    assert "10 ms for one picture on here was converted to there: about" in message


def test_another_version_is_told() -> None:
    other = dataclasses.replace(profile("there"), versions={"sightline": "2"})
    assert "different versions" in Conversion(Rates(profile(), other), STEPS).finding(SPEED).message
    assert "different versions" not in Conversion(Rates(profile(), profile()), STEPS).finding(SPEED).message


def test_profiles_without_a_common_work_are_refused() -> None:
    with pytest.raises(InputError, match=r"here and there have no work in common; write both again"):
        Rates(profile(), dataclasses.replace(profile("there"), works={"other": 1.0}))


def test_a_pipeline_is_weighed_by_its_works() -> None:
    here = dataclasses.replace(profile(), works={"read 1024x768": 6.0, "prepare 1024x768": 1.0, "HOG": 3.0})
    there = dataclasses.replace(here, machine="there", works={**here.works, "HOG": 30.0})
    rates = Rates(here, there)
    assert expected([parse("HOG()")], 1024 * 768, rates).ratio == pytest.approx(3.7)
    both = expected([parse("HOG()"), parse("HOG(size_px=32)")], 1024 * 768, rates)  # read once, described twice
    assert both.ratio == pytest.approx((7 + 60) / (7 + 6))
    assert expected([parse("SIFT()")], 1024 * 768, rates).without_work == ("SIFT",)


def test_steps_that_no_clock_saw_are_converted_by_the_mean_of_all() -> None:
    assert Conversion(Rates(profile(), profile(scale=3.0)), (Step("HOG", 0.0),)).ratio == pytest.approx(3)
