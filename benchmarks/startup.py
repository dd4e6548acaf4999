"""How long one waits before anything happens: importing, asking for help, predicting one picture.

Data: 120 drawn mats of 128 px to fit a model of HOG and a linear SVM; one of them as JPEG to predict. Whole processes,
median of 10, in turns with `python -c pass` on the same interpreter. Cold: a new process; files are in the page cache.
"""
# claim: import sightline <= 0.3 s, sightline --help <= 0.6 s, a cold predict of one JPEG <= 1.2 s

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import drawn, harness

RUNS = 10


def main() -> None:
    """Time each command in turns, so that all see the same weather."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = drawn.folder(folder / "mats", 120, 128, 128, harness.SEED)
        fit: list[str | Path] = [
            "fit",
            folder / "mats",
            "--time",
            "20s",
            "--only",
            "HOG() > LinearSVM()",
            "--out",
            folder / "run",
        ]
        harness.child([harness.sightline(), *fit])
        commands: dict[str, list[str | Path]] = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "import sightline": [sys.executable, "-c", "import sightline"],
            "sightline --help": [harness.sightline(), "--help"],
            "predict of one JPEG": [harness.sightline(), "predict", folder / "run" / "model.sight", pictures[0]],
        }
        for command in commands.values():
            harness.child(command)
        rounds = [{what: harness.child(command).seconds for what, command in commands.items()} for _ in range(RUNS)]
    limits = {"import sightline": 0.3, "sightline --help": 0.6, "predict of one JPEG": 1.2}
    harness.report(
        harness.Result(
            name="startup",
            question="How long does a new process take until it has done the least it can do?",
            data="a model of HOG on 120 drawn mats of 128 px; one of them predicted",
            figures=tuple(
                harness.Figure(what, "s", tuple(times[what] for times in rounds), limit=limits.get(what))
                for what in commands
            ),
        )
    )


if __name__ == "__main__":
    main()
