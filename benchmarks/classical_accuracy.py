"""What `sightline fit --only classical` reaches on real pictures, against pipelines by the book.

Data: $SIGHTLINE_DATA, else ../shared/data; where a set is absent its figures are left out, with a word why.

Every set goes through the public command with the time that its row names and no other setting; groups are named where
the set has them, for both sides. Fashion-MNIST and CIFAR-10 are written to class folders first, the pixels as they are.
The book: HOG + SVM, LBP + color + SVM, LBP + color + forest of scikit-image and scikit-learn, each with a small grid,
chosen by (grouped) cross-validation of balanced accuracy on the training part; see `book_pipelines.py`. Test parts are
read once, by the chosen model of each side. `python -m benchmarks.classical_accuracy SET...` runs some sets alone and
writes no result.
"""
# claim: classical models beat pipelines by the book on six sets; 0.940 on Fashion-MNIST, 0.74 on CIFAR-10
# peers: scikit-image

from __future__ import annotations

import csv
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks import book_pipelines, harness, paired
from benchmarks.real_sets import BOOK_SETS, DATA, WRITTEN, is_there

LARGE = {"fashion_mnist": ("15m", 0.940), "cifar10": ("25m", 0.74)}
"""Set -> time and accuracy to reach."""
LEAST_GAIN = 5.0


@dataclasses.dataclass(frozen=True)
class Fitted:
    """What one fit reached: balanced accuracy and accuracy on the test part, in percent, and seconds for everything."""

    balanced: float
    accuracy: float
    seconds: float
    answers: dict[str, str]
    winner: str


def main() -> None:
    """Run all sets, or those named."""
    wanted = sys.argv[1:] or [*BOOK_SETS, *LARGE]
    figures: list[harness.Figure] = []
    gains = []
    for name in wanted:
        if not is_there(name):
            continue
        if name in LARGE:
            figures += large(name)
        else:
            gain, more = against_the_book(name)
            gains.append(gain)
            figures += more
    if len(gains) == len(BOOK_SETS):
        figures.append(
            harness.Figure("mean gain over the book", "points", (float(np.mean(gains)),), "higher", LEAST_GAIN)
        )
    result = harness.Result(
        name="classical_accuracy",
        question="How accurate are classical models of a fixed time budget?",
        data="official splits under $SIGHTLINE_DATA, test parts read once",
        figures=tuple(figures),
        agreement="both sides answer the same test pictures",
        threads="as a user has them",
    )
    harness.report_all(result, sys.argv[1:])


def large(name: str) -> list[harness.Figure]:
    """Accuracy and minutes of a set that is written to class folders first."""
    time, least = LARGE[name]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / name
        WRITTEN[name](root)
        fitted = fit(root, time, Path(folder) / "run")
    print(f"{name}: {fitted.accuracy:.2f} % in {fitted.seconds:.0f} s, {fitted.winner}", flush=True)
    limit_min = float(time.removesuffix("m"))
    return [
        harness.Figure(f"{name}, accuracy in {time}", "%", (fitted.accuracy,), "higher", 100 * least),
        harness.Figure(f"{name}, whole command", "min", (fitted.seconds / 60,), "lower", limit_min),
    ]


def against_the_book(name: str) -> tuple[float, list[harness.Figure]]:
    """The gain of balanced accuracy in points, and its figures, with the paired 95 % interval of the difference."""
    group = BOOK_SETS[name]
    with tempfile.TemporaryDirectory() as folder:
        extra = ["--metadata", DATA / name / "groups.csv", "--group", group] if group else []
        ours = fit(DATA / name, "2m", Path(folder) / "run", *extra)
    groups = groups_of(name, group)
    book = book_pipelines.answers(DATA / name, groups)
    sources = sorted(book.answers)
    truth = np.array([Path(source).parent.name for source in sources])
    both = [np.array([answers[source] for source in sources]) for answers in (ours.answers, book.answers)]
    units = np.array([groups.get(source, source) for source in sources])
    low, high = paired.interval(truth, both[0], both[1], units)
    mine, theirs = (paired.balanced(truth, one) for one in both)
    print(
        f"{name}: {mine:.1f} against {theirs:.1f} ({book.chosen}), {low:+.1f} to {high:+.1f} points, "
        f"{ours.seconds:.0f} s, {ours.winner}",
        flush=True,
    )
    return mine - theirs, [
        harness.Figure(f"{name}, sightline in 2m", "% balanced", (mine,), "higher"),
        harness.Figure(f"{name}, by the book: {book.chosen}", "% balanced", (theirs,), "higher"),
        harness.Figure(f"{name}, gain ({low:+.1f} to {high:+.1f})", "points", (mine - theirs,), "higher", 0.0),
    ]


def fit(data: Path, time: str, out: Path, *extra: object) -> Fitted:
    """The public command, and its model's answers to the test part."""
    asked = ["--only", "classical", "--time", time, "--out", str(out), *map(str, extra)]
    run = harness.child([harness.sightline(), "fit", data, *asked])
    found = json.loads((out / "evaluation.json").read_text("utf-8"))
    if found["source"] != "test":
        raise RuntimeError(f"{data} was evaluated on {found['source']}, not on its test part")
    answers = out / "answers.csv"
    harness.child([harness.sightline(), "predict", out / "model.sight", data / "test", "--out", answers])
    with answers.open(newline="", encoding="utf-8") as file:
        said = {relative(row["path"]): row["label"] for row in csv.DictReader(file)}
    with (out / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        winner = next(row["name"] for row in csv.DictReader(file))
    return Fitted(
        100 * found["balanced_accuracy"]["value"], 100 * found["accuracy"]["value"], run.seconds, said, winner
    )


def relative(path: str) -> str:
    """test/CLASS/NAME."""
    return "/".join(Path(path).parts[-3:])


def groups_of(name: str, column: str | None) -> dict[str, str]:
    """Path inside the set -> group, for both parts."""
    if column is None:
        return {}
    with (DATA / name / "groups.csv").open(newline="", encoding="utf-8") as file:
        return {row["file"]: row[column] for row in csv.DictReader(file)}


if __name__ == "__main__":
    main()
