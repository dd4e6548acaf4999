from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

import cv2
import numpy as np
import pytest

from sightline import version
from sightline.version import __version__, libraries, made_with


@pytest.fixture
def fresh() -> Iterator[None]:
    """Versions are asked for once a process."""
    libraries.cache_clear()
    yield
    libraries.cache_clear()


def test_libraries_that_decide_answers_are_named_with_their_versions() -> None:
    found = libraries()
    assert found["numpy"] == np.__version__ and found["opencv"] == cv2.__version__
    assert {"pillow", "scikit-learn", "scipy"} <= set(found)
    assert found["scipy"] == metadata.version("scipy")
    assert libraries() is found


@pytest.mark.usefixtures("fresh")
def test_one_that_is_not_installed_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "ASKED", ("no-such-distribution",))
    assert libraries()["no-such-distribution"] == "absent"


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("upgraded", version.ASKED)
def test_keys_change_with_each_of_them(upgraded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, asked = made_with(), metadata.version
    assert before.startswith(f"sightline {__version__}, numpy {np.__version__}, ") and "\n" not in before
    libraries.cache_clear()
    monkeypatch.setattr(metadata, "version", lambda name: "999" if name == upgraded else asked(name))
    assert made_with() != before and f"{upgraded} 999" in made_with()


def test_importing_asks_for_nothing() -> None:
    code = "import sys, sightline.version; print(sorted({'cv2', 'numpy', 'importlib.metadata'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-S", "-c", SOURCE + code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SOURCE = f"import sys; sys.path[:0] = {sys.path!r}; "
