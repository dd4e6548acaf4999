from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.called import Call, caller
from tests.evaluation.profiles import small_model


@pytest.fixture
def sightline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`sightline("predict", model, "x.jpg")`: runs the command in this process."""
    return caller(monkeypatch, capsys)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model.sight that tells "bad" mats from "ok" ones; made in a second."""
    path = tmp_path_factory.mktemp("small") / "model.sight"
    small_model().save(path)
    return path
