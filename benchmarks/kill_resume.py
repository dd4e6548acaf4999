"""Whether a search that was killed goes on where it stood: same winner, nothing done twice.

Data: 240 drawn mats of 96 px in two class folders. The command runs once to its end, then ten times in folders of their
own: killed (kill -9) at a random moment of the search, and given again. What is done twice is read in the journal: the
seconds of folds that stand in it twice, over the seconds of all.
"""
# claim: after kill -9 at ten random moments the same command gives the same winner, at most 5 % of the work done twice

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import drawn, harness

KILLS, TIME = 10, "60s"
PICTURES, SIDE_PX = 240, 96
MOST_TWICE = 5.0


def main() -> None:
    """Run once, then kill and go on."""
    moments = random.Random(harness.SEED)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        drawn.folder(root / "mats", PICTURES, SIDE_PX, SIDE_PX, harness.SEED)
        started = time.perf_counter()
        run(root, root / "whole" / "run")
        took, winner = time.perf_counter() - started, winner_of(root / "whole" / "run")
        same, twice = [], []
        for number in range(KILLS):
            out = root / f"killed{number}" / "run"
            kill_after(root, out, moments.uniform(0.1, 0.9) * took)
            run(root, out)
            same.append(100.0 * (winner_of(out) == winner))
            twice.append(done_twice(out.parent / ".cache" / "journal-1.jsonl"))
            print(f"{number}: {winner_of(out)}, {twice[-1]:.1f} % done twice", flush=True)
    harness.report(
        harness.Result(
            name="kill_resume",
            question="Does a search that was killed go on where it stood?",
            data=f"{PICTURES} drawn mats of {SIDE_PX} px; killed at {KILLS} random moments of a fit of {took:.0f} s",
            figures=(
                harness.Figure("same winner", "%", (sum(same) / len(same),), "higher", 100.0),
                harness.Figure("work done twice", "%", tuple(twice), "lower", MOST_TWICE),
            ),
        )
    )


def command(root: Path, out: Path) -> list[str]:
    """The command as a user gives it."""
    return [str(harness.sightline()), "fit", str(root / "mats"), "--time", TIME, "--out", str(out), "--json"]


def run(root: Path, out: Path) -> None:
    """The command to its end."""
    subprocess.run(command(root, out), check=True, capture_output=True)


def kill_after(root: Path, out: Path, seconds: float) -> None:
    """The command, killed after so many seconds."""
    with subprocess.Popen(command(root, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)


def winner_of(out: Path) -> str:
    """The first name on the leaderboard."""
    with (out / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        return next(csv.DictReader(file))["name"]


def done_twice(journal: Path) -> float:
    """Percent of the seconds in a journal that stand in it again under the same key."""
    lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines() if line.endswith("}")]
    folds = [line for line in lines if isinstance(line.get("fold"), int)]
    seen: set[str] = set()
    again = 0.0
    for line in folds:
        again += float(line["seconds"]) if line["key"] in seen else 0.0
        seen.add(line["key"])
    return 100 * again / max(float(sum(line["seconds"] for line in folds)), 1e-9)


if __name__ == "__main__":
    main()
