"""Models made of texts, and what labels add; the towers here are a tiny network and drawn vectors."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import sightline as sl
from sightline.deep.zeroshot.config import TowerConfig
from sightline.deep.zeroshot.image_text import ImageText
from sightline.errors import CatalogError, InputError
from sightline.networks.library import remember
from sightline.networks.texts import TextSet, remember_texts
from sightline.search.zero_shot import taught, untaught
from sightline.task import Task
from tests.networks import tiny

TASK = Task(classes=("blue", "red"), texts={"blue": "a blue thing", "red": "a red thing"})


def picture(red: bool, seed: int) -> np.ndarray:
    one = np.random.default_rng(seed).integers(60, 160, (36, 48, 3)).astype(np.float64)
    one[..., 0 if red else 2] += np.random.default_rng(seed + 10_000).uniform(0, 70)
    return np.clip(one, 0, 255).astype(np.uint8)


def folders(root: Path, per_class: int, seed: int = 0) -> Path:
    for number in range(2 * per_class):
        path = root / ("red" if number % 2 else "blue") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture(bool(number % 2), seed * 1000 + number)[:, :, ::-1])
    return root


@pytest.fixture(scope="module")
def towers() -> ImageText:
    config = TowerConfig({}, False, 32, (0.5,) * 3, (0.5,) * 3, False, None)
    return ImageText(remember(tiny.network(width=16, seed=3)), Path("nowhere"), config, None, "")


@pytest.fixture(scope="module")
def texts(towers: ImageText) -> TextSet:
    """Texts that know something of both colors, and are as far from all pictures as texts of CLIP are."""
    plain = embedded(towers, [picture(red, seed) for red in (False, True) for seed in range(5000, 5200)])
    centers = plain.reshape(2, 200, -1).mean(axis=1)
    away = np.random.default_rng(0).normal(0, 2, centers.shape[1])
    vectors = centers - centers.mean(axis=0) + away * np.linalg.norm(centers[1] - centers[0])
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return remember_texts(TextSet("tiny", TASK.classes, units.astype(np.float32), 100.0))


def embedded(towers: ImageText, pictures: list[np.ndarray]) -> np.ndarray:
    return np.stack([towers.network.embed(one) for one in pictures])


def test_texts_alone_make_a_model_that_answers_and_says_that_nothing_is_known(
    towers: ImageText, texts: TextSet, tmp_path: Path
) -> None:
    model = untaught(towers, texts, TASK)
    model.save(tmp_path / "m.sight")
    loaded = sl.load(tmp_path / "m.sight")
    pictures = [picture(bool(seed % 2), seed) for seed in range(20)]
    np.testing.assert_array_equal(loaded.predict_proba(pictures), model.predict_proba(pictures))
    assert loaded.digest == model.digest and loaded.task.texts == TASK.texts
    assert "Nothing was measured" in loaded.card and loaded.evaluation == {} and loaded.calibration is None
    with pytest.raises(InputError, match="holds no training pictures"):
        loaded.similar(pictures[0])


def test_labels_say_how_good_it_is_and_improve_it(towers: ImageText, texts: TextSet, tmp_path: Path) -> None:
    catalog = sl.read(folders(tmp_path / "d", 30))
    found = taught(towers, texts, TASK, catalog, seed=1)
    assert found.before.source == found.after.source == "out-of-fold" and found.learned_from == found.after.n == 60
    assert found.after.log_loss < found.before.log_loss
    assert found.after.accuracy.value >= found.before.accuracy.value > 0.5
    new = sl.read(folders(tmp_path / "new", 60, seed=7))
    honest = sl.evaluate(found.model, new)
    assert honest.accuracy.value > found.after.accuracy.low
    assert found.model.evaluation["accuracy"] == found.after.accuracy.to_dict()
    assert "Accuracy by the texts alone" in found.model.card
    assert sl.evaluate(found.model, catalog).notes[0].startswith("60 of 60 pictures were trained on")
    assert found.model.similar(str(catalog.items[0]), k=1)[0].source == str(catalog.items[0])


def test_before_is_what_the_texts_alone_answer(towers: ImageText, texts: TextSet, tmp_path: Path) -> None:
    catalog = sl.read(folders(tmp_path / "d", 12))
    found = taught(towers, texts, TASK, catalog)
    assert found.before.accuracy.value == sl.evaluate(untaught(towers, texts, TASK), catalog).accuracy.value


def test_a_test_part_is_what_both_are_judged_on(towers: ImageText, texts: TextSet, tmp_path: Path) -> None:
    folders(tmp_path / "d" / "train", 10)
    folders(tmp_path / "d" / "test", 15, seed=3)
    found = taught(towers, texts, TASK, sl.read(tmp_path / "d"))
    assert found.before.source == found.after.source == "test"
    assert found.after.n == 30 and found.learned_from == 20
    honest = sl.evaluate(found.model, sl.read(tmp_path / "d" / "test"))
    assert honest.accuracy == found.after.accuracy and honest.log_loss == pytest.approx(found.after.log_loss, rel=1e-4)


def test_one_labelled_picture_of_each_class_is_enough(towers: ImageText, texts: TextSet, tmp_path: Path) -> None:
    found = taught(towers, texts, TASK, sl.read(folders(tmp_path / "d", 1)))
    assert found.after.n == 2 and {finding.kind for finding in found.findings} >= {"class-missing-in-fold"}
    assert np.isfinite(found.model.predict_proba([picture(True, 1)])).all()


def test_other_classes_than_those_of_the_texts(towers: ImageText, texts: TextSet, tmp_path: Path) -> None:
    folders(tmp_path / "d", 4)
    (tmp_path / "d" / "red").rename(tmp_path / "d" / "green")
    with pytest.raises(CatalogError, match="green"):
        taught(towers, texts, TASK, sl.read(tmp_path / "d"))
