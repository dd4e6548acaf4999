from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.components import known
from sightline.deep.setting import Setting
from sightline.evaluation.works import KINDS, READ_SIZES, STANDS_FOR, kernels, names, reading_work, work_of, works


def test_every_component_has_a_work() -> None:
    found = set(names())
    assert len(found) == len(names())
    for kind in (one for one in known().values() if not issubclass(one, Setting)):
        assert issubclass(kind, KINDS), f"{kind.__name__} is of a kind that no work is known for"
        assert work_of(kind()) in found


def test_what_stands_for_another_exists() -> None:
    assert set(STANDS_FOR) <= set(known())
    assert set(STANDS_FOR.values()) <= set(kernels())


def test_works_come_in_the_order_of_their_names_and_can_be_done_again(tmp_path: Path) -> None:
    done = []
    for name, once in works(tmp_path):
        once()
        once()
        done.append(name)
    assert tuple(done) == names()


def test_no_training_library_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sightline.evaluation.works import works\n"
        f"for _, once in works(Path({str(tmp_path)!r})): once()\n"
        "found = {name.split('.')[0] for name in sys.modules} & {'sklearn', 'scipy', 'sklearnex', 'torch'}\n"
        "sys.exit(str(found) if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


SIZES = [(0, "256x192"), (300 * 200, "256x192"), (640 * 480, "1024x768"), (1e9, "1024x768")]


@pytest.mark.parametrize(("pixels", "size"), SIZES)
def test_the_nearest_size_stands_for_reading(pixels: float, size: str) -> None:
    assert reading_work(pixels) == f"read {size}"
    assert reading_work(pixels) in READ_SIZES
