from __future__ import annotations

import pytest

import sightline as sl
from sightline import version
from tests.search.comparisons import LAYOUT, compared

PLAIN = sl.Preparation()


def test_answers_belong_to_the_versions_that_gave_them(monkeypatch: pytest.MonkeyPatch) -> None:
    among = compared(12)
    key = among.key(LAYOUT, PLAIN, 12)
    assert among.key(LAYOUT, PLAIN, 12) == key
    changed = {**version.libraries(), "scikit-learn": "999"}
    monkeypatch.setattr(version, "libraries", lambda: changed)
    assert among.key(LAYOUT, PLAIN, 12) != key
