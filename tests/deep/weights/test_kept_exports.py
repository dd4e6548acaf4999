from __future__ import annotations

from pathlib import Path

from sightline.data.store import FeatureStore
from sightline.deep.weights.kept_exports import kept_or_made, nowhere, store_of
from sightline.networks.network import Network
from sightline.parallel import silent
from tests.networks import tiny


def test_a_network_is_made_once_and_what_cannot_be_read_is_made_again(tmp_path: Path) -> None:
    made: list[int] = []
    store = store_of(lambda: FeatureStore(tmp_path))

    def make() -> Network:
        made.append(1)
        return tiny.network(seed=3)

    first, again = (kept_or_made(store, "key", "export 1", "tiny", make, silent) for _ in range(2))
    assert first.onnx == again.onnx and len(made) == 1
    kept_or_made(store, "key", "export 2", "tiny", make, silent)
    kept_or_made(store, "other", "export 1", "tiny", make, silent)
    assert len(made) == 3
    assert store is not None
    for path in tmp_path.glob("exports*"):
        path.write_bytes(b"no network")
    kept_or_made(store, "key", "export 1", "tiny", make, silent)
    assert len(made) == 4


def test_without_a_place_it_is_made_each_time() -> None:
    assert store_of(nowhere) is None
    made = kept_or_made(None, "key", "export 1", "tiny", lambda: tiny.network(seed=3), silent)
    assert made.onnx == tiny.network(seed=3).onnx
