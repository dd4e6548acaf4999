"""How much disk the base install takes, without a compiler and without libGL.

Data: none. A fresh environment gets this checkout from the package index as wheels only (`--only-binary :all:` refuses
anything that would have to be compiled); `ldd` then says what every library of OpenCV links to.
"""
# claim: the base install takes at most 600 MB, needs no compiler and no libGL

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import harness

LIMIT_MB = 600


def main() -> None:
    """Install into a folder of its own, measure, and look at what OpenCV links to."""
    with tempfile.TemporaryDirectory() as folder:
        python = fresh_environment(Path(folder) / "venv")
        packages = site_packages(python)
        before = size_mb(packages)
        install: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", harness.ROOT]
        measured = harness.child(install)
        size = size_mb(packages) - before
        linked = libraries(packages)
        harness.child([python, "-c", "import sightline, cv2, sklearn, PIL, safetensors"])
    if any("libGL" in line or "not found" in line for line in linked):
        raise SystemExit(f"OpenCV links to what the base does not bring: {linked}")
    harness.report(
        harness.Result(
            name="install_size",
            question="How much disk does `pip install .` take, and does it need a compiler or libGL?",
            data="none; a fresh environment, every dependency as a wheel",
            agreement=f"nothing compiled; OpenCV links to {len(linked)} libraries, none of them libGL, none missing",
            figures=(
                harness.Figure("site-packages", "MB", (size,), limit=LIMIT_MB),
                harness.Figure("pip install", "s", (measured.seconds,)),
            ),
        )
    )


def fresh_environment(folder: Path) -> Path:
    """The Python of a new environment with nothing but pip."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    return folder / "bin" / "python"


def site_packages(python: Path) -> Path:
    """Where `python` installs to."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip())


def size_mb(folder: Path) -> float:
    """Megabytes (10^6 bytes) of disk blocks under `folder`, as `du` counts them."""
    files = (os.lstat(Path(where) / name) for where, _, names in os.walk(folder) for name in names)
    return sum(512 * file.st_blocks for file in files) / 1e6


def libraries(packages: Path) -> list[str]:
    """The lines of `ldd` for OpenCV's extension modules."""
    modules = sorted((packages / "cv2").glob("*.so"))
    if not modules:
        raise SystemExit(f"no OpenCV module under {packages}")
    said = subprocess.run(["ldd", *modules], check=True, capture_output=True, text=True).stdout
    return [line.strip() for line in said.splitlines() if "=>" in line or "not found" in line]


if __name__ == "__main__":
    main()
