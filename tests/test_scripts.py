"""The verbs in scripts/: they parse, say what they do, and make an environment only when something changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VERBS = ["scripts/bench", "scripts/demo", "scripts/docs", "scripts/test", ".ci/run"]


def bash(command: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    path = f"{cwd / 'bin'}:/usr/bin:/bin"
    return subprocess.run(
        ["bash", "-c", command], cwd=cwd, env={"PATH": path, **env}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("verb", VERBS)
def test_verb_parses_and_stops_at_the_first_failure(verb: str) -> None:
    text = (ROOT / verb).read_text("utf-8")
    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert "\nset -euo pipefail\n" in text
    assert os.access(ROOT / verb, os.X_OK)
    assert bash(f"bash -n {verb}").returncode == 0


def test_bench_lists_every_claim_and_knows_no_other() -> None:
    listed = bash("scripts/bench --list")
    assert listed.returncode == 0
    names = {line.split()[0] for line in listed.stdout.splitlines()}
    assert names == {
        path.stem for path in (ROOT / "benchmarks").glob("*.py") if "\n# claim: " in path.read_text("utf-8")
    }
    refused = bash("scripts/bench no_such")
    assert refused.returncode == 2
    assert 'no benchmark "no_such"; known: ' in refused.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose Python is recorded instead of run when it installs."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "scripts" / "environment.sh").write_text((ROOT / "scripts" / "environment.sh").read_text("utf-8"))
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    fake = tmp_path / "bin" / "python3"
    fake.write_text(
        "#!/bin/bash\n"
        f'if [ "$1 $2" != "-m venv" ]; then exec {sys.executable} "$@"; fi\n'
        'mkdir -p "$3/bin"\n'
        'printf \'#!/bin/bash\\necho "$@" >>installed; [ ! -e broken ]\\n\' >"$3/bin/python"\n'
        'chmod +x "$3/bin/python"\n'
    )
    fake.chmod(0o755)
    return tmp_path


def make(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = f"set -euo pipefail; source scripts/environment.sh; find_python() {{ echo {checkout}/bin/python3; }}; "
    return bash(command + "environment .venv-x -e '.[dev]'", checkout)


def installs(checkout: Path) -> int:
    return len((checkout / "installed").read_text("utf-8").splitlines())


def test_environment_is_made_once(checkout: Path) -> None:
    first = make(checkout)
    assert first.returncode == 0, first.stderr
    assert "making .venv-x (.[dev])" in first.stderr
    assert "install -qq --no-compile --progress-bar off -e .[dev]" in (checkout / "installed").read_text("utf-8")
    assert make(checkout).stderr == ""
    assert installs(checkout) == 1


def test_environment_is_made_again_when_pyproject_changes(checkout: Path) -> None:
    make(checkout)
    (checkout / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    make(checkout)
    assert installs(checkout) == 2


def test_failed_install_is_not_taken_for_an_environment(checkout: Path) -> None:
    (checkout / "broken").touch()
    assert make(checkout).returncode != 0
    (checkout / "broken").unlink()
    assert make(checkout).returncode == 0
    assert installs(checkout) == 2


def test_old_python_is_refused_in_one_line(checkout: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        path = checkout / "bin" / name
        path.write_text("#!/bin/bash\nexit 1\n")
        path.chmod(0o755)
    done = bash("set -euo pipefail; source scripts/environment.sh; environment .venv-x -e .; echo went on", checkout)
    assert done.returncode == 2
    assert "found no Python 3.11 or newer" in done.stderr
    assert "went on" not in done.stdout


def test_no_weights_and_nothing_large_is_under_version_control() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(files) > 100
    kinds = (".onnx", ".safetensors", ".sight", ".npz", ".npy", ".pt", ".pth")
    assert [file.name for file in files if file.suffix in kinds] == []
    assert [file.name for file in files if file.is_file() and file.stat().st_size > 500_000] == []
