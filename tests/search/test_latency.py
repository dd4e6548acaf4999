from __future__ import annotations

import time

from sightline.search.latency import PICTURES, median_ms, seconds_of_each


def test_a_few_evenly_spread_after_a_warm_up() -> None:
    seen: list[bytes] = []
    items = [bytes([i]) for i in range(100)]
    assert median_ms(seen.append, items) >= 0  # type: ignore[arg-type]
    assert len(seen) == PICTURES + 1
    assert seen[:2] == [items[0], items[0]]
    assert seen[-1] == items[-1]


def test_a_batch_is_shared_by_its_items() -> None:
    sizes: list[int] = []

    def batch(items: list[object]) -> None:
        sizes.append(len(items))
        time.sleep(0.001 * len(items))

    found = seconds_of_each(batch, list(range(100)))
    assert sizes == [2, 16]
    assert 0.0009 < found < 1.0
