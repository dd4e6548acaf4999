"""Everything that a fit leaves in its folder."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sightline.errors import ArtifactError, InputError
from sightline.evaluation.report import render
from sightline.files import held_alone, write_whole
from sightline.findings import Finding
from sightline.search.collecting.collect import Collected
from sightline.search.delivering.deliver import NEW_MODEL, Delivered
from sightline.search.delivering.page import report_data
from sightline.search.delivering.run import Run
from sightline.search.trying.trial import Trial
from sightline.version import __version__

COLUMNS = (
    "rank", "name", "status", "score", "score_low", "score_high", "log_loss", "latency_ms", "size_bytes", "seconds",
    "pipeline", "why",
)  # fmt: skip
DELIVERED = ("model.sight", "evaluation.json")
"""Where one of these is, a run came to a model."""
UNFINISHED = "unfinished-"
"""Begins the names of tables of a run without a model, beside those of an earlier run that has one."""


def default_folder(data: str) -> Path:
    """runs/NAME-DATE-TIME for data of that name."""
    name = re.sub(r"[^\w.-]+", "-", Path(data).resolve().stem) or "data"
    return Path("runs") / f"{name}-{datetime.now():%Y%m%d-%H%M%S}"


def check_allowed(out: Path) -> None:
    """Refuse, before anything is made, a folder where nobody may write; whether one really can is seen later.

    Raises:
        InputError: the folder, or the first above it that exists, is not for us, or lies on a disk that is read-only.
    """
    there = next(one for one in (out.absolute(), *out.absolute().parents) if os.path.exists(one))
    if not os.access(there, os.W_OK):
        raise InputError(
            f"cannot write to --out {out}: {there} is read-only, or another's; give a folder that can be written to"
        )


@contextmanager
def run_folder(out: Path) -> Iterator[Path]:
    """The folder, made if need be and seen to be writable before any work is done; inside, no other fit has it.

    Raises:
        InputError: it cannot be made or written to, or another fit writes there.
    """
    with _told(out):
        out.mkdir(parents=True, exist_ok=True)
    with held_alone(out) as alone:  # first, for another fit that begins at the same moment writes the same probe
        if not alone:
            raise InputError(f"another fit is writing to --out {out}; wait for it, or give a folder of its own")
        with _told(out):
            probe = out / ".writable"
            probe.write_bytes(b"")
            probe.unlink(missing_ok=True)
        try:
            yield out
        finally:
            with suppress(OSError):
                (out / NEW_MODEL).unlink(missing_ok=True)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot write to --out {out}: {error.strerror}; give a folder that can be written to"
        ) from None


def write_leaderboard(folder: Path, trials: list[Trial]) -> Path:
    """The leaderboard of a search that has not delivered yet, one row for each candidate, best first; its path.

    It is leaderboard.csv, unless an earlier run left its model in the folder: if this one ends without, what is there
    still belongs together, and what was tried now stands beside it under a name that says so.
    """
    path = _unfinished(folder, "leaderboard.csv")
    write_whole(path, _leaderboard(trials))
    return path


def _unfinished(folder: Path, name: str) -> Path:
    """Where a table goes before its run has a model: out of the way of an earlier run that has one."""
    return folder / (f"{UNFINISHED}{name}" if any((folder / one).exists() for one in DELIVERED) else name)


def _leaderboard(trials: list[Trial]) -> bytes:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for rank, trial in enumerate(trials, 1):
        row = trial.to_dict()
        score = row.pop("score") or {}
        row |= {
            "rank": rank,
            "score": score.get("value"),
            "score_low": score.get("low"),
            "score_high": score.get("high"),
        }
        writer.writerow({name: "" if row.get(name) is None else row[name] for name in COLUMNS})
    return buffer.getvalue().encode()


def write_findings(folder: Path, findings: Sequence[Finding]) -> Path:
    """The findings of a search that has not delivered yet, most known before it; named as its leaderboard is."""
    path = _unfinished(folder, "findings.json")
    write_whole(path, _json([finding.to_dict() for finding in findings]))
    return path


def write_run(
    folder: Path,
    run: Run,
    data: Collected,
    delivered: Delivered,
    pictures: bool = True,
) -> None:
    """The model that was delivered gets its name, the tables and the report come beside it.

    What an earlier run left is replaced, or removed where this one has none of it. evaluation.json goes first and comes
    last: who finds one, as `sightline compare` looks for it, finds all of one run.

    Args:
        folder: has the model under its name of before.
        run, data, delivered: what is told.
        pictures: whether the report shows any.

    Raises:
        ArtifactError: one cannot be written or removed.
    """
    pages = {  # all of them before the first is written: what cannot be told must not cost an earlier run
        "leaderboard.csv": _leaderboard(list(run.leaderboard)),
        "findings.json": _json([finding.to_dict() for finding in run.findings]),
        "plan.json": _json(_plan(run, data)),
        "report.html": render(report_data(run, data, delivered, pictures)).encode(),
        "evaluation.json": _json(run.evaluation.to_dict()),
    }
    _take_away(folder, "evaluation.json", f"{UNFINISHED}leaderboard.csv", f"{UNFINISHED}findings.json")
    if delivered.answers is not None:
        delivered.answers.save(folder / "answers.csv")
    else:
        _take_away(folder, "answers.csv")
    _name_model(folder)
    for name, page in pages.items():
        write_whole(folder / name, page)


def _name_model(folder: Path) -> None:
    try:
        (folder / NEW_MODEL).replace(folder / "model.sight")
    except OSError as error:
        raise ArtifactError(f"cannot write {folder / 'model.sight'}: {error.strerror}; give another --out") from None


def _take_away(folder: Path, *names: str) -> None:
    """Remove files of an earlier run.

    Raises:
        ArtifactError: one cannot be removed.
    """
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise ArtifactError(
                f"cannot remove {folder / name}, which is of an earlier run: {error.strerror}; remove it, or give an "
                "--out of its own"
            ) from None


def _plan(run: Run, data: Collected) -> dict[str, Any]:
    """What ran, so that a reader can tell what the result rests on."""
    return {
        "sightline": __version__,
        "seed": run.seed,
        "time_s": run.budget_s,
        "seconds": round(run.seconds, 3),
        "data": {
            "origin": data.training.origin,
            "training": len(data.training),
            "test": 0 if data.test is None else len(data.test),
            "folds": len(data.folds),
            "grouped": data.grouped,
        },
        "task": data.task.to_dict(),
        "preparation": run.model.preparation.to_dict(),
        "candidates": [trial.to_dict() for trial in run.leaderboard],
        "interrupted": run.interrupted,
        "replay": run.plan.to_dict(),
    }


def _json(plain: Any) -> bytes:
    return json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False).encode()
