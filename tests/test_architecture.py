"""The house keeps its rules, and each rule can fail."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import House

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / architecture.PACKAGE
FACE = '"""A face."""\n\nfrom sightline.inputs.raster import read\n\n__all__ = ["read"]\n'
GOOD = {
    "__init__.py": '"""The face."""\n\n__all__ = ["fit"]\n_HOMES = {"fit": "sightline.api"}\n\n\n'
    "def __getattr__(name):\n    import importlib\n\n"
    "    return getattr(importlib.import_module(_HOMES[name]), name)\n",
    "__main__.py": "from sightline.cli.main import main\n\nmain()\n",
    "api.py": "from sightline.inputs.raster import read\n\n\ndef fit():\n    return read\n",
    "errors.py": "class SightlineError(Exception): ...\n",
    "arrays.py": "import numpy as np\n\nfrom sightline.errors import SightlineError\n",
    "inputs/__init__.py": FACE,
    "inputs/limits.py": "from urllib.parse import quote\n",
    "inputs/raster.py": "import cv2\n\nfrom sightline.inputs.limits import quote\n",
    "classical/__init__.py": "",
    "classical/svm.py": "def fit():\n    from sklearn.svm import LinearSVC\n",
    "cli/__init__.py": "",
    "cli/main.py": "import typer\n\nfrom sightline.api import fit\n",
}


def the_source() -> House:
    return House.read(SOURCE)


def the_tests() -> list[str]:
    folder = ROOT / "tests"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("test_*.py"))


@pytest.mark.parametrize("rule", architecture.RULES, ids=lambda rule: rule.__name__)
def test_source_keeps_the_rule(rule: Callable[[House], list[str]]) -> None:
    assert rule(the_source()) == []


def test_tests_mirror_the_source() -> None:
    assert architecture.tests_mirror_the_source(the_source(), the_tests()) == []


def test_source_is_found() -> None:
    modules = set(the_source().by_module)
    assert {"sightline", "sightline.errors", "sightline.contracts", "sightline.task"} <= modules


def test_longest_files_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    longest = sorted(the_source().files, key=lambda file: -file.text.count("\n"))[:5]
    with capsys.disabled():
        print("\nlongest files:", ", ".join(f"{file.path} {file.text.count(chr(10))}" for file in longest))
    assert longest


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("every_file_is_on_a_floor", {"attic/junk.py": ""}, "attic/junk.py"),
    ("imports_go_down", {"errors.py": "from sightline.arrays import x\n"}, "errors imports sightline.arrays"),
    ("imports_go_down", {"task.py": "from sightline.inputs.raster import read\n"}, "neighbor"),
    ("imports_go_down", {"task.py": "def f():\n    from sightline.cli.main import main\n"}, "task imports"),
    ("imports_go_down", {"task.py": "import sightline\n"}, "task imports sightline,"),
    ("imports_go_down", {"task.py": "from . import api\n"}, "task imports sightline.api"),
    ("imports_go_down", {"inputs/raster.py": "from ..data.catalog import x\n"}, "inputs imports sightline.data"),
    ("no_loops", {"inputs/limits.py": "import sightline.inputs.raster\n"}, "sightline.inputs.limits -> "),
    (
        "no_loops",
        {"inputs/limits.py": "def f():\n    from sightline.inputs.raster import g\n"},
        "sightline.inputs.raster -> sightline.inputs.limits",
    ),
    ("files_import_files", {"task.py": "from sightline.inputs import read\n"}, "task.py:1"),
    ("files_import_files", {"task.py": "import sightline.inputs as i\n"}, "task.py:1"),
    ("files_import_files", {"task.py": "from . import inputs\n"}, "task.py:1"),
    ("files_import_files", {"inputs/raster.py": "from sightline.inputs import read\n"}, "inputs/raster.py:1"),
    ("files_import_files", {"classical/__init__.py": FACE.replace(".raster", "")}, "classical/__init__.py"),
    ("heavy_libraries_have_an_address", {"classical/svm.py": "def f():\n    import torch.nn\n"}, "imports torch"),
    ("heavy_libraries_have_an_address", {"inputs/limits.py": "from rich import print\n"}, "imports rich"),
    ("training_libraries_stay_inside_functions", {"classical/svm.py": "import sklearn\n"}, "at the top"),
    ("training_libraries_stay_inside_functions", {"classical/svm.py": "class A:\n    import scipy\n"}, "at the top"),
    ("training_libraries_stay_inside_functions", {"task.py": "def f():\n    import scipy.stats\n"}, "allowed in"),
    ("other_libraries_are_known", {"task.py": "import pandas as pd\n"}, "no declared dependency"),
    ("other_libraries_are_known", {"task.py": "def f():\n    import pyarrow.parquet\n"}, "extras.need"),
    ("no_forbidden_imports", {"task.py": "def f():\n    import pickle\n"}, "pickle"),
    ("no_forbidden_imports", {"task.py": "from urllib.request import urlopen\n"}, "urllib.request"),
    ("no_forbidden_imports", {"cli/main.py": "import http.server\n"}, "http.server"),
    ("no_forbidden_calls", {"task.py": "eval('1')\n"}, "calls eval"),
    ("no_forbidden_calls", {"task.py": "import os\nos.system('ls')\n"}, "calls os.system"),
    ("no_forbidden_calls", {"task.py": "import subprocess\nsubprocess.run('ls', shell=True)\n"}, "shell=True"),
    ("no_forbidden_calls", {"task.py": "import numpy\nnumpy.load('a', allow_pickle=True)\n"}, "allow_pickle"),
    ("no_forbidden_calls", {"task.py": "import importlib\nimportlib.import_module('torch')\n"}, "hides an import"),
    ("no_assert", {"task.py": "def f(x):\n    assert x\n"}, "task.py:2"),
    ("no_grab_bags", {"inputs/utils.py": ""}, "inputs/utils.py"),
    ("no_grab_bags", {"classical/_base/svm.py": ""}, "classical/_base/svm.py"),
    ("files_are_short", {"task.py": "x = 1\n" * (architecture.MAX_LINES + 1)}, "task.py: 401 lines"),
    ("faces_are_faces", {"inputs/__init__.py": FACE + "x = 1\n"}, "defines something"),
    ("faces_are_faces", {"inputs/__init__.py": FACE + "def f(): ...\n"}, "defines something"),
    ("faces_are_faces", {"inputs/__init__.py": FACE + "\n" * 40}, "at most 40"),
    ("faces_are_faces", {"inputs/__init__.py": FACE.replace('"read"', '"write"')}, "differ by ['read', 'write']"),
    ("faces_are_faces", {"inputs/__init__.py": FACE.replace("import read", "import read, a")}, "differ by ['a']"),
    ("faces_are_faces", {"inputs/__init__.py": FACE.split("__all__")[0]}, "has no __all__"),
    ("faces_are_faces", {"__init__.py": '__all__ = ["fit", "Task"]\n'}, "not sorted"),
]


@pytest.mark.parametrize(("rule", "change", "said"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_rule_can_fail(tmp_path: Path, rule: str, change: dict[str, str], said: str) -> None:
    """A tree that keeps every rule breaks this one when `change` is made."""
    house = built(tmp_path, GOOD | change)
    assert said in "\n".join(getattr(architecture, rule)(house))


def test_every_rule_is_shown_to_fail() -> None:
    assert {rule for rule, _, _ in WRONG} == {rule.__name__ for rule in architecture.RULES}


@pytest.mark.parametrize("rule", architecture.RULES, ids=lambda rule: rule.__name__)
def test_good_tree_keeps_every_rule(tmp_path: Path, rule: Callable[[House], list[str]]) -> None:
    assert rule(built(tmp_path, GOOD)) == []


def test_mirror_rule_can_fail() -> None:
    house = House(GOOD)
    good = ["test_errors.py", "inputs/test_raster_exif.py", "test_inputs.py", "test_main.py", "test_docs.py"]
    assert architecture.tests_mirror_the_source(house, good) == []
    for stray in ("test_raster.py", "inputs/test_docs.py", "inputs/test_vector.py"):
        assert stray in "".join(architecture.tests_mirror_the_source(house, [stray]))


def built(folder: Path, files: dict[str, str]) -> House:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return House.read(folder)


def in_a_new_process(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT / "src", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, sightline; sightline.__all__; "
        "print(sorted({'numpy', 'torch', 'sklearn', 'scipy', 'cv2', 'PIL', 'typer', 'jinja2'} & set(sys.modules)))"
    )
    assert in_a_new_process(code) == "[]"


def test_faces_keep_their_promise() -> None:
    """Every name in every `__all__` is there, and the lazy ones are found."""
    faces = [file.module for file in the_source().files if file.is_face]
    code = (
        "import importlib\n"
        f"for face in {faces!r}:\n"
        "    module = importlib.import_module(face)\n"
        "    for name in getattr(module, '__all__', []):\n"
        "        getattr(module, name)\n"
    )
    assert in_a_new_process(code) == ""


def test_all_and_dev_name_every_extra() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (everything,) = extras["all"]
    named = set(everything.removeprefix("sightline[").removesuffix("]").split(","))
    assert named == set(extras) - {"all", "dev"}
    # Not "fast" and "deep": the suite tests what everybody has; where they are installed, their own tests run too.
    assert f"sightline[{','.join(sorted(named - {'fast', 'deep'}))}]" in extras["dev"]


def test_every_dependency_says_why() -> None:
    """Each bound in pyproject.toml has a comment beside it."""
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    bounds = [line for line in lines if line.startswith(('    "', "table")) and ">=" in line]
    assert len(bounds) >= 8
    assert [line for line in bounds if "#" not in line] == []
