"""What decides the vectors of texts that are kept; nothing is loaded for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.data.store import FeatureStore
from sightline.deep.zeroshot.class_texts import ClassTexts
from sightline.deep.zeroshot.config import CLIP_MEAN, CLIP_STD, TowerConfig
from sightline.deep.zeroshot.image_text import ImageText
from tests.networks import tiny

CLASSES = ClassTexts(("a", "b"), ("a mat", "a torn mat"))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often vectors were made."""
    found: list[int] = []

    def vectors(self: ImageText, *given: Any) -> Any:
        found.append(len(found))
        return np.array([[1, 0, 100], [0, 1, 100]], np.float32)

    monkeypatch.setattr(ImageText, "_made", vectors)
    return found


def texts(folder: Path, tokenizer: dict[str, Any] | None) -> None:
    config = TowerConfig({}, False, 32, CLIP_MEAN, CLIP_STD, False, tokenizer)
    ImageText(tiny.network(), folder, config, FeatureStore(folder / "kept"), "key").texts(CLASSES, ("a {}.",))


def test_other_files_of_a_tokenizer_give_other_vectors(made: list[int], tmp_path: Path) -> None:
    for name, text in (("tokenizer.json", "{}"), ("tokenizer.json", "[]"), ("tokenizer_config.json", "[]")):
        (tmp_path / name).write_text(text)
        before = len(made)
        texts(tmp_path, {})
        texts(tmp_path, {})
        assert len(made) == before + 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_no_file_of_a_tokenizer(made: list[int], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokenizer.json")  # opened, it would wait for ever
    texts(tmp_path, {})
    assert len(made) == 1


def test_clips_own_tokenizer_is_no_file(made: list[int], tmp_path: Path) -> None:
    texts(tmp_path, None)
    (tmp_path / "tokenizer.json").write_text("{}")
    texts(tmp_path, None)
    assert len(made) == 1
