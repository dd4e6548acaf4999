"""What every test runs under."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from sightline.cores import cores

# No deadline: two shared cores say nothing about speed. Derandomized: a red run is red again on the next machine.
hypothesis.settings.register_profile("sightline", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("sightline")

# A suite started in the background is told to ignore Ctrl-C, and so would be every process that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test that leaves a map open fails itself, and not the tests after it whose threads are then limited."""
    yield
    assert not cores.taken(), "a map was left open: exhaust it, close it, or give it no name"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a headless-capable Chromium, or a skip with the reason."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on PATH; Debian: apt-get install chromium")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real pictures that is no part of the project, or a skip with the reason."""
    folder = Path(os.environ.get("SIGHTLINE_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real pictures at {folder}; set SIGHTLINE_DATA to their folder")
    return folder
