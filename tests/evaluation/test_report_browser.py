"""The page in a browser: under its own policy, style and pictures are shown, on a screen and on paper."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from sightline.evaluation import page
from sightline.evaluation.report import render
from tests.evaluation import examples

pytestmark = pytest.mark.browser
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")
PAPER = re.findall(r"--paper: #([0-9a-f]{6})", (page.TEMPLATES / "styles.css").read_text())[0]
ORANGE = np.array([180, 210, 240])
"""Of the rings in the drawn mistakes, as OpenCV reads it, about."""


def shot(chromium: str, tmp_path: Path, example: Callable[[], examples.ReportData], width: int) -> np.ndarray:
    """The whole page as (h, w, 3) uint8 BGR."""
    examples.write_report(example(), tmp_path / "page.html")
    target = tmp_path / "page.png"
    command = [
        chromium,
        *QUIET,
        f"--window-size={width},9000",
        f"--screenshot={target}",
        f"file://{tmp_path}/page.html",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return np.asarray(cv2.imread(str(target)))


LAYOUT = """
const inside = frame.contentDocument, of = (e, more) => frame.contentWindow.getComputedStyle(e, more);
said.textContent = JSON.stringify({
  page: inside.documentElement.scrollWidth,
  wide: [...inside.querySelectorAll(".wide")].filter(e => e.clientWidth).map(e => ({
    name: e.ariaLabel, over: e.scrollWidth - e.clientWidth, told: of(e, "::before").content !== "none"})),
  meanings: [...inside.querySelectorAll("#figures td.muted")].map(e => e.clientWidth),
});
"""
"""What the browser makes of a page in a frame: the page itself runs no script, and must not."""


def layout(chromium: str, tmp_path: Path, example: Callable[[], examples.ReportData], width: int) -> Any:
    """Where the page is wider than what it lies in, so many pixels wide."""
    framed = f'<iframe id="frame" width="{width}" height="900" srcdoc="{html.escape(render(example()))}"></iframe>'
    script = f'<pre id="said"></pre><script>frame.onload = () => {{{LAYOUT}}}</script>'
    (tmp_path / "frame.html").write_text(f"<!doctype html><meta charset=utf-8>{framed}{script}")
    command = [chromium, *QUIET, "--dump-dom", f"file://{tmp_path}/frame.html"]
    seen = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    return json.loads(html.unescape(re.findall('<pre id="said">(.*?)</pre>', seen, re.DOTALL)[0]))


def ring_pixels(seen: np.ndarray) -> int:
    return int((np.abs(seen.astype(int) - ORANGE).max(axis=2) < 6).sum())


def test_the_policy_lets_our_style_and_our_pictures_through(chromium: str, tmp_path: Path) -> None:
    seen = shot(chromium, tmp_path, examples.digits, 1280)
    assert seen[5, 5, ::-1].tolist() == [int(PAPER[i : i + 2], 16) for i in (0, 2, 4)]
    assert ring_pixels(seen) > 1000
    assert ring_pixels(shot(chromium, tmp_path, examples.private, 1280)) == 0


def test_on_paper_every_page_holds_something(chromium: str, tmp_path: Path) -> None:
    examples.write_report(examples.digits(), tmp_path / "page.html")
    target = tmp_path / "page.pdf"
    command = [chromium, *QUIET, f"--print-to-pdf={target}", f"file://{tmp_path}/page.html"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    pages = len(re.findall(rb"/Type\s*/Page\b", target.read_bytes()))
    assert 6 <= pages <= 16


@pytest.mark.parametrize("example", [examples.digits, examples.plants, examples.private])
def test_on_a_telephone_plots_fit_or_it_is_said_that_they_scroll(
    chromium: str, tmp_path: Path, example: Callable[[], examples.ReportData]
) -> None:
    seen = layout(chromium, tmp_path, example, 400)
    assert seen["page"] == 400
    assert [one for one in seen["wide"] if one["told"] != (one["over"] > 0)] == []
    names = {one["name"]: one["over"] for one in seen["wide"]}
    if example is examples.digits:
        assert names["Confusion table"] == names["Plot of recall and precision"] == 0
    assert names["Leaderboard"] > 0
    assert seen["meanings"] and min(seen["meanings"]) > 200


def test_on_a_desk_nothing_scrolls_sideways(chromium: str, tmp_path: Path) -> None:
    seen = layout(chromium, tmp_path, examples.plants, 1200)
    assert [one for one in seen["wide"] if one["over"] or one["told"]] == []
