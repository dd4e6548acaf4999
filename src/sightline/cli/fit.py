"""`sightline fit`: from a labelled collection to model.sight, report.html and the tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from sightline.cli.live import watching
from sightline.cli.options import Data, Group, GroupPattern, Json, Metadata, TaskFile, Workers
from sightline.cli.terminal import (
    megabytes,
    milliseconds,
    percent,
    print_json,
    print_table,
    say,
    seconds,
)
from sightline.errors import InputError

if TYPE_CHECKING:
    from sightline.metrics.uncertainty import Interval
    from sightline.search.delivering.run import Run

DEFAULT_TIME = "2m"
SAID = ("replayed", "over-time")
"""Findings that ask nothing of anybody and are said all the same."""
WHY = 50
"""Letters of a reason in the table, so that a row is a line; leaderboard.csv and the report have all of it."""
INTERRUPTED = 130
"""As a shell tells a Ctrl-C, so that what would follow on success does not."""


def command(
    data: Data,
    task: TaskFile = None,
    test: Annotated[str | None, typer.Option("--test", help="Test part, touched only at the end.")] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="Time for everything: 90s, 2m, 1h; default 2m.", show_default=False)
    ] = None,
    max_latency: Annotated[str | None, typer.Option("--max-latency", help="Median for one picture: 20ms.")] = None,
    max_size: Annotated[str | None, typer.Option("--max-size", help="Size of model.sight: 10MB.")] = None,
    only: Annotated[str | None, typer.Option("--only", help='classical, deep, HOG, or "HOG() > LinearSVM()".')] = None,
    backbone: Annotated[
        str | None, typer.Option("--backbone", help="Trained network: a .onnx or .safetensors file, or a timm name.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Every random choice follows from it; default 0.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=1, help="Score a cheaper candidate may lose at most.")
    ] = 0.01,
    out: Annotated[str | None, typer.Option("--out", help="Folder for the results; default: runs/NAME-TIME.")] = None,
    allow_leaks: Annotated[bool, typer.Option("--allow-leaks", help="Go on with a picture in two parts.")] = False,
    group: Group = None,
    group_pattern: GroupPattern = None,
    metadata: Metadata = None,
    workers: Workers = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", help="plan.json of an earlier run: make its model again.")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--target", help="Profile of the machine to run on (bench --profile there); limits hold for it."),
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Embed pictures of the data in report.html.")
    ] = True,
    json: Json = False,
) -> None:
    """Search, choose, freeze and measure a classifier."""
    started = perf_counter()  # listing a large collection takes time that was given for everything
    from sightline.data.read import read
    from sightline.search.delivering.write import default_folder
    from sightline.search.fit import fit
    from sightline.task import Task

    _check_replay(replay, {"--time": time, "--seed": seed, "--only": only})
    time_s = seconds(DEFAULT_TIME if time is None else time)
    latency_ms = None if max_latency is None else milliseconds(max_latency)
    size_mb = None if max_size is None else megabytes(max_size)
    folder = _folder(out, default_folder(data))
    definition = Task.load(task) if task else None
    catalog = read(data, metadata=metadata, group=group, group_pattern=group_pattern)
    held = read(test, metadata=metadata, group=group, group_pattern=group_pattern) if test else None
    costs = definition is not None and definition.costs.given()
    with watching(time_s - (perf_counter() - started), json, costs) as watcher:
        run = fit(
            catalog, definition, time_s, held, folder, seed or 0, only=only, max_latency_ms=latency_ms,
            max_size_mb=size_mb, tolerance=tolerance, allow_leaks=allow_leaks, workers=workers,
            progress=watcher.progress, told=watcher.told, replay=replay, target=target, pictures=pictures,
            started=started, backbone=backbone,
        )  # fmt: skip
    if json:
        print_json(run.to_dict())
    else:
        _show(run)
    if run.interrupted:
        raise typer.Exit(INTERRUPTED)


def _check_replay(replay: Path | None, given: Mapping[str, object]) -> None:
    """Refuse what a plan already says: to take no notice of it in silence would be worse."""
    besides = [name for name, value in given.items() if value is not None]
    if replay is not None and besides:
        raise InputError(
            f"{' and '.join(besides)} given beside --replay; the plan says what is tried, how long and with which "
            f"seed; leave out {' and '.join(besides)}, or --replay"
        )


def _folder(out: str | None, default: Path) -> Path:
    if out is None:
        return default
    if not out.strip():
        raise InputError('--out "" was given; allowed: a folder, made if need be (--out runs/NAME)')
    return Path(out)


def _score(score: Interval | None, cost: bool) -> str:
    if score is None:
        return ""
    value, low, high = (f"{one + 0.0:.3g}" if cost else percent(one) for one in (score.value, score.low, score.high))
    return f"{value} ({low} to {high})"


def _cut(reason: str) -> str:
    """A reason on one line of at most `WHY` letters."""
    line = " ".join(reason.split())
    return line if len(line) <= WHY else f"{line[: WHY - 1].rstrip()}…"


def _show(run: Run) -> None:
    from sightline.evaluation.verdict import judged_on, time_for_one

    rows = [
        [
            str(number),
            trial.name,
            _score(trial.score, run.model.task.costs.given()),
            f"{trial.latency_ms:.1f} ms" if trial.latency_ms is not None else "",
            trial.status if trial.status == "winner" else _cut(trial.why),
        ]
        for number, trial in enumerate(run.leaderboard, 1)
    ]
    score = "minus cost (95 %)" if run.model.task.costs.given() else "score (95 %)"
    print_table("Leaderboard", ["", "candidate", score, "latency", ""], rows, right=(0, 3))
    worth = [finding for finding in run.findings if finding.severity != "info" or finding.kind in SAID]
    for finding in worth[:10]:
        say(f"{finding.severity}: {finding.message}")
    if len(worth) > 10:
        say(f"and {len(worth) - 10} more findings, in findings.json")
    found = run.evaluation
    balanced = found.balanced_accuracy
    say(
        f"balanced accuracy {percent(balanced.value)} ({percent(balanced.low)} to {percent(balanced.high)}), "
        f"{judged_on(found)}"
    )
    if found.converted_to is not None:
        say(f"one picture: {time_for_one(found)}")
    say(f"{run.seconds:.0f} s; results in {run.folder}: model.sight, report.html, leaderboard.csv, evaluation.json")
