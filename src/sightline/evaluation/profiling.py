"""The profile of this machine: every reference work, timed on one core."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np

from sightline.errors import ArtifactError, InputError
from sightline.evaluation.profile import FORMAT, Profile
from sightline.evaluation.speed import machine
from sightline.evaluation.works import Once, names, works
from sightline.parallel import Progress, silent
from sightline.resources import available_cores
from sightline.threads import one_thread_each
from sightline.version import __version__, libraries

WARM_UP = 2
LEAST_RUNS = 3
MOST_RUNS = 100
PASSES = 3
SECONDS_EACH = 0.07
"""Time for each of about 40 works in a pass, unless 3 runs take longer: 6 s for all passes on a Zen 4 core."""

Clock = Callable[[], float]


def profile_machine(progress: Progress = silent, clock: Clock = time.perf_counter) -> Profile:
    """Time every reference work on one core of this machine, the best of `PASSES` medians.

    Args:
        progress: told which work is being timed.
        clock: gives seconds.
    """
    found = dict.fromkeys(names(), math.inf)
    total = PASSES * len(found)
    with tempfile.TemporaryDirectory(prefix="sightline-profile-") as folder, one_thread_each():
        progress("profiling this machine", 0, total)
        ready = list(works(Path(folder)))
        for done, (name, once) in enumerate(PASSES * ready, 1):
            # The machine may be somebody else's for a moment: the best of passes that are seconds apart.
            found[name] = min(found[name], median_ms(once, clock))
            progress("profiling this machine", done, total)
    created = datetime.now().astimezone().isoformat(timespec="seconds")
    return Profile(machine(), available_cores(), versions(), created, found)


def median_ms(once: Once, clock: Clock = time.perf_counter) -> float:
    """Median milliseconds of `once`, warm."""
    for _ in range(WARM_UP):
        once()
    times: list[float] = []
    end = clock() + SECONDS_EACH
    while len(times) < LEAST_RUNS or (len(times) < MOST_RUNS and clock() < end):
        started = clock()
        once()
        times.append((clock() - started) * 1e3)
    # A clock may not tell two instants apart, and a ratio needs more than 0.
    return max(round(float(np.median(times)), 6), 1e-6)


def versions() -> Mapping[str, str]:
    """Versions of what does the works."""
    return {"sightline": __version__, **{name: libraries()[name] for name in ("numpy", "opencv")}}


def kept_profile(folder: Path | None, progress: Progress = silent, clock: Clock = time.perf_counter) -> Profile:
    """The profile of this machine, kept in `folder` for the next time; None keeps nothing.

    It is measured anew on another machine, with other versions, and where the file cannot be used.
    """
    if folder is None:
        return profile_machine(progress, clock)
    about = json.dumps([FORMAT, machine(), dict(versions()), names()])
    path = folder / f"profile-{hashlib.sha256(about.encode()).hexdigest()[:16]}.json"
    with contextlib.suppress(InputError):
        return Profile.load(path)
    found = profile_machine(progress, clock)
    with contextlib.suppress(ArtifactError):  # a place that cannot be written to costs the time again, no more
        found.save(path)
    return found
