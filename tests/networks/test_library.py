from __future__ import annotations

import gc

import pytest

from sightline.errors import ComponentError
from sightline.networks import library
from sightline.networks.network import Network
from tests.networks import tiny


def test_a_network_is_found_by_its_key_and_kept_once() -> None:
    first = library.remember(tiny.network(seed=1))
    assert library.find(first.key) is first
    assert library.remember(tiny.network(seed=1)) is first


def test_the_latest_are_found_and_others_while_somebody_holds_them() -> None:
    held = library.remember(tiny.network(seed=2))
    gone = library.remember(tiny.network(seed=3)).key
    for seed in range(library.LATEST):
        library.remember(tiny.network(seed=10 + seed))
    gc.collect()
    assert library.find(held.key) is held
    with pytest.raises(ComponentError, match="not at hand"):
        library.find(gone)


@pytest.mark.parametrize("called", ["", "tiny", "tiny@", "tiny@0123", "0123456789abcdef"])
def test_what_is_no_key_is_told(called: str) -> None:
    with pytest.raises(ComponentError, match="--backbone FILE or NAME"):
        library.find(called)


def test_who_calls_it_otherwise_takes_it_from_nobody() -> None:
    held = library.remember(Network.of(tiny.foreign(), "mine"))
    library.remember(Network.of(tiny.foreign(), "yours"))
    for seed in range(library.LATEST):
        library.remember(tiny.network(seed=40 + seed))
    gc.collect()
    assert library.find(held.key) is held
    assert library.find(f"yours@{held.digest}").digest == held.digest
