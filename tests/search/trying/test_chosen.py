from __future__ import annotations

import base64
import dataclasses
import json
import zlib

import numpy as np
import pytest

from sightline.search.trying.chosen import Chosen, PackedRung, Rung, unpacked

N, K = 50, 3


def chosen(seed: int = 0) -> Chosen:
    rng = np.random.default_rng(seed)
    low = Rung(np.arange(20), rng.integers(-1, K, (5, 20)), (0, -1, 1, -1, -1))
    return Chosen((low, Rung(np.arange(N), rng.integers(-1, K, (2, N)), ())))


def test_everything_comes_back() -> None:
    packed = chosen().packed()
    plain = json.loads(json.dumps([dataclasses.asdict(one) for one in packed]))
    read = [PackedRung(**{**one, "became": tuple(one["became"])}) for one in plain]
    found = unpacked(read, N, K)
    for one, other in zip(found.rungs, chosen().rungs, strict=True):
        assert np.array_equal(one.rows, other.rows) and np.array_equal(one.decisions, other.decisions)
        assert one.became == other.became
    assert len(found.decisions) == 2
    assert unpacked((), N, K).decisions == []


def test_what_hardly_differs_is_short() -> None:
    decisions = np.tile(np.random.default_rng(0).integers(0, K, 10_000), (30, 1))
    decisions[np.arange(30), np.arange(30)] = 0
    (packed,) = Chosen((Rung(np.arange(10_000), decisions, ()),)).packed()
    assert len(packed.decisions) + len(packed.rows) < 20_000


def bomb(size: int) -> str:
    return base64.b64encode(zlib.compress(bytes(size))).decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pictures": N + 1}, "200 bytes for 51"),
        ({"pictures": -1}, "allowed: up to"),
        ({"candidates": 10**12}, "allowed: up to"),
        ({"candidates": 0, "decisions": bomb(0)}, "do not follow each other"),
        ({"decisions": "no base64!"}, "base64|characters"),
        ({"decisions": base64.b64encode(b"not compressed").decode()}, "Error -3"),
        ({"decisions": bomb(50_000_000)}, "401 bytes for 100"),
        ({"rows": bomb(4 * N)}, "do not follow each other"),
        ({"became": (0, 0)}, "rows of other pictures"),
    ],
)
def test_what_is_damaged_is_refused(change: dict[str, object], words: str) -> None:
    low, top = chosen().packed()
    with pytest.raises(ValueError, match=words):
        unpacked((low, dataclasses.replace(top, **change)), N, K)  # type: ignore[arg-type]


def test_other_pictures_classes_and_places_are_refused() -> None:
    low, top = chosen().packed()
    for rungs, n, k, words in (
        ((low, top), N - 1, K, "of other pictures"),
        ((low, top), N + 1, K, "do not follow"),
        ((low, top), N, K - 1, "of other classes"),
        ((low,), N, K, "of other pictures"),
        ((dataclasses.replace(low, became=(0, -1, 2, -1, -1)), top), N, K, "do not follow"),
    ):
        with pytest.raises(ValueError, match=words):
            unpacked(rungs, n, k)
