"""Every broken and odd file: what is read, how, and why not."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from sightline.errors import UnreadableError
from sightline.inputs.raster import decode
from sightline.inputs.source import is_picture_name, read_bytes
from sightline.preparation.preparation import Preparation
from tests.broken import Expectation, write_odd_files

Odd = tuple[Path, dict[str, Expectation]]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Odd:
    folder = tmp_path_factory.mktemp("odd")
    return folder, write_odd_files(folder)


def test_there_are_enough_of_them(odd: Odd) -> None:
    folder, expected = odd
    assert len(expected) >= 40
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_000_000


def test_each_is_read_or_refused_as_expected(odd: Odd) -> None:
    folder, expected = odd
    for name, expectation in expected.items():
        if expectation.refused is not None:
            with pytest.raises(UnreadableError) as caught:
                decode(read_bytes(folder / name))
            reason = str(caught.value)
            assert expectation.refused in reason, name
            assert "\n" not in reason and str(folder) not in reason and len(reason) < 200, name
            continue
        picture = decode(read_bytes(folder / name))
        assert expectation.shape is not None
        assert picture.shape == (*expectation.shape, 3), name
        assert picture.dtype == np.uint8 and picture.flags.c_contiguous and picture.flags.writeable, name
        if expectation.color is not None:
            assert np.abs(picture.mean((0, 1)) - expectation.color).max() <= 4, name


@pytest.mark.parametrize("reduce", [1, 2, 4, 8])
def test_a_path_and_its_bytes_are_one_picture(odd: Odd, reduce: int) -> None:
    folder, expected = odd
    preparation = Preparation(decode=reduce, max_side_px=None)
    for name, expectation in expected.items():
        if expectation.shape is None or name.startswith("8000"):
            continue
        of_path, of_bytes = preparation.apply(folder / name), preparation.apply((folder / name).read_bytes())
        assert np.array_equal(of_path, of_bytes), name
        assert of_path.shape == (*(-(-side // reduce) for side in expectation.shape), 3), name


def test_a_walk_finds_those_that_are_listed(odd: Odd) -> None:
    _, expected = odd
    for name, expectation in expected.items():
        hidden = any(part.startswith(".") for part in Path(name).parts[:-1])
        assert (is_picture_name(Path(name).name) and not hidden) == expectation.is_listed, name


def test_names_are_kept_as_they_were_given(odd: Odd) -> None:
    folder, expected = odd
    combining = next(name for name in expected if unicodedata.normalize("NFC", name) != name)
    assert Preparation().apply(os.fspath(folder / combining)).shape == (24, 24, 3)


def test_nothing_is_printed_about_broken_files(odd: Odd) -> None:
    """The C libraries below write to the terminal directly; a run over many files must not."""
    folder, _ = odd
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from sightline.errors import UnreadableError\n"
        "from sightline.inputs.raster import decode\n"
        "for path in Path(sys.argv[1]).iterdir():\n"
        "    if path.is_file() and not path.name.startswith('8000'):\n"
        "        try:\n"
        "            decode(path.read_bytes())\n"
        "        except UnreadableError:\n"
        "            pass\n"
    )
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(folder)],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
