from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sightline.classical.descriptors import ColorHistogram
from sightline.classical.projections.pca import PCA
from sightline.data.pictures import Pictures
from sightline.data.store import FeatureStore
from sightline.data.views import Views
from sightline.errors import InputError
from sightline.pipeline import graph as tree
from sightline.pipeline.crew import Crew
from sightline.pipeline.text import parse
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.budget import OutOfTime
from sightline.search.trying.memory import Vectors
from sightline.search.trying.represent import Describer, Sample
from sightline.search.trying.represented import Represented, unlearned
from tests.pictures import mat, noise

ARRAYS = [mat(48, seed) if seed < 10 else noise(48, seed) for seed in range(20)]
PICTURES = Pictures(ARRAYS, Preparation())
TRUTH = np.repeat(np.arange(2), 10)
FOLDS = [np.arange(0, 10), np.arange(10, 20)]
WORDS = "DenseSIFT() > BagOfVisualWords(words=6)"


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures each pass saw."""
    seen: list[int] = []
    pass_ = Describer._pass

    def counted(self: Describer, pictures: Any, make: Any) -> Any:
        seen.append(len(pictures))
        return pass_(self, pictures, make)

    monkeypatch.setattr(Describer, "_pass", counted)
    return seen


def vectors(edges: tuple[int, ...] = (20,)) -> Vectors:
    return Vectors([str(i).encode() for i in range(20)], edges)


def sample(pictures: Pictures = PICTURES, augment: str = "none") -> Sample:
    return Sample(Views(pictures, augment), "plain", TRUTH[: len(pictures)], FOLDS, f"{len(pictures)}")


def represent(text: str, what: Sample | None = None, **given: Any) -> Represented:
    return Describer(given.pop("vectors", None) or vectors(), **given).represent(parse(text), what or sample())


def test_what_learns_nothing_is_described_once() -> None:
    found = represent("HOG(size_px=32)")
    assert len(found.matrices) == 1
    assert found.of(0) is found.of(1)
    assert np.array_equal(found.of(0), parse("HOG(size_px=32)").transform(ARRAYS))  # type: ignore[union-attr]


def test_a_codebook_sees_its_own_fold_only() -> None:
    one = represent(WORDS, seed=3)
    # Other pictures on the side that fold 0 may not learn from: fold 0's codebook must not notice.
    changed = Pictures([*ARRAYS[:10], *(noise(48, 100 + i) for i in range(10))], Preparation())
    other = represent(WORDS, sample(changed), seed=3)
    assert np.array_equal(one.of(0)[:10], other.of(0)[:10])
    assert not np.array_equal(one.of(1)[:10], other.of(1)[:10])


def test_the_node_of_a_fold_gives_its_matrix() -> None:
    for text in (WORDS, f"[{WORDS}] + HOG(size_px=32)", "HOG(size_px=32) + ColorHistogram(bins=4)"):
        found = represent(text)
        for fold in range(2):
            assert np.allclose(tree.transform(found.node(fold), ARRAYS), found.of(fold), atol=1e-6)


def test_workers_and_runs_agree() -> None:
    one = represent(WORDS, workers=1)
    two = represent(WORDS, workers=2)
    assert np.array_equal(one.of(0), two.of(0))


def test_stops_when_told_and_reports_progress() -> None:
    seen: list[tuple[str, int, int | None]] = []

    def check() -> None:
        raise OutOfTime("over")

    with pytest.raises(OutOfTime):
        represent("HOG()", progress=lambda *what: seen.append(what), check=check)
    assert seen == [("describing pictures", 16, 20)]


def test_unlearned_steps() -> None:
    assert repr(unlearned(parse(WORDS))) == "DenseSIFT()"
    assert repr(unlearned(parse("HOG()"))) == "HOG()"


def test_a_higher_rung_and_other_views_describe_only_what_is_new(passes: list[int]) -> None:
    kept = vectors((8, 20))
    for pictures, augment, expected in (
        (PICTURES[:8], "none", [8]),
        (PICTURES, "none", [12]),
        (PICTURES, "mirrored", [8, 12]),
        (PICTURES[:8], "mirrored", []),
    ):
        found = represent("HOG(size_px=32)", sample(pictures, augment), vectors=kept)
        assert passes == expected
        passes.clear()
        views = Views(pictures, augment)
        fresh = tree.transform(parse("HOG(size_px=32)"), [views[i] for i in range(len(views))])
        assert np.array_equal(found.of(0), fresh)


def test_what_learns_nothing_is_described_in_one_pass(passes: list[int]) -> None:
    texts = ("HOG(size_px=32)", "ColorHistogram()", "LocalBinaryPattern()")
    expected = [represent(text).of(0) for text in texts]
    passes.clear()
    kept = vectors((8, 20))
    all_three = (
        f"[{texts[0]} + [{texts[1]} > PCA(components=3)] + [[{texts[2]}] > PowerNormalization()]] > PCA(components=4)"
    )
    found = represent(all_three, vectors=kept)
    assert passes == [8, 12]
    for text, wanted in zip(texts, expected, strict=True):
        assert np.array_equal(represent(text, vectors=kept).of(0), wanted)
    assert represent(all_three, vectors=kept) is found
    assert passes == [8, 12]


def test_what_would_not_be_held_or_refuses_is_described_part_by_part(
    passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sightline.search.trying.represent.memory_limit", lambda: 1000)
        represent("HOG(size_px=32) + ColorHistogram()")
    assert passes == [20, 20]

    def refuse(self: ColorHistogram, picture: Any) -> Any:
        raise InputError("ColorHistogram refuses")

    monkeypatch.setattr(ColorHistogram, "describe", refuse)
    kept = vectors()
    with pytest.raises(InputError, match="ColorHistogram"):
        represent("HOG(size_px=32) + ColorHistogram()", vectors=kept)
    passes.clear()
    represent("HOG(size_px=32)", vectors=kept)
    assert passes == []


def test_what_was_learned_of_other_rows_is_learned_again() -> None:
    kept = vectors()
    first = represent(WORDS, vectors=kept)
    assert represent(WORDS, vectors=kept) is first
    other = Sample(Views(PICTURES, "none"), "plain", TRUTH, FOLDS[::-1], "others")
    assert represent(WORDS, other, vectors=kept) is not first


class Clock:
    """Time for so many looks at it."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def check(self) -> None:
        self.looks -= 1
        if self.looks < 0:
            raise OutOfTime("over")


def kept(folder: Path) -> Vectors:
    return Vectors([str(i).encode() for i in range(20)], (20,), FeatureStore(folder))


def test_no_further_codebook_is_begun_when_the_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[int] = []
    fit = Crew.fit

    def counted(self: Crew, *given: Any) -> Any:
        learned.append(1)
        return fit(self, *given)

    monkeypatch.setattr(Crew, "fit", counted)
    whole = represent(WORDS)
    learned.clear()
    with pytest.raises(OutOfTime):
        represent(WORDS, vectors=kept(tmp_path), workers=1, check=Clock(2 + 1).check)  # two batches, one codebook
    assert len(learned) == 1
    again = represent(WORDS, vectors=kept(tmp_path), workers=1)
    assert len(learned) == 2  # what was learned before the time was over is not learned again
    for fold in range(2):
        assert np.array_equal(again.of(fold), whole.of(fold))
        assert np.allclose(tree.transform(again.node(fold), ARRAYS), whole.of(fold), atol=1e-6)
    assert again.learned_s > 0


def test_where_all_codebooks_are_kept_no_picture_is_described_to_learn_one(tmp_path: Path, passes: list[int]) -> None:
    for expected in ([20, 20], [20]):
        represent(WORDS, vectors=kept(tmp_path))
        assert passes == expected
        passes.clear()
    represent(WORDS, vectors=kept(tmp_path), seed=3)  # of another pool
    assert passes == [20, 20]


def test_no_further_projection_is_begun_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[int] = []
    fit = PCA.fit

    def counted(self: PCA, *given: Any) -> PCA:
        fitted.append(1)
        return fit(self, *given)

    monkeypatch.setattr(PCA, "fit", counted)
    with pytest.raises(OutOfTime):
        represent("HOG(size_px=32) > PCA(components=3)", workers=1, check=Clock(2 + 1).check)
    assert len(fitted) == 1


def test_a_crew_makes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sightline.pipeline.crew.START_AFTER_S", 0.0)
    asked: list[int] = []
    asking = Crew._asked

    def counted(self: Crew, *given: Any) -> Any:
        asked.append(1)
        return asking(self, *given)

    monkeypatch.setattr(Crew, "_asked", counted)
    with Crew(2) as crew:
        represent("HOG(size_px=32)", crew=crew)
        end = time.monotonic() + 60
        while not crew._idle and time.monotonic() < end:
            time.sleep(0.01)
        for text in ("HOG(size_px=32) + LocalBinaryPattern()", WORDS, "Patches() > PCA(components=4) > LocalMoments()"):
            alone, together = represent(text), represent(text, crew=crew)
            for fold in range(2):
                assert np.array_equal(alone.of(fold), together.of(fold))
    assert asked
