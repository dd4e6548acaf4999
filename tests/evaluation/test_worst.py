from __future__ import annotations

import dataclasses

from sightline.evaluation.verdict import Confusion
from sightline.evaluation.worst import EACH, MAX_PAIRS, without_pictures, worst_pairs
from tests.evaluation import examples


def test_worst_pairs_come_first_with_their_surest_pictures() -> None:
    data = examples.digits()
    pairs = worst_pairs(data)
    counts = [pair.confusion.count for pair in pairs]
    assert len(pairs) == MAX_PAIRS and counts == sorted(counts, reverse=True)
    for pair in pairs:
        assert len(pair.examples) == min(pair.confusion.count, EACH)
        assert {(one.truth, one.predicted) for one in pair.examples} == {(pair.confusion.truth, pair.confusion.decided)}
        sure = [one.confidence for one in pair.examples]
        assert sure == sorted(sure, reverse=True)


def test_a_pair_without_pictures_is_named_all_the_same() -> None:
    data = dataclasses.replace(examples.mats(), mistakes=())
    assert [(pair.confusion, pair.examples) for pair in worst_pairs(data)] == [
        (Confusion("broken", "normal", 3, 12), ()),
        (Confusion("normal", "broken", 1, 67), ()),
    ]


def test_without_pictures_names_stay() -> None:
    before, bare = examples.digits(), without_pictures(examples.digits())
    assert [one.source for one in bare.mistakes] == [one.source for one in before.mistakes]
    assert all(one.picture is None for one in bare.mistakes)
    assert bare.mistakes[0].nearest and all(n.picture is None for one in bare.mistakes for n in one.nearest)
