from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.evaluation.answers import Answers, paired
from tests.evaluation import examples
from tests.evaluation.runs import answers_of

LABELS = ("a", "b", 'a,"b', "é\n")


def answers(right: list[bool], group: list[int] | None = None, start: int = 0) -> Answers:
    label = tuple("ab"[i % 2] for i in range(len(right)))
    decided = tuple(name if one else "" for name, one in zip(label, right, strict=True))
    names = tuple(f"{start + i:016x}" for i in range(len(right)))
    return Answers(names, label, decided, tuple(group or [-1] * len(right)))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    kept = Answers(("0" * 16, "", "1" * 16, "2" * 16), LABELS, ("", *LABELS[1:]), (0, 1, 1, 7))
    kept.save(tmp_path / "answers.csv")
    assert Answers.load(tmp_path / "answers.csv") == kept


@pytest.mark.parametrize("text", ["", "picture,label\n1,a\n", "picture,label,decided,group\n1,a,b,x\n", "\xff\n"])
def test_nonsense_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes(text.encode("latin-1"))
    if text:
        with pytest.raises(InputError, match="is no table of answers") as caught:
            Answers.load(path)
        assert "\n" not in str(caught.value)
    else:
        assert len(Answers.load(path)) == 0
    with pytest.raises(InputError, match="cannot read"):
        Answers.load(tmp_path / "none.csv")


def test_pairing_is_sharper_than_two_intervals() -> None:
    """100 pictures, 80 against 88 right, 8 of them the difference: each interval holds the other value."""
    first, second = answers([i >= 20 for i in range(100)]), answers([i >= 12 for i in range(100)])
    found = paired(first, second)
    assert found is not None
    assert (found.n, found.only_first, found.only_second) == (100, 0, 8)
    assert found.accuracy.value == pytest.approx(0.08) and 0 < found.accuracy.low < 0.08 < found.accuracy.high < 0.2
    back = paired(second, first)
    assert back is not None and back.accuracy.value == pytest.approx(-0.08)


def test_the_same_answers_differ_by_nothing_within_what_so_many_can_tell() -> None:
    same = answers_of(examples.digits().evaluation)
    found = paired(same, same)
    assert found is not None and found.accuracy.value == found.balanced_accuracy.value == 0
    assert -0.02 < found.accuracy.low < 0 < found.accuracy.high < 0.02


def test_only_pictures_that_both_answered_count() -> None:
    first, second = answers([True] * 30), answers([True] * 30, start=20)
    found = paired(first, second)
    assert found is not None and found.n == 10
    assert paired(first, answers([True] * 30, start=99)) is None
    relabelled = Answers(first.picture, tuple("b" * 30), first.decided, first.group)
    again = paired(first, relabelled)
    assert again is not None and again.n == 15


def test_copies_and_pictures_without_a_file_are_left_out() -> None:
    kept = Answers(("1", "1", "", "", "2", "3"), ("a",) * 6, ("a",) * 6, (-1,) * 6)
    found = paired(kept, kept)
    assert found is not None and found.n == 2


def test_groups_are_what_is_resampled() -> None:
    rng = np.random.default_rng(0)
    pieces = np.repeat(np.arange(20), 10)
    better = np.isin(pieces, rng.choice(20, 6, replace=False))
    alone = [answers((np.arange(200) % 7 > 0).tolist()), answers(((np.arange(200) % 7 > 0) | better).tolist())]
    grouped = [Answers(one.picture, one.label, one.decided, tuple(pieces.tolist())) for one in alone]
    loose, tight = paired(*grouped), paired(*alone)
    assert loose is not None and tight is not None
    assert loose.accuracy.high - loose.accuracy.low > tight.accuracy.high - tight.accuracy.low
