from __future__ import annotations

from sightline.search.latency import PICTURES, median_ms


def test_a_few_evenly_spread_after_a_warm_up() -> None:
    seen: list[bytes] = []
    items = [bytes([i]) for i in range(100)]
    assert median_ms(seen.append, items) >= 0  # type: ignore[arg-type]
    assert len(seen) == PICTURES + 1
    assert seen[:2] == [items[0], items[0]]
    assert seen[-1] == items[-1]
