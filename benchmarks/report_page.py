"""How heavy the report is: its size, and how long a browser needs to show it.

Data: 10,000 drawn test pictures of 96 px and 600 to learn from, under ten labels dealt out at random, so that nine
answers in ten are mistakes and every part of the page that shows some is full. `sightline fit` writes the report; then
headless Chromium draws all of it to a picture, in a new process each time, in turns with an empty page. What is to be
reached is the difference of neighboring runs: starting a browser takes about a second of its own, more where others use
the machine, and is no part of opening a page. Whole processes stand beside it. Needs Chromium on PATH.
"""
# claim: for 10,000 test pictures report.html has less than 5 MB and opens in less than 2 s

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from benchmarks import drawn, harness

TEST, TRAIN, CLASSES, SIDE_PX = 10_000, 600, 10, 96
RUNS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--window-size=1280,10000")


def main() -> None:
    """Fit once, then open the report and an empty page in turns."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"no browser on PATH; one of {', '.join(BROWSERS)} is needed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report = written(folder)
        (folder / "empty.html").write_text("<!doctype html><title>empty</title>", "utf-8")
        shot = [browser, *QUIET, f"--screenshot={folder / 'page.png'}"]
        opened, empty = ([*shot, f"file://{page}"] for page in (report, folder / "empty.html"))
        harness.child(opened)
        rounds = [(harness.child(opened).seconds, harness.child(empty).seconds) for _ in range(RUNS)]
        size_mb = report.stat().st_size / 1e6
        pictures = report.read_text("utf-8").count("data:image")
    harness.report(
        harness.Result(
            name="report_page",
            question="How large is the report for 10,000 test pictures, and how long does a browser need to show it?",
            data=f"{TEST} drawn test pictures of {SIDE_PX} px under {CLASSES} random labels; {pictures} in the page",
            figures=(
                harness.Figure("report.html", "MB", (size_mb,), limit=5),
                harness.Figure("opening it: report less empty page", "s", tuple(a - b for a, b in rounds), limit=2),
                harness.Figure("whole Chromium process, report", "s", tuple(a for a, _ in rounds)),
                harness.Figure("whole Chromium process, empty page", "s", tuple(b for _, b in rounds)),
            ),
        )
    )


def written(folder: Path) -> Path:
    """The report of a fit whose test part was answered as a whole."""
    for part, count, first in (("train", TRAIN, 0), ("test", TEST, TRAIN)):
        for i in range(first, first + count):
            label = folder / "mats" / part / f"label {i * 7919 % 104729 % CLASSES}"
            label.mkdir(parents=True, exist_ok=True)
            drawn.write_jpeg(label / f"{i:05d}.jpg", drawn.mat(i, i % 2 == 1, SIDE_PX, SIDE_PX))
    only = ["--only", "HOG(size_px=32) > LinearSVM()", "--time", "5m"]
    harness.child([harness.sightline(), "fit", folder / "mats", *only, "--out", folder / "run"])
    judged = json.loads((folder / "run" / "evaluation.json").read_text("utf-8"))["n"]
    if judged != TEST:
        raise SystemExit(f"{judged} test pictures were judged; expected {TEST}")
    return folder / "run" / "report.html"


if __name__ == "__main__":
    main()
