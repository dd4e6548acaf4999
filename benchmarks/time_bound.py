"""Whether `--time` bounds the whole command: it ends within the time, a tenth of it and 5 s.

Data: ten sets of real pictures under $SIGHTLINE_DATA (else ../shared/data), with their test parts, and three budgets;
the command as a user gives it, from its start to its end, in a folder of its own so that nothing is remembered. A set
that is absent is left out, with a word why. `python -m benchmarks.time_bound flowers 30` measures what is named anew
and leaves the rest on record. All of it takes up to two hours.
"""
# claim: the whole command ends within --time, a tenth of it and 5 s, on ten sets with three budgets

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import harness
from benchmarks import real_sets as sets

FOLDERS = {
    "magnetic_tile": "magnetic_tile",
    "textures_dtd5": "textures_dtd5",
    "flowers": "flowers",
    "nails": "nails",
    "rsscn7": "rsscn7",
    "brain_mri": "brain_mri",
    "sketches": "pacs/sketch",
    "photos": "pacs/photo",
    "fashion_mnist": "fashion_mnist",
    "cifar10": "cifar10",
}
"""Set -> folder under the data; the last two are written to class folders first."""
BUDGETS_S = (30, 120, 600)


def main() -> None:
    """Run all, or what is named."""
    named = [word for word in sys.argv[1:] if not word.isdigit()] or list(FOLDERS)
    budgets = [int(word) for word in sys.argv[1:] if word.isdigit()] or list(BUDGETS_S)
    for name in named:
        if sets.is_there(FOLDERS[name]):
            measure(name, budgets)
    harness.conclude("time_bound")


def measure(name: str, budgets: list[int]) -> None:
    """One figure for each budget, on record as soon as it is measured."""
    folder = sets.DATA / FOLDERS[name]
    with tempfile.TemporaryDirectory() as place:
        if name in sets.WRITTEN:
            folder = Path(place) / name
            sets.WRITTEN[name](folder)
        for budget in budgets:
            result = harness.Result(
                name="time_bound",
                question="Does the whole command end within --time, a tenth of it and 5 s?",
                data="ten sets under $SIGHTLINE_DATA with their test parts; nothing remembered from other runs",
                figures=(one(name, folder, budget),),
                threads="as a user has them",
            )
            harness.add(result)


def one(name: str, folder: Path, budget: int) -> harness.Figure:
    """Seconds of one command."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "runs" / name
        run = harness.child([harness.sightline(), "fit", folder, "--time", f"{budget}s", "--out", out])
    print(f"{name}, {budget} s: {run.seconds:.1f} s", flush=True)
    return harness.Figure(f"{name}, --time {budget}s", "s", (run.seconds,), "lower", 1.1 * budget + 5)


if __name__ == "__main__":
    main()
