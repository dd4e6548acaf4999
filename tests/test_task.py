from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.errors import TaskError
from sightline.task import NOT_CONSUMED, NOT_MEASURED, Conditions, Costs, Target, Task, to_toml

FULL = Task(
    question='is the "mat" broken?',
    classes=("normal", "broken"),
    positive="broken",
    background="belt",
    group="piece",
    group_pattern=r"piece(\d+)",
    conditions=Conditions(rotation_deg=15, light=0.3, scale=0.2, occlusion=0.1, blur_px=1.5),
    target=Target(where="line PC", latency_ms=20, memory_mb=500, size_mb=10),
    costs=Costs({"broken": {"normal": 50.0}}, abstain=0.5, look=0.25),
    texts={"broken": 'a "torn" mat'},
)


def test_written_and_read_back_is_the_same(tmp_path: Path) -> None:
    FULL.save(tmp_path / "task.toml")
    assert Task.load(tmp_path / "task.toml") == FULL
    assert Task.from_dict(FULL.to_dict()) == FULL


def test_an_empty_task_writes_a_file_that_explains_every_key(tmp_path: Path) -> None:
    Task().save(tmp_path / "task.toml")
    text = (tmp_path / "task.toml").read_text()
    assert Task.load(tmp_path / "task.toml") == Task()
    for key in ("question", "classes", "positive", "group", "rotation_deg", "latency_ms", "abstain"):
        assert f"# {key} = " in text


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=4, unique=True), st.text(max_size=20))
def test_any_name_survives_toml(names: list[str], question: str) -> None:
    import tomllib

    try:
        ("".join(names) + question).encode()
    except UnicodeEncodeError:
        return  # half a surrogate pair is no text
    task = Task(question=question, classes=tuple(names), costs=Costs({names[0]: {names[1]: 2.0}}))
    assert Task.from_dict(tomllib.loads(to_toml(task))) == task


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clases = ['a', 'b']", 'unknown key "clases"; did you mean "classes"?'),
        ("[target]\nlatency = 3", 'unknown key "target.latency"; did you mean "latency_ms"?'),
        ("[conditions]\nlight = 3", "conditions.light is 3; allowed: a number from 0 to 1"),
        ("[conditions]\nlight = nan", "allowed: a number from 0 to 1"),
        ("[target]\nlatency_ms = 0", "allowed: more than 0"),
        ("[target]\nlatency_ms = true", "allowed: a number"),
        ("classes = ['a', 'a']", "names a class twice"),
        ("classes = ['a']", "at least two"),
        ("classes = 'ab'", "a list of names"),
        ("positive = 3", "a text in quotes"),
        ("classes = ['a', 'b']\npositive = 'c'", 'names the class "c"'),
        ("classes = ['a', 'b']\n[costs.mistakes.x]\na = 1", 'costs.mistakes names the class "x"'),
        ("[costs.mistakes.a]\na = 1", "a right answer costs nothing"),
        ("[costs.mistakes]\na = 1", "a table of predicted class = cost"),
        ("classes = ['a', 'b']\n[texts]\nc = 'x'", 'texts names the class "c"'),
        ("[texts]\na = ' '", "allowed: words for what the pictures of the class show"),
        ("[texts]\na = 3", "texts.a is '3'"),
        (f"[texts]\na = '{'x' * 301}'", "up to 300 letters"),
        ("texts = 3", "allowed: a table of class = text"),
        ("group_pattern = '('", "no regular expression"),
        ("group_pattern = 'piece'", "has no (group)"),
        ("target = 3", "a table of keys"),
        ("question = ", "no valid TOML"),
    ],
)
def test_bad_files_name_the_trouble_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "task.toml").write_text(text)
    with pytest.raises(TaskError) as caught:
        Task.load(tmp_path / "task.toml")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "task.toml" in str(caught.value)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="sightline init"):
        Task.load(tmp_path / "no.toml")


def test_every_key_without_a_consumer_is_declared_not_checked() -> None:
    found = {finding.evidence["key"]: finding.message for finding in FULL.unchecked()}
    assert set(found) == {*NOT_CONSUMED, *NOT_MEASURED}
    assert "nothing acts on it yet" in found["background"] and "networks" not in found["background"]
    assert "networks that the search trains see pictures changed as far" in found["conditions.rotation_deg"]
    assert Task(classes=("a", "b"), target=Target(latency_ms=5)).unchecked() == []


def test_cost_matrix_fills_what_is_not_named_with_one() -> None:
    assert Task().costs.matrix(("a", "b")) is None
    matrix = FULL.costs.matrix(FULL.classes)
    assert matrix is not None
    assert np.array_equal(matrix, [[0, 1], [50, 0]])


def test_classes_come_from_the_data_unless_named() -> None:
    assert Task().with_classes(("x", "y")).classes == ("x", "y")
    assert FULL.with_classes(("x", "y")).classes == ("normal", "broken")
    with pytest.raises(TaskError, match="positive"):
        Task(positive="z").with_classes(("x", "y"))
