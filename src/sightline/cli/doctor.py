"""`sightline doctor`: what is installed, what is missing, what this machine can do."""

from __future__ import annotations

import platform
import sys

import typer

from sightline.cli.options import Json
from sightline.cli.terminal import print_json, print_table, say
from sightline.version import __version__

BASE = (
    "numpy", "opencv-python-headless", "pillow", "onnxruntime", "scikit-learn", "safetensors", "typer", "rich",
    "jinja2",
)  # fmt: skip


def command(json: Json = False) -> None:
    """Versions, extras and this machine. Exit code 2 when something that the base needs is missing."""
    from importlib.metadata import PackageNotFoundError, version

    from sightline.classical.classifiers.trainers import FAST
    from sightline.evaluation.speed import machine
    from sightline.extras import EXTRAS
    from sightline.resources import available_cores

    found: dict[str, str | None] = {}
    optional = {**EXTRAS, FAST: "fast"}
    for name in (*BASE, *optional):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    missing = [name for name in BASE if found[name] is None]
    report = {
        "sightline": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "machine": machine(),
        "cores": available_cores(),
        "packages": found,
        "missing": missing,
    }
    if json:
        print_json(report)
    else:
        rows = [["sightline", __version__], ["python", f"{platform.python_version()} ({sys.executable})"]]
        rows += [["machine", machine()]]
        rows += [[name, at or (f'absent; pip install "sightline[{optional[name]}]"' if name in optional else "MISSING")]
                 for name, at in found.items()]  # fmt: skip
        print_table("Installation", ["what", "version"], rows)
    if missing:  # no exception: its document would be a second one
        say(f"error: missing: {', '.join(missing)}; run: pip install --force-reinstall sightline")
        raise typer.Exit(2)
