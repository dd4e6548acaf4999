from __future__ import annotations

import dataclasses
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from sightline.evaluation.figures import (
    clean,
    duration,
    milliseconds,
    number,
    of_hundred,
    per_second,
    percent,
    percent_interval,
    size,
)
from sightline.evaluation.plots import (
    class_bars_svg,
    confusion_svg,
    interval_svg,
    reliability_svg,
    score_latency_svg,
)
from sightline.evaluation.report_data import LeaderboardRow
from sightline.evaluation.result import ClassResult, ReliabilityBin
from sightline.metrics.uncertainty import Interval
from tests.evaluation import examples

NAMESPACE = "{http://www.w3.org/2000/svg}"
NAN = math.nan


def drawn(plot: str) -> ET.Element:
    """The plot as XML; it must name and describe itself, and everything must lie inside it."""
    root = ET.fromstring(plot)
    assert root.tag == NAMESPACE + "svg" and root.get("role") == "img"
    assert root[0].tag == NAMESPACE + "title" and root[0].text
    assert root[1].tag == NAMESPACE + "desc" and root[1].text
    assert not re.search('[" (]-?(nan|inf)[" )]', plot)
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for element in root.iter():
        for name in ("x", "cx", "x1", "x2"):
            assert -0.01 <= float(element.get(name, 0)) <= width + 0.01
        for name in ("y", "cy", "y1", "y2"):
            assert -0.01 <= float(element.get(name, 0)) <= height + 0.01
        assert float(element.get("width", 0)) >= 0 and float(element.get("height", 0)) >= 0
    return root


def texts(root: ET.Element, kind: str = "") -> list[str]:
    found = [e for e in root.iter(NAMESPACE + "text") if kind in (e.get("class") or "").split() or not kind]
    return [(e[0].tail if len(e) else e.text) or "" for e in found]


def shapes(root: ET.Element, kind: str) -> list[ET.Element]:
    return [e for e in root.iter() if kind in (e.get("class") or "").split()]


@pytest.mark.parametrize("k", [1, 2, 3, 6, 10, 12, 13, 21, 30, 31, 40, 100])
def test_confusion_draws_every_count_up_to_thirty_classes(k: int) -> None:
    table = examples.confusion(k, 50, 0.8) if k > 1 else np.array([[7]])
    classes = [f"long class name number {i}" for i in range(k)]
    root = drawn(confusion_svg(table.tolist(), classes))
    counts = [int(text) for text in texts(root, "count")]
    if k <= 30:
        assert counts == [int(value) for value in table.ravel() if value]
    else:
        assert len(shapes(root, "right")) <= 20 and "other classes" in texts(root, "name")
        assert sum(counts) == 50 * 20  # nothing of a drawn row is lost: the rest has a column of its own
    assert float(root.get("width", 0)) <= 1100


def test_confusion_shades_by_share_of_the_row() -> None:
    root = drawn(confusion_svg([[90, 10], [1, 0]], ["a", "b"]))
    right = [float(e.get("fill-opacity", 1)) for e in shapes(root, "right")]
    wrong = [float(e.get("fill-opacity", 1)) for e in shapes(root, "wrong")]
    assert right == [pytest.approx(0.56, abs=0.01)]
    assert wrong[0] < wrong[1] == 0.62
    assert texts(root, "total") == ["100", "1", "sum"]


def test_confusion_of_many_classes_keeps_the_largest_mistakes() -> None:
    table = np.eye(50, dtype=int) * 9
    table[7, 33] = 5
    root = drawn(confusion_svg(table.tolist(), [f"c{i}" for i in range(50)]))
    assert {"c7", "c33"} <= set(texts(root, "name"))
    assert "5" in texts(root, "count")


def test_large_counts_are_written_short_in_small_cells() -> None:
    root = drawn(confusion_svg((np.eye(15, dtype=int) * 123_456).tolist(), [f"{i}" for i in range(15)]))
    assert texts(root, "count") == ["123k"] * 15


def test_reliability_places_points_by_confidence_and_accuracy() -> None:
    bins = [ReliabilityBin(0.0, 0.5, 0, NAN, NAN), ReliabilityBin(0.5, 1.0, 8, 0.75, 0.5)]
    root = drawn(reliability_svg(bins))
    (dot,) = root.iter(NAMESPACE + "circle")
    (square,) = shapes(root, "none")
    left, top, side = (float(square.get(name, 0)) for name in ("x", "y", "width"))
    assert float(dot.get("cx", 0)) == left + 0.75 * side and float(dot.get("cy", 0)) == top + 0.5 * side
    assert len(shapes(root, "bar")) == 1


def test_reliability_of_few_pictures_is_drawn_faintly() -> None:
    bins = [ReliabilityBin(0.0, 0.5, 9, 0.4, 0.2), ReliabilityBin(0.5, 1.0, 10, 0.75, 0.5)]
    dots = list(drawn(reliability_svg(bins)).iter(NAMESPACE + "circle"))
    assert [dot.get("class") for dot in dots] == ["dot few", "dot"]


def test_reliability_of_nothing_is_an_empty_square() -> None:
    assert not list(drawn(reliability_svg([])).iter(NAMESPACE + "circle"))


@pytest.mark.parametrize(
    ("value", "low", "high"), [(0.9, 0.8, 0.95), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (NAN, NAN, NAN)]
)
def test_interval_bar_stays_inside(value: float, low: float, high: float) -> None:
    root = drawn(interval_svg(value, low, high))
    assert len(shapes(root, "mark")) == int(math.isfinite(value))
    assert drawn(interval_svg(value, low, high, 0.5, 0.5)) is not None


def test_interval_bar_is_proportional() -> None:
    root = drawn(interval_svg(0.5, 0.25, 0.75))
    (band,) = shapes(root, "band")
    assert float(band.get("width", 0)) == pytest.approx(0.5 * 117, abs=0.1)


def test_class_bars_leave_out_what_is_not_a_number() -> None:
    whole = ClassResult(0.5, 0.8, 0.6, 10, 0.4, 0.6, 0.7, 0.9)
    empty = ClassResult(NAN, NAN, NAN, 0, NAN, NAN, NAN, NAN)
    root = drawn(class_bars_svg({"a": whole, "b": empty}))
    assert len(shapes(root, "bar")) == 2 and len(shapes(root, "whisker")) == 1  # one bar is the key
    assert texts(root, "name") == ["a", "b"] and texts(root, "total") == ["80.0 %", number(NAN)]


def test_class_bars_of_many_classes_show_the_worst() -> None:
    results = {f"c{i}": ClassResult(0.5, i / 100, 0.5, 10, 0.4, 0.6, i / 100, i / 100) for i in range(100)}
    assert texts(drawn(class_bars_svg(results)), "name") == [f"c{i}" for i in range(30)]


def row(name: str, score: float, latency: float | None, status: str = "tried", half: float = 0.02) -> LeaderboardRow:
    interval = Interval(score, score - half, score + half)
    return LeaderboardRow(1, name, "", interval, None, latency, None, status)  # type: ignore[arg-type]


def test_tradeoff_puts_better_higher_and_slower_to_the_right() -> None:
    root = drawn(
        score_latency_svg([row("good", 0.9, 50.0), row("fast", 0.7, 2.0, "winner"), row("untimed", 0.8, None)])
    )
    good, fast = root.iter(NAMESPACE + "circle")
    assert float(good.get("cy", 0)) < float(fast.get("cy", 0)) and float(good.get("cx", 0)) > float(fast.get("cx", 0))
    assert texts(root, "strong") == ["fast"] and "untimed" not in "".join(root.itertext())


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("one", 0.9, 1.0)],
        [row("a", 1.0, 0.001), row("b", 1.0, 90_000.0)],
        [row("a", 0.5, 3.0, half=0.5), row("b", 0.5, 3.0, half=NAN)],
        [row(f"same {i}", 0.9, 5.0) for i in range(60)],
    ],
)
def test_tradeoff_survives_odd_boards(rows: list[LeaderboardRow]) -> None:
    root = drawn(score_latency_svg(rows))
    assert len(list(root.iter(NAMESPACE + "circle"))) == len(rows)


def test_tradeoff_draws_the_front_and_what_was_left_behind_faintly() -> None:
    rows = [row("best", 0.9, 50.0, "winner"), row("fast", 0.7, 2.0), row("beaten", 0.6, 9.0), row("little", 0.95, 1.0)]
    rows = [dataclasses.replace(one, pictures=100 if one.name == "little" else 900) for one in rows]
    root = drawn(score_latency_svg(rows))
    (line,) = (e.get("d") or "" for e in root.iter(NAMESPACE + "path") if e.get("class") == "front")
    (behind,) = shapes(root, "behind")
    assert behind[0].text == "little: 95.0, 1.00 ms, on 100 pictures"
    assert len(shapes(root, "whisker")) == 3
    assert root[1].text == "4 candidates; upper left is better. On the front, from fast to accurate: fast, best."
    places = {name: (e.get("cx"), e.get("cy")) for e in root.iter(NAMESPACE + "circle") for name in [e[0].text or ""]}
    (x, y), (u, v) = places["fast: 70.0, 2.00 ms"], places["best: 90.0, 50.0 ms"]
    assert line.startswith(f"M{x} {y}H{u}V{v}H")


def test_a_score_far_below_all_others_does_not_set_the_scale() -> None:
    rows = [row(f"c{i}", 0.9 + 0.01 * i, 3.0 + i) for i in range(6)]
    root = drawn(score_latency_svg([*rows, row("lost", 0.1, 1.0)]))
    ticks = [float(text) for text in texts(root, "tick") if "ms" not in text]
    assert min(ticks) > 70 and texts(root, "hint") == ["triangles: far below the scale"]
    assert len(list(root.iter(NAMESPACE + "circle"))) == 6
    (lost,) = (e for e in root.iter(NAMESPACE + "path") if "dot" in (e.get("class") or ""))
    assert lost[0].text == "lost: 10.0, 1.00 ms"
    few = drawn(score_latency_svg([*rows[:3], row("lost", 0.1, 1.0)]))
    assert len(list(few.iter(NAMESPACE + "circle"))) == 4 and not texts(few, "hint")


def test_tradeoff_of_costs_is_not_in_percent() -> None:
    root = drawn(score_latency_svg([row("a", -3.0, 1.0), row("b", -12.5, 2.0)], "minus the expected cost"))
    ticks = [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts(root, "tick") if "ms" not in text]
    assert min(ticks) < -10 and max(ticks) <= 0


def test_labels_do_not_lie_on_each_other() -> None:
    rows = [row(f"candidate {i}", 0.9 + 0.0005 * i, 5.0 + 0.1 * i) for i in range(20)]
    root = drawn(score_latency_svg(rows))
    places = [(e.get("x"), e.get("y")) for e in shapes(root, "name")]
    assert places and len(set(places)) == len(places)


HOSTILE = ["<script>alert(1)</script>", 'a" onload="x', "\u202egpj\x00\x1b\udcff", "]]>&amp;"]


def test_hostile_names_stay_text_in_plots() -> None:
    results = {name: ClassResult(0.5, 0.8, 0.6, 10, 0.4, 0.6, 0.7, 0.9) for name in HOSTILE}
    rows = [row(name, 0.5 + 0.1 * i, 10.0**i) for i, name in enumerate(HOSTILE)]
    for plot in (
        confusion_svg(np.eye(4, dtype=int).tolist(), HOSTILE),
        class_bars_svg(results),
        score_latency_svg(rows),
    ):
        root = drawn(plot)
        plot.encode()
        assert not list(root.iter(NAMESPACE + "script")) and all("onload" not in e.attrib for e in root.iter())
        assert "\u202e" not in plot


def test_figures_read_well() -> None:
    assert percent_interval(Interval(0.931, 0.91, 0.948)) == "93.1 % (91.0 to 94.8)"
    assert percent_interval(Interval(NAN, NAN, NAN)) == number(NAN)
    assert (percent(1.0), percent(0.99999), percent(0.0), percent(0.00001)) == ("100.0 %", "99.9 %", "0.0 %", "0.1 %")
    assert of_hundred(Interval(0.931, 0.91, 0.948)) == "93 of 100 cases (91 to 95)"
    assert of_hundred(Interval(0.9962, 0.98, 0.999)) == "996 of 1,000 cases (980 to 999)"
    assert of_hundred(Interval(0.99999, 0.9995, 1.0)) == "9,999 of 10,000 cases (9,995 to 10,000)"
    assert of_hundred(Interval(1.0, 0.98, 1.0)) == "100 of 100 cases (98 to 100)"
    assert [milliseconds(t) for t in (0.3512, 4.213, 31.04, 999.4, 1250)] == [
        "0.35 ms",
        "4.21 ms",
        "31.0 ms",
        "999 ms",
        "1.25 s",
    ]
    assert [size(n) for n in (842, 1000, 1_310_000, 999_600, 5_000_000_000_000)] == [
        "842 B",
        "1.00 kB",
        "1.31 MB",
        "1.00 MB",
        "5,000 GB",
    ]
    assert [duration(s) for s in (8.42, 59.96, 112, 120, 7500)] == [
        "8.4 s",
        "1 min",
        "1 min 52 s",
        "2 min",
        "2 h 5 min",
    ]
    assert (per_second(311.7, " pictures"), per_second(0.25)) == ("312 pictures a second", "0.25 a second")
    assert number(-0.5) == "\N{MINUS SIGN}0.500" and clean(3) == 3
