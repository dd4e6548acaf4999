"""Cores and memory that this process may use: of the machine, or of the container that it runs in."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")
UNLIMITED_BYTES = 1 << 60
"""Version 1 of control groups says "no limit" by a number larger than any memory."""


def available_cores() -> int:
    """Cores this process may use: the scheduler's answer, or fewer where a container gets less time than that."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *map(math.ceil, _shares())]))


def memory_bytes() -> int | None:
    """Memory of the machine or of the container, whichever is less; None where the system does not say."""
    of_machine = _of_posix() or _of_windows()
    return None if of_machine is None else min([of_machine, *_memories()])


def _of_posix() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _of_windows() -> int | None:
    """`ullTotalPhys` of a MEMORYSTATUSEX: 64 bytes, of which the first four say so, and the second eight are it."""
    try:
        import ctypes

        status = (ctypes.c_uint64 * 8)(64)
        known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    except (ImportError, AttributeError, OSError):  # no Windows either
        return None
    return int(status[1]) or None if known else None


def _shares() -> Iterator[float]:
    """Cores' worth of time that each group around this process may use."""
    for folder in _folders("cpu"):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        if not quota:
            quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit() and int(quota) and int(period):
            yield int(quota) / int(period)


def _memories() -> Iterator[int]:
    """Bytes that each group around this process may hold."""
    for folder in _folders("memory"):
        found = _text(folder / "memory.max") or _text(folder / "memory.limit_in_bytes")
        if found.isdigit() and 0 < int(found) < UNLIMITED_BYTES:
            yield int(found)


def _folders(controller: str) -> Iterator[Path]:
    """The control groups that this process is in, inner ones first.

    A line is "0::/a/b" in version 2, "4:cpu,cpuacct:/a/b" in version 1. A container may show its own group as the root.
    """
    for line in _text(GROUPS).splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if names and controller not in names.split(","):
            continue
        root = MOUNT / controller if names else MOUNT
        inner = Path(path.lstrip("/"))
        for place in (inner, *inner.parents):
            if ".." not in place.parts:
                yield root / place


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
