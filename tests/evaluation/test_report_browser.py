"""The page in a browser: under its own policy, style and pictures are shown, on a screen and on paper."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from sightline.evaluation import page
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
