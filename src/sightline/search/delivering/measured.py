"""How fast the model file is: measured in a process of its own, and within the hour not measured again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sightline.errors import InputError
from sightline.evaluation.speed import Speed, machine, measure
from sightline.findings import Finding
from sightline.inputs.source import Item
from sightline.search.collecting.journal import LONGEST_S, Entry, Journal
from sightline.search.trying.comparison import Comparison
from sightline.search.trying.limits import Limits, OverLimits
from sightline.version import made_with

SPEED_SHARE = 0.04
"""Share of the time budget for measuring latency, and again for throughput; at most 2 s each."""
LEAST_TIMEOUT_S = 30
"""When measuring a file is stopped, however little time is left: a process starts in two."""
FRESH_S = 3600
"""The same command again, within an hour, on this machine: the same file is as fast as it was."""
QUANTILES = ("p50", "p95", "p99")
FACTS = {
    "at": (0.0, 1e12),
    **dict.fromkeys(QUANTILES, (0.0, 1e9)),
    "throughput_per_s": (0.0, 1e9),
    "peak_memory_bytes": (-1.0, 1e15),
    "load_ms": (0.0, 1e3 * LONGEST_S),
    "pictures": (1.0, 1e9),
}
"""What the journal holds of a file, and what that can be; a memory of -1 could not be told."""


def measured(among: Comparison, path: Path, digest: str, limits: Limits) -> tuple[Speed | None, tuple[Finding, ...]]:
    """The speed of a model file, as long as it can be measured; converted to the target machine where there is one.

    Args:
        among: whose journal remembers it.
        path: the file.
        digest: what decides its answers.
        limits: what it must keep.

    Raises:
        OverLimits: it could not be measured, and there is a limit on it.
    """
    key = Journal.key("speed of", digest, machine(), made_with())
    known = _remembered(among, key, path) if limits.target is None else None
    if known is not None:
        return known, ()
    try:
        speed, findings = _believed(among, path, limits)
    except InputError as error:
        if limits.need_measuring:
            raise OverLimits(f"speed and memory could not be measured, and have limits: {error}") from None
        message = f"speed and memory were not measured: {error}"
        return None, (Finding("speed-not-measured", "warning", message, "run: sightline bench model.sight"),)
    _remember(among, key, speed)
    return speed, findings


def _believed(among: Comparison, path: Path, limits: Limits) -> tuple[Speed, tuple[Finding, ...]]:
    seconds = min(2.0, among.budget.seconds * SPEED_SHARE)
    timeout_s = max(LEAST_TIMEOUT_S, among.budget.left())
    # Speed decides which candidate ships, so it is not measured on the test part.
    speed, findings = _once(path, among.data.training.items, limits, seconds, timeout_s)
    if limits.nearly_broken(speed):
        # Another process may find the same file slower by a tenth; the slower one is believed.
        again, more = _once(path, among.data.training.items, limits, seconds, timeout_s)
        if limits.latency_of(again) > limits.latency_of(speed):
            return again, more
    return speed, findings


def _once(
    path: Path, items: Sequence[Item], limits: Limits, seconds: float, timeout_s: float
) -> tuple[Speed, tuple[Finding, ...]]:
    speed = measure(path, items, seconds, timeout_s)
    if limits.target is None:
        return speed, ()
    speed, finding = limits.target.converted(speed, path, items)
    return speed, (finding,)


def _remember(among: Comparison, key: str, speed: Speed) -> None:
    if speed.converted_to is not None:  # by a profile, which the key does not name
        return
    memory = -1.0 if speed.peak_memory_bytes is None else float(speed.peak_memory_bytes)
    facts = {
        "at": time.time(),
        **{name: speed.latency_ms[name] for name in QUANTILES},
        "throughput_per_s": speed.throughput_per_s,
        "peak_memory_bytes": memory,
        "load_ms": speed.load_ms,
        "pictures": float(speed.pictures),
    }
    among.journal.put(key, Entry(np.zeros((0, among.folds.k), np.float32), 0.0, facts), {"file": "measured"})


def _remembered(among: Comparison, key: str, path: Path) -> Speed | None:
    entry = among.journal.get(key, FACTS)
    if entry is None or not 0 <= time.time() - entry.facts["at"] <= FRESH_S:
        return None
    facts = entry.facts
    return Speed(
        latency_ms={name: facts[name] for name in QUANTILES},
        throughput_per_s=facts["throughput_per_s"],
        peak_memory_bytes=None if facts["peak_memory_bytes"] < 0 else int(facts["peak_memory_bytes"]),
        model_bytes=path.stat().st_size,
        load_ms=facts["load_ms"],
        pictures=int(facts["pictures"]),
        machine=machine(),
    )
