"""Words of timm and fastai: what they are called here, and nothing where they mean something else."""

from __future__ import annotations

import pytest

from tests.cli.called import Call


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("fit", "d", "--model", "resnet18"), "--backbone NAME_OR_FILE"),
        (("fit", "d", "--arch=resnet18"), "--backbone NAME_OR_FILE"),
        (("fit", "d", "--epochs", 5), '--only "FineTuned(epochs=5) > LogisticRegression()"'),
        (("train", "d"), "sightline fit DATA"),
    ],
)
def test_a_word_of_others_is_told_in_ours(sightline: Call, args: tuple[object, ...], said: str) -> None:
    done = sightline(*args)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith("hint: ") and said in done.err.splitlines()[-1]
    assert said in sightline(*args, "--json").document["error"]["message"]


@pytest.mark.parametrize("args", [("fit", "d", "--tme", 3), ("predict", "--model", "m.sight"), ("fti", "d")])
def test_any_other_mistake_gets_no_hint(sightline: Call, args: tuple[object, ...]) -> None:
    done = sightline(*args)
    assert done.code == 2 and "hint: " not in done.err
