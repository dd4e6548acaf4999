from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.evaluation.probe import peak_memory
from sightline.evaluation.speed import measure
from tests.evaluation.profiles import small_model

MEGABYTES = 400


def test_memory_is_that_of_the_process_and_not_of_the_one_that_started_it() -> None:
    held = np.ones(MEGABYTES * 125_000)  # 8 bytes each
    assert held.all()
    del held
    mine = peak_memory()
    if mine is None:
        pytest.skip("this machine tells no peak")
    assert mine > MEGABYTES * 1_000_000
    ask = "from sightline.evaluation.probe import peak_memory; print(peak_memory())"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert 1_000_000 < int(told) < MEGABYTES * 1_000_000


def test_pictures_that_cannot_be_read_are_one_line_without_the_name_of_a_class(tmp_path: Path) -> None:
    small_model().save(tmp_path / "m.sight")
    with pytest.raises(InputError) as error:
        measure(tmp_path / "m.sight", [str(tmp_path / "nowhere.png")], seconds=0.1)
    line = str(error.value)
    assert "failed: none of the pictures can be read (first: " in line and "nowhere.png: no such file)" in line
    assert "Error" not in line and "sightline." not in line and "\n" not in line
