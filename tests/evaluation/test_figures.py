from __future__ import annotations

from sightline.evaluation.figures import many


def test_one_is_no_plural() -> None:
    assert [many(n, "picture") for n in (0, 1, 2_000)] == ["0 pictures", "1 picture", "2,000 pictures"]
    assert [many(n, "class", "classes") for n in (1, 2)] == ["1 class", "2 classes"]
