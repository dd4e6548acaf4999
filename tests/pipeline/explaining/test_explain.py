from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from sightline.decision.calibrate import Calibration
from sightline.errors import InputError, UnreadableError
from sightline.networks.library import remember
from sightline.pipeline import graph as tree
from sightline.pipeline.explaining.blanks import emptied
from sightline.pipeline.explaining.explain import explain, shares
from sightline.pipeline.explaining.explanation import MOST_CELLS, Explanation, Part
from sightline.pipeline.explaining.sources import Sources
from sightline.pipeline.graph import Blend
from sightline.pipeline.model import Model, load
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.task import Task
from tests.networks import tiny
from tests.pictures import grating, write_picture
from tests.pipeline.explaining.squares import CLASSES, fitted, hit, model_of, plain, squared

EMBEDDING = f"Embedding(network='{remember(tiny.network(px=64, width=16, seed=1)).key}')"
TEXTURE, WORDS = "LocalBinaryPattern()", "DenseSIFT(size_px=64) > BagOfVisualWords(words=12)"
PIPELINES = {
    "activation": f"{EMBEDDING} > PowerNormalization() > LogisticRegression()",
    "words": f"{WORDS} > LinearSVM()",
    "occlusion": f"{TEXTURE} > LinearSVM()",
}


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    """Method -> a model that is explained by it."""
    return {method: model_of(fitted(text)) for method, text in PIPELINES.items()}


@pytest.mark.parametrize("method", PIPELINES)
def test_each_model_is_explained_by_what_fits_it(method: str, models: dict[str, Model]) -> None:
    model, hits = models[method], 0
    for seed in range(100, 110):
        picture, box = squared(seed)
        found = model.explain(picture)
        assert (found.method, found.label, found.explained, found.source) == (method, "square", "square", "array 0")
        assert found.confidence == pytest.approx(float(model.predict_proba([picture])[0, 1]))
        assert [part.share for part in found.parts] == [pytest.approx(1)]
        assert found.heat.shape == (64, 64) and bool(found.words) == (method == "words")
        hits += hit(found.heat, box)
        assert found.hottest is not None
        x, y = found.hottest
        spot = np.zeros((64, 64))
        spot[int(y * 64), int(x * 64)] = 1
        assert hit(spot, box) == hit(found.heat, box)
    assert hits >= 8


def test_any_model_can_be_asked_by_occlusion_and_for_any_class(models: dict[str, Model]) -> None:
    picture, box = squared(100)
    for model in models.values():
        assert hit(model.explain(picture, method="occlusion").heat, box)
        other = model.explain(picture, "plain", "occlusion")
        assert (other.label, other.explained) == ("square", "plain")
        assert other.confidence == pytest.approx(1 - model.explain(picture).confidence, abs=1e-5)
        assert other.heat.min() < 0 and hit(-other.heat, box)  # the square speaks against "plain"


def test_what_cannot_be_asked_is_told_with_what_can(models: dict[str, Model], tmp_path: Path) -> None:
    picture, _ = squared(100)
    with pytest.raises(InputError, match='has no class "squre"; did you mean "square"'):
        models["words"].explain(picture, "squre")
    for label in (3, ["square"], np.zeros((2, 30))):
        with pytest.raises(InputError, match=r"the label .* was given; allowed: the name of a class; ") as caught:
            models["words"].explain(picture, label=label)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match='no method "gradcam"; allowed: auto, activation, occlusion, words'):
        models["words"].explain(tmp_path / "gone.png", method="gradcam")
    with pytest.raises(InputError, match=r'no network .*DenseSIFT.*"activation" cannot be asked; use "occlusion"'):
        models["words"].explain(picture, method="activation")
    with pytest.raises(InputError, match=r'no local features .*"words" cannot be asked; use "occlusion"'):
        models["activation"].explain(picture, method="words")
    with pytest.raises(UnreadableError, match=r"gone\.png: no such file"):
        models["words"].explain(tmp_path / "gone.png")
    with pytest.raises(UnreadableError, match="bytes 0: "):
        models["words"].explain(b"no picture")


@pytest.mark.parametrize("last", ["LinearSVM()", "LogisticRegression()", "ExtraTrees(trees=50)"])
def test_most_hangs_on_the_description_that_tells_the_classes(last: str) -> None:
    """Stripes of one color lie or stand: gradients tell, color does not. Or they are tinted, and lie all the same."""
    for telling, draw in (("HOG(size_px=32)", lying_or_standing), ("ColorMoments()", tinted)):
        graph = tree.fit(
            parse(f"ColorMoments() + HOG(size_px=32) > {last}"), [draw(seed) for seed in range(40)], np.arange(40) % 2
        )
        pictures = [draw(seed) for seed in range(100, 106)]
        found = [parts_of(Sources.of(graph, one, 2), one, number % 2) for number, one in enumerate(pictures)]
        for parts in found:
            assert sum(part.share for part in parts) == pytest.approx(1)
            assert parts[0].share >= parts[1].share >= 0
        assert sum(parts[0].descriptor == telling for parts in found) >= 4, telling


def parts_of(sources: Sources, picture: np.ndarray, number: int) -> tuple[Part, ...]:
    return shares(sources, emptied(sources, picture), number)


def lying_or_standing(seed: int, turned: bool = True) -> np.ndarray:
    random = np.random.default_rng(seed)
    stripes = grating(64, random.uniform(9, 11), 90.0 * (turned and seed % 2)) // 2 + 60
    return (stripes + random.normal(0, 10, stripes.shape)).clip(0, 255).astype(np.uint8)


def tinted(seed: int) -> np.ndarray:
    picture = lying_or_standing(seed, turned=False)
    picture[..., 0] = picture[..., 0] // 2 if seed % 2 else picture[..., 0]
    return picture


def test_in_a_blend_the_same_description_is_one_part() -> None:
    first, second = (fitted(f"{TEXTURE} > {last}") for last in ("LinearSVM()", "KNearestNeighbors()"))
    third = fitted(PIPELINES["activation"])
    model = model_of(Blend((first, second, third), (0.25, 0.25, 0.5)))
    found = model.explain(squared(100)[0])
    assert sorted(part.descriptor for part in found.parts) == sorted([EMBEDDING, TEXTURE])
    hits = [hit(model.explain(one).heat, box) for one, box in map(squared, range(100, 106))]
    assert sum(hits) >= 5


def test_auto_asks_what_brings_most_of_the_evidence() -> None:
    picture, box = squared(100)
    for text in (f"{EMBEDDING} + ColorMoments() > LogisticRegression()", f"[{WORDS}] + {TEXTURE} > LinearSVM()"):
        found = model_of(fitted(text)).explain(picture)
        method = "activation" if "Embedding" in text else "words"
        asked = [part for part in found.parts if ("Embedding" in part.descriptor or ">" in part.descriptor)]
        assert found.method == (method if asked[0].share >= 0.5 else "occlusion")
        assert hit(found.heat, box)


def test_where_a_head_answers_in_steps_occlusion_is_asked() -> None:
    """Five nearest neighbors that all agree do so still a little beside: along the features nothing changes."""
    model = model_of(fitted(f"{EMBEDDING} > KNearestNeighbors(weights='uniform')"))
    found = [model.explain(squared(seed)[0]) for seed in range(100, 103)]
    assert all(one.method == "occlusion" or one.heat.any() for one in found)


def test_an_explanation_is_plain_and_bounded(models: dict[str, Model]) -> None:
    large = np.full((700, 1100, 3), 90, np.uint8)
    large[100:300, 200:400] = squared(5)[0].repeat(4, 0).repeat(4, 1)[:200, :200]
    model = dataclasses.replace(models["words"], preparation=Preparation(max_side_px=None))
    found = model.explain(large)
    assert found.heat.shape == (326, 512)
    plain_form = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert len(plain_form["heat"]) == MOST_CELLS and {len(row) for row in plain_form["heat"]} == {MOST_CELLS}
    assert np.mean(plain_form["heat"]) == pytest.approx(
        float(found.heat.mean()), abs=1e-3 * float(np.abs(found.heat).max())
    )
    assert set(plain_form["hottest"]) == {"x", "y"} and plain_form["words"][0]["places"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (300, 2)])
def test_thin_pictures_are_explained(shape: tuple[int, int], models: dict[str, Model]) -> None:
    for method in ("activation", "words"):
        found = models[method].explain(plain(3, 300)[: shape[0], : shape[1]])
        json.dumps(found.to_dict(), allow_nan=False)
        assert np.isfinite(found.heat).all()
        assert found.heat.shape[0] / found.heat.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.2)


def test_a_model_that_knows_one_class_alone_has_no_evidence() -> None:
    graph = tree.fit(parse(f"{TEXTURE} > LinearSVM()"), [plain(seed) for seed in range(4)], np.zeros(4, np.int64))
    found = model_of(graph).explain(plain(0))
    assert (found.label, found.confidence, found.hottest) == ("plain", 1.0, None)
    assert not found.heat.any() and [part.share for part in found.parts] == [0.0]


def test_a_class_nobody_has_learned_is_explained_as_impossible(models: dict[str, Model]) -> None:
    model = dataclasses.replace(models["words"], task=Task(classes=(*CLASSES, "torn")))
    found = model.explain(squared(100)[0], "torn")
    assert found.confidence == 0 and np.isfinite(found.heat).all()


def test_reduced_models_are_explained_from_files(models: dict[str, Model], tmp_path: Path) -> None:
    big = squared(100)[0].repeat(4, axis=0).repeat(4, axis=1)
    path = write_picture(tmp_path / "big.jpg", big, quality=95)
    model = dataclasses.replace(models["words"], preparation=Preparation(decode=4))
    found = model.explain(path)
    assert found.heat.shape == (64, 64) and found.label == "square" and hit(found.heat, squared(100)[1])
    assert model.explain(path.read_bytes()).to_dict() == found.to_dict() | {"path": "bytes 0"}
    with pytest.raises(UnreadableError, match=r"the item is an array, .* 1/4 scale"):
        model.explain(big)


def test_a_saved_model_explains_the_same(models: dict[str, Model], tmp_path: Path) -> None:
    picture, _ = squared(100)
    for method, model in models.items():
        calibrated = dataclasses.replace(model, calibration=Calibration(1.7, None))
        calibrated.save(tmp_path / f"{method}.sight")
        again: Explanation = load(tmp_path / f"{method}.sight").explain(picture)
        assert again.to_dict() == calibrated.explain(picture).to_dict()
        assert again.confidence < model.explain(picture).confidence  # calibrated; where the evidence lies is the same
        np.testing.assert_array_equal(again.heat, model.explain(picture).heat)


def test_the_one_that_is_explained_is_the_likeliest_where_the_model_abstains(models: dict[str, Model]) -> None:
    picture, _ = squared(100)
    (answer,) = models["words"].predict([picture])
    unsure = dataclasses.replace(answer, label=None)
    found = explain(models["words"], picture, unsure)
    assert (found.label, found.explained) == (None, "square")


def test_small_products_do_not_ask_for_threads_of_their_own(
    models: dict[str, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Python as from the shell, where the pictures have the cores."""
    asked: list[int] = []
    answer = Sources.answer

    def counted(self: Sources, changed: dict[str, np.ndarray]) -> np.ndarray:
        asked.extend(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")
        return answer(self, changed)

    monkeypatch.setattr(Sources, "answer", counted)
    with threadpool_limits(2):
        for model in models.values():
            model.explain(squared(100)[0])
    assert asked and set(asked) == {1}
