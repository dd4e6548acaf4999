from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sightline.data.read import read
from sightline.errors import InputError, UnreadableError
from sightline.pipeline.model import Model, load
from sightline.preparation.preparation import Preparation
from sightline.task import Costs, Task


def test_same_answer_for_path_bytes_alone_batch_saved_and_any_workers(
    model: Model, mats: list[str], model_file: Path
) -> None:
    whole = model.predict_proba(mats)
    assert np.array_equal(whole, np.concatenate([model.predict_proba([path]) for path in mats]))
    assert np.array_equal(whole, model.predict_proba([Path(path).read_bytes() for path in mats]))
    assert np.array_equal(whole, model.predict_proba(mats, workers=1))
    assert np.array_equal(whole, model.predict_proba(mats * 5, workers=3)[:16])
    assert np.array_equal(whole[::-1], model.predict_proba(mats[::-1]))
    saved = load(model_file)
    assert np.array_equal(whole, saved.predict_proba(mats))
    assert saved.classes == model.classes
    assert np.allclose(whole.sum(axis=1), 1, atol=1e-6)


def test_arrays_get_the_answer_of_lossless_files(model: Model, mats: list[str]) -> None:
    arrays = [Preparation(max_side_px=None).apply(path) for path in mats]
    assert np.array_equal(model.predict_proba(arrays), model.predict_proba(mats))


def test_one_bad_file_is_a_row_and_the_others_go_on(model: Model, mats: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    items = [mats[0], str(tmp_path / "empty.jpg"), mats[1], str(tmp_path / "gone.jpg"), b"no picture"]
    answers = model.predict(items)
    assert [answer.label is None for answer in answers] == [False, True, False, True, True]
    assert answers[1].reason == "is empty"
    assert answers[3].reason == "no such file"
    assert answers[4].source == "bytes 4"
    assert answers[2].probabilities is not None
    assert np.array_equal(answers[2].probabilities, model.predict_proba([mats[1]])[0])
    with pytest.raises(UnreadableError, match=r"empty\.jpg: is empty"):
        model.predict_proba(items)


def test_stream_answers_while_items_are_still_made(model: Model, mats: list[str]) -> None:
    first = list(itertools.islice(model.stream(itertools.cycle(mats), workers=2), 40))
    assert [answer.source for answer in first[:16]] == mats


def test_a_catalog_is_a_list_of_items(model: Model, mats: list[str]) -> None:
    catalog = read(mats, labels=["normal", "broken"] * 8)
    assert [answer.source for answer in model.predict(catalog)] == mats
    assert model.embed(catalog).shape[0] == 16


def test_one_item_instead_of_a_list_is_told(model: Model, mats: list[str]) -> None:
    with pytest.raises(InputError, match="put it in a list"):
        model.predict(mats[0])
    assert model.predict([]) == []


def test_costs_decide_and_may_abstain(model: Model, mats: list[str]) -> None:
    probabilities = model.predict_proba(mats)
    task = Task(classes=model.classes, costs=Costs({"broken": {"normal": 1e9}}))
    careful = dataclasses.replace(model, task=task)
    assert {answer.label for answer in careful.predict(mats)} == {"broken"}
    unsure = dataclasses.replace(model, task=Task(classes=model.classes, costs=Costs(abstain=0.0)))
    answers = unsure.predict(mats)
    assert all(answer.label is None and answer.reason and answer.probabilities is not None for answer in answers)
    assert np.array_equal(unsure.predict_proba(mats), probabilities)


def test_a_reduced_model_refuses_arrays(model: Model, mats: list[str]) -> None:
    reduced = dataclasses.replace(model, preparation=Preparation(decode=2))
    answer = reduced.predict([np.zeros((64, 64, 3), np.uint8)])[0]
    assert answer.label is None
    assert "path or the bytes" in (answer.reason or "")
    assert np.array_equal(reduced.predict_proba(mats), reduced.predict_proba([Path(p).read_bytes() for p in mats]))


def test_a_model_needs_classes(model: Model) -> None:
    with pytest.raises(InputError, match="with its classes"):
        Model(Task(), model.preparation, model.graph)


def test_loading_and_predicting_import_no_training_library(model_file: Path, mats: list[str]) -> None:
    code = (
        "import sys, sightline as sl\n"
        "answers = sl.load(sys.argv[1]).predict(sys.argv[2:])\n"
        "assert all(a.label for a in answers), answers\n"
        "heavy = {'sklearn', 'scipy', 'torch', 'joblib', 'onnxruntime', 'jinja2', 'pandas', 'rich', 'typer'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(model_file), *mats[:3]], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_one_picture_as_an_array_is_not_taken_for_its_rows(model: Model) -> None:
    with pytest.raises(InputError, match="put it in a list"):
        model.predict(np.zeros((64, 64, 3), np.uint8))
    assert len(model.predict(np.zeros((2, 64, 64, 3), np.uint8))) == 2


def test_a_name_that_is_no_text_is_shown_as_text(model: Model) -> None:
    assert model.predict(["caf\udce9.png"])[0].source == "caf\\xe9.png"


def test_a_picture_that_does_not_fit_is_a_row_of_its_own() -> None:
    from sightline.components import build
    from sightline.pipeline import graph as tree
    from sightline.pipeline.graph import Chain
    from tests.pictures import mat

    pictures = [mat(32, seed, broken=bool(seed % 2)) for seed in range(8)]
    graph = tree.fit(Chain((build("HOG(size_px=None)"), build("LinearSVM()"))), pictures, np.arange(8) % 2)
    model = Model(Task(classes=("a", "b")), Preparation(), graph)
    answers = model.predict([pictures[0], mat(48, 0), pictures[1]])
    assert [answer.label is None for answer in answers] == [False, True, False]
    assert answers[1].reason
    assert np.array_equal(answers[0].probabilities, model.predict_proba(pictures[:1])[0])
