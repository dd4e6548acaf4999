"""Reports from invented numbers, to test the page with and to look at.

PYTHONPATH=src:. python -m tests.evaluation.examples FOLDER        writes one page for each example
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sightline.evaluation.report import render
from sightline.evaluation.report_data import DataFacts, LeaderboardRow, Mistake, Neighbor, ReportData
from sightline.evaluation.result import ClassResult, Evaluation, ReliabilityBin, Source
from sightline.files import write_whole
from sightline.findings import Finding
from sightline.metrics.uncertainty import Interval


def write_report(data: ReportData, path: Path) -> None:
    """The page as a file, as a fit writes it."""
    write_whole(path, render(data).encode())


def around(value: float, half: float) -> Interval:
    return Interval(value, max(value - half, 0.0), min(value + half, 1.0))


def confusion(k: int, support: int, right: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    table = np.zeros((k, k), int)
    for i in range(k):
        shares = rng.dirichlet(np.full(k, 0.25)) * (1 - right)
        shares[i] += right
        table[i] = rng.multinomial(support, shares)
    return table


def evaluation(table: np.ndarray, classes: tuple[str, ...], source: Source = "test", undecided: int = 0) -> Evaluation:
    n = int(table.sum()) + undecided
    support = table.sum(1) + np.bincount(np.arange(undecided) % len(classes), minlength=len(classes))
    recall = np.diag(table) / support
    precision = np.diag(table) / np.maximum(table.sum(0), 1)
    f1 = 2 * recall * precision / np.maximum(recall + precision, 1e-9)
    accuracy = np.trace(table) / n
    spread = 1.96 * math.sqrt(max(accuracy * (1 - accuracy), 1 / n) / n)
    per_class = {}
    for i, name in enumerate(classes):
        half = 1.96 * math.sqrt(max(recall[i] * (1 - recall[i]), 1 / support[i]) / support[i])
        r, p = around(recall[i], half), around(precision[i], half)
        per_class[name] = ClassResult(p.value, r.value, f1[i], int(support[i]), p.low, p.high, r.low, r.high)
    bins = []
    for i, share in enumerate((0.0, 0.0, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.16, 0.6)):
        amount = round(share * n)
        middle = i / 10 + 0.06
        bins.append(
            ReliabilityBin(
                i / 10, (i + 1) / 10, amount, middle if amount else math.nan, middle**1.3 if amount else math.nan
            )
        )
    return Evaluation(
        n=n,
        source=source,
        classes=classes,
        accuracy=around(accuracy, spread),
        balanced_accuracy=around(recall.mean(), spread),
        macro_f1=around(f1.mean(), spread),
        mcc=around(accuracy - 0.01, spread),
        log_loss=0.241,
        brier=0.108,
        ece=0.023,
        intervals={"log_loss": Interval(0.241, 0.19, 0.301), "ece": Interval(0.023, 0.012, 0.041)},
        per_class=per_class,
        confusion=tuple(tuple(int(amount) for amount in row) for row in table),
        abstained=undecided,
        reliability=tuple(bins),
        latency_ms={"p50": 4.213, "p95": 6.09, "p99": 8.871},
        throughput_per_s=311.7,
        peak_memory_bytes=187_400_000,
        model_bytes=1_310_000,
        measured_on="AMD EPYC 9R14, 2 cores, Linux, one thread",
        notes=("Latency was measured on 200 pictures after 20 to warm up.",),
    )


def leaderboard() -> tuple[LeaderboardRow, ...]:
    names = (
        "hog-svm",
        "hog+color-svm",
        "bovw-svm",
        "lbp+hog-svm",
        "hog-knn",
        "lbp-forest",
        "color-forest",
        "color-linear",
    )
    scores, times = (0.936, 0.938, 0.921, 0.929, 0.902, 0.871, 0.62, 0.588), (4.2, 6.8, 31.0, 7.1, 5.5, 9.3, 3.1, 1.9)
    rows = []
    for i, (name, score, time) in enumerate(zip(names, scores, times, strict=True)):
        won = i == 0
        why = (
            "within one point of the best, at 62 % of its time"
            if won
            else f"{93.9 - 100 * score:.1f} points below the best"
        )
        spec = f"HOG(cell_px=8, bins=9) > KernelSVM(C={10 * (i + 1)}, gamma='scale')"
        interval = around(score, 0.02 + 0.004 * i)
        rows.append(
            LeaderboardRow(
                i + 1,
                name,
                spec,
                interval,
                0.2 + 0.05 * i,
                time,
                3.1 + i,
                "winner" if won else "tried",
                why if i < 6 else "left behind: far below the best on the first 480 pictures",
                1438 if i < 6 else 480,
            )
        )
    nothing = Interval(math.nan, math.nan, math.nan)
    spec = "DenseSIFT(step_px=8) > FisherVector(k=64) > LinearSVM()"
    rows.append(
        LeaderboardRow(None, "sift-fisher", spec, nothing, None, 48.0, None, "over budget", "48 ms, allowed are 20 ms")
    )
    rows.append(LeaderboardRow(None, "sift-pyramid", spec, nothing, status="skipped", why="no time left"))
    return tuple(rows)


def findings() -> tuple[Finding, ...]:
    return (
        Finding("class-counts", "info", "1438 pictures to learn from in 10 classes", "", {"0": 142, "1": 146}),
        Finding(
            "broken-file",
            "warning",
            "scan/7/0113.png is truncated",
            "repair or remove it",
            {"reason": "truncated"},
            ("scan/7/0113.png",),
        ),
        Finding(
            "duplicate",
            "warning",
            "12 pictures are copies of another one in the same part",
            "remove them; folds keep copies on one side, so figures are not flattered",
            {"sets": 12},
            tuple(f"scan/3/{i:04}.png" for i in range(24)),
        ),
        Finding(
            "declared-not-checked",
            "info",
            "task key conditions.blur_px = 1.5 is declared, not checked: nothing acts on it yet",
            "do not rely on it",
            {"key": "conditions.blur_px"},
        ),
    )


def ring(i: int, side: int) -> np.ndarray:
    rows, columns = np.mgrid[0:side, 0:side] / side
    on = np.abs(np.hypot(rows - 0.5, columns - 0.5) - 0.1 - 0.02 * (i % 18)) < 0.06
    return np.stack([np.where(on, 240 - 30 * c, 40 + 12 * c + 60 * rows).astype(np.uint8) for c in range(3)], axis=2)


def mistakes(
    classes: tuple[str, ...], n: int = 14, side: int = 64, near: int = 0, table: np.ndarray | None = None
) -> tuple[Mistake, ...]:
    """Worst first; with a confusion table, as many of each kind as it says, else one kind after the other."""
    if table is None:
        kinds = [(i % len(classes), (i + 1) % len(classes)) for i in range(n)]
    else:
        cells = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) if i != j for _ in range(count)]
        kinds = sorted(cells, key=lambda cell: (7 * cell[0] + 3 * cell[1]) % 11)
    found = []
    for i, (true, said) in enumerate(kinds):
        picture = ring(i, side) if i % 7 != 6 else None
        alike = tuple(
            Neighbor(
                f"train/{classes[said]}/{j:04}.png", classes[said if j else true], 0.97 - 0.03 * j, ring(i + j, side)
            )
            for j in range(near)
        )
        confidence = 0.99 - 0.6 * i / len(kinds)
        found.append(
            Mistake(f"test/{classes[true]}/{i:04}.png", classes[true], classes[said], confidence, picture, alike)
        )
    return tuple(found)


DIGITS = tuple("0123456789")


def digits() -> ReportData:
    return ReportData(
        title="digits",
        question="Which digit was written by hand?",
        created="2026-02-03T14:05:11",
        version="0.1.0",
        evaluation=evaluation(confusion(10, 36, 0.93), DIGITS),
        leaderboard=leaderboard(),
        findings=findings(),
        data=DataFacts(
            1797,
            {name: (142 + i, 36) for i, name in enumerate(DIGITS)},
            43,
            1,
            {"PNG grey 8 bit": 1790, "JPEG": 7},
            "8x8 to 640x480, median 8x8",
            "80 % to learn from, 20 % to test on, stratified by class",
        ),
        task={
            "question": "Which digit was written by hand?",
            "classes": list(DIGITS),
            "target": {"latency_ms": 20, "size_mb": 1},
            "conditions": {"rotation_deg": 15},
        },
        preparation="full decode, RGB, 32x32, whole picture kept, area resampling",
        model_spec="HOG(cell_px=8, bins=9) > KernelSVM(C=10, gamma='scale')",
        chosen_because="at most 0.8 points (95 %) below the best score, at 62 % of its time.",
        model_file="runs/digits/model.sight",
        commands=(
            ("Classify new pictures", "sightline predict runs/digits/model.sight NEW/*.jpg --out answers.csv"),
            ("Evaluate on other pictures", "sightline evaluate runs/digits/model.sight OTHER/"),
        ),
        mistakes=mistakes(DIGITS, near=3, table=confusion(10, 36, 0.93)),
        seconds=112.4,
        budget_s=120,
    )


def mats() -> ReportData:
    """Two classes, costs, a positive class, undecided pictures, an error, few pictures."""
    classes = ("normal", "broken")
    e = evaluation(np.array([[66, 1], [3, 9]]), classes, undecided=5)
    more = {
        **e.intervals,
        "positive_recall": Interval(0.643, 0.38, 0.84),
        "positive_precision": Interval(0.9, 0.6, 0.98),
        "expected_cost": Interval(0.21, 0.08, 0.39),
    }
    leak = Finding(
        "leak",
        "error",
        "3 pictures stand both in train and in test",
        "remove them from one part and fit again",
        {"pictures": 3},
    )
    e = dataclasses.replace(e, intervals=more, ece=0.081)
    costly = tuple(
        dataclasses.replace(row, score=Interval(row.score.value - 1.1, row.score.low - 1.15, row.score.high - 1.05))
        for row in leaderboard()
    )
    task = {
        "question": "Is the mat normal or broken?",
        "positive": "broken",
        "costs": {"mistakes": {"broken": {"normal": 20.0}}, "abstain": 0.3},
    }
    data = DataFacts(412, {"normal": (280, 70), "broken": (48, 14)})
    return dataclasses.replace(
        digits(),
        title="mats-3",
        question="Is the mat normal or broken?",
        evaluation=e,
        task=task,
        data=data,
        findings=(leak, *findings()),
        leaderboard=costly,
        mistakes=mistakes(classes, 4, 300, 3, np.array([[66, 1], [3, 9]])),
    )


def plants(k: int = 40) -> ReportData:
    """Many classes with long names, out-of-fold, interrupted, no speed."""
    classes = tuple(f"Pseudotsuga menziesii var. glauca, leaf {i:02}" if i % 3 else f"Acer {i:02}" for i in range(k))
    e = dataclasses.replace(
        evaluation(confusion(k, 60, 0.7), classes, "out-of-fold"),
        latency_ms=None,
        throughput_per_s=None,
        peak_memory_bytes=None,
        model_bytes=None,
        measured_on=None,
        notes=("the model was chosen among 31 candidates on these rows; the score is corrected for the choice",),
    )
    data = DataFacts(60 * k, {name: (60, 0) for name in classes}, None, 0, {}, "", "5 folds, stratified")
    return dataclasses.replace(
        digits(),
        title="plants",
        question="",
        evaluation=e,
        data=data,
        task={},
        mistakes=mistakes(classes, 24),
        findings=(),
        interrupted=True,
        budget_s=None,
    )


def faultless() -> ReportData:
    classes = ("cat", "dog", "bird")
    e = evaluation(np.diag([60, 70, 50]), classes)
    return dataclasses.replace(
        digits(),
        evaluation=dataclasses.replace(e, accuracy=Interval(1.0, 0.979, 1.0)),
        mistakes=(),
        commands=(),
        leaderboard=(),
    )


HOSTILE = '<script>alert("x")</script>'


def hostile() -> ReportData:
    """Names from folders that want to be markup, reverse the text, or are no valid Unicode."""
    classes = (
        HOSTILE,
        '"><img src=x onerror=alert(1)>',
        "gnp.\u202egpj",
        "a\udcff\x00\x1b[31mb",
        "{{ 7 * 7 }}",
        "& ]]> --></style>",
    )
    bad = Finding(HOSTILE, "warning", HOSTILE, HOSTILE, {HOSTILE: HOSTILE}, (HOSTILE,))
    data = DataFacts(60, {name: (50, 10) for name in classes}, None, 0, {HOSTILE: 3}, HOSTILE, HOSTILE)
    rows = tuple(dataclasses.replace(row, name=HOSTILE, spec=HOSTILE, why=HOSTILE) for row in leaderboard())
    return dataclasses.replace(
        digits(),
        title=HOSTILE,
        question=HOSTILE,
        evaluation=evaluation(confusion(6, 30, 0.8), classes),
        leaderboard=rows,
        findings=(bad,),
        data=data,
        task={HOSTILE: HOSTILE},
        preparation=HOSTILE,
        model_spec=HOSTILE,
        chosen_because=HOSTILE,
        model_file=HOSTILE + "'\"",
        commands=((HOSTILE, HOSTILE),),
        mistakes=tuple(
            dataclasses.replace(
                one, source=HOSTILE, nearest=tuple(dataclasses.replace(n, source=HOSTILE) for n in one.nearest)
            )
            for one in mistakes(classes, near=2)
        ),
    )


def private() -> ReportData:
    """Data that must not be embedded."""
    return dataclasses.replace(digits(), pictures=False)


def ready() -> ReportData:
    """Nothing speaks against it."""
    table = confusion(10, 200, 0.97)
    data = dataclasses.replace(digits(), evaluation=evaluation(table, DIGITS), findings=findings()[:1])
    return dataclasses.replace(
        data,
        task={"target": {"latency_ms": 20}},
        mistakes=mistakes(DIGITS, side=300, table=table),
        question="Which digit is it?",
    )


def bare() -> ReportData:
    """Everything that may be missing is missing, and every number that may be NaN is."""
    nothing = Interval(math.nan, math.nan, math.nan)
    e = evaluation(np.array([[3, 1], [0, 2]]), ("a", "b"))
    none = ClassResult(math.nan, math.nan, math.nan, 0, math.nan, math.nan, math.nan, math.nan)
    e = dataclasses.replace(
        e,
        macro_f1=nothing,
        mcc=nothing,
        log_loss=math.nan,
        brier=math.nan,
        ece=math.nan,
        intervals={},
        reliability=(),
        latency_ms=None,
        throughput_per_s=None,
        peak_memory_bytes=None,
        model_bytes=None,
        measured_on=None,
        notes=(),
        per_class={**e.per_class, "b": none},
    )
    return ReportData("", "", "", "0.1.0", e, (), (), DataFacts(6, {}), {}, "", "", "", "")


EXAMPLES: dict[str, Callable[[], ReportData]] = {
    f.__name__: f for f in (digits, mats, plants, faultless, private, ready, hostile, bare)
}

if __name__ == "__main__":
    for name, example in EXAMPLES.items():
        write_report(example(), Path(sys.argv[1]) / f"{name}.html")
