"""What the report's templates ask for: the template engine, and values brought into rows and lines."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import jinja2
import numpy as np
from markupsafe import Markup

from sightline.arrays import Picture
from sightline.evaluation import figures
from sightline.evaluation.result import ClassResult, Evaluation
from sightline.findings import Finding

TEMPLATES = Path(__file__).parent / "templates"
THUMBNAIL_PX = 96
MAX_ROWS = 200
"""Rows of a table: beyond this the page would be heavy, and the JSON files beside it hold everything."""


def environment() -> jinja2.Environment:
    """The template engine: everything is escaped, and cleaned of what HTML cannot hold."""
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=figures.clean,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = (figures.percent, figures.percent_interval, figures.number, figures.number_interval, figures.count)
    units = (figures.milliseconds, figures.per_second, figures.size, figures.duration, figures.many)
    for function in (*shown, *units, thumbnail, evidence):
        engine.filters[function.__name__] = function
    return engine


def dress() -> dict[str, str]:
    """The style sheet, and a content security policy that allows it (by hash) and pictures inside the page alone."""
    style = (TEMPLATES / "styles.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    return {"style": Markup(style), "policy": policy}  # the style is our own file; names never enter it


def score_unit(task: Mapping[str, Any]) -> str:
    """ "%" where the score is balanced accuracy; a name where the task's costs make it a cost."""
    costs = task.get("costs") or {}
    return "minus the expected cost" if costs.get("mistakes") or costs.get("abstain") is not None else "%"


def class_rows(evaluation: Evaluation) -> list[tuple[str, ClassResult, int]]:
    """(name, result, pictures not decided) in the task's order; the lowest recalls where there are too many classes."""
    rows = []
    for name, counts in zip(evaluation.classes, evaluation.confusion, strict=True):
        result = evaluation.per_class[name]
        rows.append((name, result, result.support - sum(counts)))
    if len(rows) > MAX_ROWS:
        rows.sort(key=lambda row: row[1].recall if math.isfinite(row[1].recall) else 2)
    return rows[:MAX_ROWS]


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Errors, then warnings, then information, each in the order found."""
    return sorted(findings, key=lambda finding: ("error", "warning", "info").index(finding.severity))


def flat(values: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, str]]:
    """Nested tables as ("target.latency_ms", "20")."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{start}{name}.")
        elif isinstance(value, (list, tuple)):
            yield f"{start}{name}", ", ".join(map(str, value[:MAX_ROWS]))
        else:
            yield f"{start}{name}", str(value)


def evidence(values: Mapping[str, Any], most: int = 400) -> str:
    """The numbers behind a finding on a line of at most `most` letters."""
    plain = (value if isinstance(value, str) else json.dumps(value, default=str) for value in values.values())
    line = "; ".join(f"{name}: {value}" for name, value in zip(values, plain, strict=True))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def thumbnail(picture: Picture, most_px: int = THUMBNAIL_PX) -> str:
    """(h, w, 3) uint8 RGB as a data URI: PNG where it is small, else JPEG with sides of at most `most_px`."""
    longest = max(picture.shape[:2])
    if longest > most_px:
        height, width = (max(1, round(side * most_px / longest)) for side in picture.shape[:2])
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    kind = "png" if longest <= 32 else "jpeg"
    options = [] if kind == "png" else [cv2.IMWRITE_JPEG_QUALITY, 82]
    _, encoded = cv2.imencode(f".{kind}", np.ascontiguousarray(picture[:, :, ::-1]), options)
    return f"data:image/{kind};base64,{base64.b64encode(encoded.tobytes()).decode()}"
