"""The component: fitted with torch, used without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.components import build
from sightline.deep.changes import Changes
from sightline.deep.courses.scratch import regime_of, step_s
from sightline.deep.lesson import Lesson
from sightline.deep.trained import Trained
from sightline.errors import ComponentError, InputError
from sightline.networks.embedding import Embedding
from sightline.pipeline import graph as tree
from tests.deep.toys import red_and_blue


def test_parameters_are_checked_and_read_back() -> None:
    made = Trained(px=28, epochs=3, changes=Changes(rotation_deg=15.0, mirrored=False))
    assert repr(build(repr(made))) == repr(made)
    assert made.learns() and not made.is_fitted() and made.shipped() is made
    with pytest.raises(ComponentError, match="epochs=0"):
        build("Trained(epochs=0)")
    with pytest.raises(ComponentError, match="was given no classes"):
        made.fit(red_and_blue(2)[0])
    with pytest.raises(InputError, match="allowed"):
        Trained(arch="hf-hub:somebody/network").recipe()


@pytest.mark.parametrize("name", ["Trained", "FineTuned", "SelfTrained", "Distilled"])
def test_a_seed_that_torch_does_not_take_is_refused(name: str) -> None:
    for seed in (-1, 2**32, 10**30):
        with pytest.raises(ComponentError, match=rf"{name} was given seed={seed}; allowed: 0 to 4,294,967,295"):
            build(f"{name}(seed={seed})")
    assert build(f"{name}(seed={2**32 - 1})").get_params()["seed"] == 2**32 - 1


@pytest.mark.parametrize(("n", "batch"), [(10, 16), (6_000, 100), (60_000, 500)])
def test_an_epoch_has_some_steps_whatever_the_number_of_pictures(n: int, batch: int) -> None:
    small = regime_of("small", n, 5)
    assert (small.batch, small.epochs, small.optimizer) == (batch, 5, "muon")
    assert small.rate == pytest.approx(0.24 * (batch / 2000) ** 0.5)
    assert regime_of("resnet18", n, 5).batch == min(batch, 64)
    assert regime_of("small", n, 5, 0.01).rate == regime_of("resnet18", n, 5, 0.01).rate == 0.01


def test_it_learns_in_a_search_and_answers_from_its_file(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    pictures, y = red_and_blue(60)
    catalog = sl.read(pictures, labels=[("red", "blue")[code] for code in y])
    only = "Trained(epochs=4) > PowerNormalization() > LogisticRegression()"
    run = sl.fit(catalog, time_s=60, only=only, out=tmp_path / "run")
    (leaf,) = [one for _, one in tree.leaves(run.model.graph) if isinstance(one, Embedding)]
    assert leaf.network.startswith("small-trained@")
    new, truth = red_and_blue(20, seed=9)
    said = [answer.label for answer in sl.load(tmp_path / "run" / "model.sight").predict(new)]
    assert np.mean(np.array(said) == np.array(["red", "blue"])[truth]) > 0.8


def test_of_one_class_alone_it_is_as_drawn() -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    pictures, _ = red_and_blue(3)
    made = Trained(px=28, epochs=1).fit(pictures, [1, 1, 1])
    assert made.is_fitted() and np.isfinite(made.describe(pictures[0])).all()


def test_a_word_that_nobody_knows_is_named_before_anything_is_learned() -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    pictures, _ = red_and_blue(3)
    typo = Trained(px=28, epochs=1, lesson=Lesson(trust="co-teeching"))
    for what in (lambda: typo.fit(pictures, [0, 1, 1]), lambda: typo.expected_fit_s(3)):
        with pytest.raises(ComponentError, match=r'trust="co-teeching"; did you mean "co-teaching"'):
            what()


def test_a_step_is_timed() -> None:
    pytest.importorskip("torch", reason="the extra [deep] is not installed")
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    made = Trained(px=28, epochs=2)
    seconds = step_s(made.recipe(), regime_of("small", 40, 2))
    assert 0 < seconds < 5
    assert made.expected_fit_s(40) > made.least_fit_s()
