"""Every example runs as a user would run it, and says what it should."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAYS = {
    "components_in_sklearn.py": ["best: {", "accuracy in cross-validation: 1.000"],
    "fit_folder.py": ["300 pictures in 10 classes", "winner: ", "95 % interval"],
    "predict_stream.py": ["200 frames: {'disc': 1", "'square': "],
}


def test_every_example_is_run() -> None:
    assert {path.name for path in (ROOT / "examples").glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", sorted(SAYS))
def test_example(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / name)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for text in SAYS[name]:
        assert text in done.stdout
    assert list(tmp_path.iterdir()) == []
