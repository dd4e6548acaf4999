from __future__ import annotations

from pathlib import Path

import pytest

from tests.pictures import write_folders


@pytest.fixture(scope="session")
def mats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Class folders with 30 normal and 30 broken mats of 48 px."""
    return write_folders(tmp_path_factory.mktemp("mats"), per_class=30, size=48, seed=0)


@pytest.fixture(scope="session")
def split_mats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train/ with 24 and test/ with 10 mats of each class."""
    root = tmp_path_factory.mktemp("split")
    write_folders(root / "train", per_class=24, size=48, seed=1)
    write_folders(root / "test", per_class=10, size=48, seed=2)
    return root
