from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from sightline.errors import ArtifactError
from sightline.evaluation import page, verdict
from sightline.evaluation.report import render
from sightline.evaluation.report_data import ReportData
from sightline.metrics.uncertainty import Interval
from tests.evaluation import examples
from tests.evaluation.examples import EXAMPLES, HOSTILE

VOID = {"meta", "link", "img", "br"}
SHAPES = {"rect", "line", "circle", "path"}


class Page(HTMLParser):
    """Elements, attributes and text; fails on a tag that closes nothing or is never closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SHAPES
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


PAGES = pytest.mark.parametrize("data", [example() for example in EXAMPLES.values()], ids=list(EXAMPLES))


@PAGES
def test_page_parses_and_is_self_contained(data: ReportData) -> None:
    html = render(data)
    parsed = Page(html)
    assert html.startswith("<!doctype html>")
    assert not {"script", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in parsed.elements}
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert "http:" not in html.replace("http://www.w3.org/2000/svg", "") and "https:" not in html
    assert "url(" not in html and "@import" not in html


@PAGES
def test_policy_allows_this_style_sheet_and_embedded_pictures_alone(data: ReportData) -> None:
    html = render(data)
    style = re.findall(r"<style>(.*?)</style>", html, re.S)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = next(m["content"] for m in Page(html).named("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.split("; ")[:3] == ["default-src 'none'", f"style-src 'sha256-{digest}'", "img-src data:"]
    assert html.index("Content-Security-Policy") < html.index("<style>")


@PAGES
def test_page_can_be_used_without_seeing_it(data: ReportData) -> None:
    parsed = Page(render(data))
    assert parsed.named("html")[0]["lang"] == "en"
    assert len(parsed.named("table")) == len(parsed.named("caption"))
    assert all(header.get("scope") in ("col", "row") for header in parsed.named("th"))
    assert all(plot.get("role") == "img" for plot in parsed.named("svg"))
    assert len(parsed.named("svg")) == len(parsed.named("desc")) > 0
    assert all(image.get("alt") for image in parsed.named("img"))
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in parsed.named("a"):
        assert (link["href"] or "").removeprefix("#") in ids


@PAGES
def test_page_is_small_and_valid_unicode(data: ReportData) -> None:
    html = render(data)
    without_pictures = re.sub(r'src="data:image[^"]*"', "", html)
    assert len(without_pictures.encode()) < 300_000
    assert len(html.encode()) < 600_000
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)


def test_thirty_classes_that_are_all_confused_stay_small() -> None:
    classes = tuple(f"Pseudotsuga menziesii var. glauca {i}" for i in range(30))
    table = np.full((30, 30), 1234)
    data = dataclasses.replace(examples.digits(), evaluation=examples.evaluation(table, classes), mistakes=())
    assert len(render(data).encode()) < 300_000


def test_a_thousand_classes_stay_small() -> None:
    classes = tuple(f"class {i}" for i in range(1000))
    table = examples.confusion(1000, 20, 0.8)
    data = dataclasses.replace(examples.digits(), evaluation=examples.evaluation(table, classes), mistakes=())
    html = render(data)
    assert len(html.encode()) < 300_000
    assert "Numbers for the 200 classes of lowest recall" in html


def test_hostile_names_are_text() -> None:
    html = render(examples.hostile())
    assert "<script" not in html and "<img src=x" not in html and "-->" not in html
    assert html.count("</style>") == 1
    text = Page(html).text
    assert HOSTILE in text and "{{ 7 * 7 }}" in text and " 49 " not in text
    assert "\u202e" not in html and "gnp.\ufffdgpj" in text


def test_every_headline_number_is_there() -> None:
    data = examples.digits()
    text = Page(render(data)).text
    for expected in (
        "Which digit was written by hand?",
        "Right in 92 of 100 cases (89 to 95) on 360 test pictures the model had never seen.",
        "91.7 % (88.8 to 94.5)",
        "0.241 (0.190 to 0.301)",
        "2.3 % (1.2 to 4.1)",
        "4.21 ms",
        "6.09 ms",
        "8.87 ms",
        "312 a second",
        "187 MB",
        "1.31 MB",
        "AMD EPYC 9R14",
        "1,797 in 10 classes; 1 more could not be read",
        "1 min 52 s of 2 min allowed",
        "sl.load('runs/digits/model.sight')",
        "2026-02-03 14:05",
        "Limit missed",
        "48 ms, allowed are 20 ms",
    ):
        assert expected in text, expected
    for name, result in data.evaluation.per_class.items():
        assert f" {name} {result.support} {100 * result.recall:.1f} % " in text


def test_top_confusion_is_the_largest_cell() -> None:
    data = examples.mats()
    assert verdict.confusions(data.evaluation)[0] == verdict.Confusion("broken", "normal", 3, 12)
    assert "Most often it takes broken for normal : 3 of 12" in Page(render(data)).text


def test_single_mistakes_are_not_called_frequent() -> None:
    evaluation = examples.evaluation(np.array([[30, 1], [0, 30]]), ("a", "b"))
    text = Page(render(dataclasses.replace(examples.digits(), evaluation=evaluation))).text
    assert "No kind of mistake came up twice" in text and "Most often" not in text


def test_out_of_fold_says_so_and_claims_no_test() -> None:
    text = Page(render(examples.plants())).text
    assert "estimated by cross-validation, corrected for having chosen the winner; no test set was given." in text
    assert "never seen" not in text
    assert "The search was interrupted after 1 min 52 s" in text
    assert "Set pictures aside as a test set" in text


def test_errors_and_costs_reach_the_top() -> None:
    text = Page(render(examples.mats())).text
    assert "No-go 3 pictures stand both in train and in test." in text
    assert "It left 5 of 84 undecided, which count as not right; of the 79 it decided, 94.9 % are right." in text
    assert "Finds of all “broken” 64.3 %" in text
    assert "minus the expected cost" in text
    assert "Not shown to be cheaper than never deciding: 0.210 (0.080 to 0.390) against 0.300." in text
    assert "Always answering “normal” would be right in 83.3 %." in text


def test_no_decision_is_not_called_right() -> None:
    evaluation = examples.evaluation(np.zeros((2, 2), np.int64), ("a", "b"), undecided=12)
    text = Page(render(dataclasses.replace(examples.digits(), evaluation=evaluation))).text
    assert "It took no decision on these pictures." in text
    assert "Every decision" not in text


def test_worst_pairs_and_nearest_training_pictures_are_shown() -> None:
    html = render(examples.digits())
    text = Page(html).text
    assert "The worst pairs 5 → taken for 2 4 of 36" in text
    assert html.count('alt="5 taken for 2, ') == 3  # one of the four has no picture
    assert html.count('class="near"') == 24 and html.count('alt="Training picture of ') == 72
    assert "Below each, the training pictures that look most like it" in text
    without = dataclasses.replace(examples.digits(), mistakes=examples.mistakes(examples.DIGITS))
    assert "Nearest training pictures" not in render(without) and "training pictures that look" not in render(without)


def test_candidates_compared_on_fewer_pictures_are_told_apart() -> None:
    parsed = Page(render(examples.digits()))
    assert (
        "6 of 8 candidates were compared on the same 1,438 pictures; only their scores can be compared." in parsed.text
    )
    assert "2 were left behind on fewer" in parsed.text and "on 480 pictures" in parsed.text
    assert [row.get("class") for row in parsed.named("tr") if row.get("class")] == ["winner", "behind", "behind"]
    assert "On it lie hog-svm and hog+color-svm" in parsed.text
    rows = tuple(dataclasses.replace(row, pictures=1438) for row in examples.leaderboard())
    text = Page(render(dataclasses.replace(examples.digits(), leaderboard=rows))).text
    assert "All 8 candidates with a score were compared on the same 1,438 pictures." in text


def test_data_that_must_not_be_embedded_is_not() -> None:
    shown, bare = Page(render(examples.digits())), Page(render(examples.private()))
    assert shown.named("img") and not bare.named("img")
    assert "data:image" not in render(examples.private())
    assert "Pictures were left out on request (--no-pictures); file names stand as text." in bare.text
    assert "on request without any picture of the data" in bare.text
    assert examples.digits().mistakes[0].source in bare.text
    assert not [link for link in bare.named("a") if not (link["href"] or "").startswith("#")]


@pytest.mark.parametrize(("data", "level"), [(examples.digits(), "No-go"), (examples.ready(), "Go")])
def test_readiness_stands_above_the_figures(data: ReportData, level: str) -> None:
    html = render(data)
    assert html.index(f'<p class="stamp"><span>{level}</span></p>') < html.index("Right, of all pictures")


@PAGES
def test_headings_go_down_one_level_at_a_time(data: ReportData) -> None:
    levels = [int(tag[1]) for tag, _ in Page(render(data)).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_no_mistake_is_no_promise() -> None:
    text = Page(render(examples.faultless())).text
    assert "Right in 100 of 100 cases (98 to 100)" in text
    assert "the truth may be as low as 97.9 %" in text


def test_missing_values_are_said_to_be_missing() -> None:
    text = Page(render(examples.bare())).text
    assert "not measured" in text and "nan" not in text.lower().split()
    assert "None" not in text.split()


def test_next_steps_are_few_and_errors_come_first() -> None:
    data = examples.mats()
    steps = verdict.next_steps(data.evaluation, data.findings, data.task, interrupted=True)
    assert len(steps) == verdict.MAX_STEPS
    assert steps[0].action == "Remove them from one part and fit again"


def test_more_pictures_are_asked_for_by_number() -> None:
    evaluation = dataclasses.replace(examples.digits().evaluation, n=100, accuracy=Interval(0.8, 0.7, 0.9))
    actions = [step.action for step in verdict.next_steps(evaluation, (), {})]
    assert "Test on more pictures: about 1,600 would do" in actions  # a quarter of the width needs 16 times as many


def test_limits_compare_with_the_task() -> None:
    evaluation = examples.digits().evaluation
    task = {"target": {"latency_ms": 4, "size_mb": 2, "memory_mb": 187.4}}
    assert [limit.met for limit in verdict.limits(evaluation, task)] == [False, True, True]
    unmeasured = dataclasses.replace(evaluation, latency_ms=None)
    assert verdict.limits(unmeasured, task)[0].met is None


def test_a_converted_time_is_shown_with_both_machines_and_judged() -> None:
    here = examples.digits()
    there = here.evaluation.with_speed(
        converted_to="Old Atom, 1 cores, Linux",
        converted_latency_ms={"p50": 33.0, "p95": 47.0, "p99": 69.0, "p50_low": 27.0, "p50_high": 41.0},
    )
    said = "4.21 ms on AMD EPYC 9R14, 2 cores, Linux, one thread, about 33.0 ms on Old Atom, 1 cores, Linux (converted)"
    assert verdict.time_for_one(there) == said
    assert verdict.time_for_one(here.evaluation) == "4.21 ms"
    (limit,) = verdict.limits(there, {"target": {"latency_ms": 20}})
    assert limit.met is False and limit.measured.startswith(
        "about 33.0 ms on Old Atom, 1 cores, Linux (converted) from"
    )
    text = Page(render(dataclasses.replace(here, evaluation=there))).text
    assert f"One picture takes {said}" in text
    assert "Converted to Old Atom, 1 cores, Linux, p50 about 33.0 ms 27.0 ms to 41.0 ms" in text
    assert "Time converted to Old Atom, 1 cores, Linux, not measured there." in text
    assert "converted to" not in Page(render(here)).text


def test_thumbnail_keeps_colors_and_fits() -> None:
    picture = np.zeros((400, 200, 3), np.uint8)
    picture[:, :, 0] = 250
    kind, _, encoded = page.thumbnail(picture).partition(",")
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)
    assert kind == "data:image/jpeg;base64" and decoded.shape == (96, 48, 3)
    assert decoded[:, :, 2].min() > 240 and decoded[:, :, 0].max() < 10
    small = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    kind, _, encoded = page.thumbnail(small).partition(",")
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(encoded), np.uint8), cv2.IMREAD_COLOR)
    assert kind == "data:image/png;base64" and np.array_equal(decoded[:, :, ::-1], small)


def test_write_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    examples.write_report(examples.mats(), path)
    examples.write_report(examples.digits(), path)
    assert path.read_bytes() == render(examples.digits()).encode()
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(ArtifactError, match="cannot write"):
        examples.write_report(examples.digits(), taken)
    assert sorted(os.listdir(tmp_path)) == ["report.html", "taken"]


def palettes() -> list[dict[str, str]]:
    css = (page.TEMPLATES / "styles.css").read_text()
    return [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)
    ]


def channels(color: str) -> np.ndarray:
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Of the Web Content Accessibility Guidelines 2.2."""
    luminance = []
    for color in (one, other):
        linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
        luminance.append(float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05)
    return max(luminance) / min(luminance)


def test_text_contrast_is_at_least_aa() -> None:
    light, dark = palettes()
    assert set(dark) == set(light)
    for palette in (light, dark):
        for ground in ("paper", "tint"):
            for ink in ("ink", "muted", "accent", "warn", "fault"):
                ratio = contrast(channels(palette[ink]), channels(palette[ground]))
                assert ratio >= 4.5, (ink, palette[ink], ground, palette[ground], ratio)
        for cell in ("cell-right", "cell-wrong"):  # digits on the strongest shade of the confusion table
            shade = 0.62 * channels(palette[cell]) + 0.38 * channels(palette["paper"])
            assert contrast(channels(palette["ink"]), shade) >= 4.5
