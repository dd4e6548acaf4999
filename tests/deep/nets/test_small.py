from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from sightline.deep.nets.small import EPSILON, FLAT, small_net, whiten, whitening

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def drawn(n: int, px: int) -> np.ndarray:
    """Pictures whose neighbors are alike, with colors that go together."""
    random = np.random.default_rng(0)
    grey = random.normal(size=(n, px, px, 1)).cumsum(axis=1).cumsum(axis=2) / px
    return (grey + 0.1 * random.normal(size=(n, px, px, 3))).astype(np.float32)


def test_patches_come_out_uncorrelated_and_of_one_variance() -> None:
    pictures = drawn(40, 16)
    pictures -= pictures.mean(axis=(0, 1, 2))
    seen = torch.nn.functional.conv2d(
        torch.from_numpy(pictures).permute(0, 3, 1, 2), torch.from_numpy(whitening(pictures))
    )
    found = np.cov(seen.permute(1, 0, 2, 3).reshape(12, -1).numpy())
    np.testing.assert_allclose(np.diag(found), 1, atol=0.06)
    np.testing.assert_allclose(found - np.diag(np.diag(found)), 0, atol=0.02)


def test_it_is_that_of_all_patches_at_once() -> None:
    pictures = drawn(9, 20) + np.float32(2)
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (2, 2), axis=(1, 2))
    variances, components = np.linalg.eigh(np.cov(windows.reshape(-1, 12).astype(np.float64), rowvar=False))
    wanted = (components / np.sqrt(variances + EPSILON)).T.reshape(12, 3, 2, 2)[::-1]
    seen = np.where(variances[::-1, None, None, None] > FLAT, wanted, 0)
    found = whitening(pictures)
    turned = np.sign((found * seen).sum(axis=(1, 2, 3), keepdims=True))  # a component is one either way
    np.testing.assert_allclose(found, turned * seen, rtol=1e-6, atol=1e-6 * np.abs(seen).max())


def test_patches_are_looked_at_picture_by_picture() -> None:
    pictures = drawn(30, 64)
    tracemalloc.start()
    whitening(pictures)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5 * 64 * 64 * 12 * 8  # all patches at once are 30 times 64 x 64 x 12 numbers of 8 bytes


def test_the_first_layer_whitens_both_ways_and_stays() -> None:
    network, pictures = small_net(), drawn(8, 32)
    whiten(network, pictures)
    half = len(network.stem.weight) // 2
    assert torch.equal(network.stem.weight[:half], -network.stem.weight[half:])
    assert not network.stem.weight.requires_grad and network.stem.bias.requires_grad


@pytest.mark.parametrize("px", [28, 32, 64, 96])
def test_any_size_gives_a_map_and_an_embedding(px: int) -> None:
    network = small_net((8, 16, 24)).eval()
    pictures = torch.from_numpy(drawn(2, px)).permute(0, 3, 1, 2)
    features = network.forward_features(pictures)
    assert features.shape[:2] == (2, 24) and min(features.shape[2:]) >= 2
    assert network.forward_head(features).shape == (2, network.num_features)
    assert torch.equal(network(pictures), network.forward_head(features))


def test_every_parameter_has_a_layer() -> None:
    from sightline.deep.training.layers import layers_of

    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    network = small_net((8, 16, 24))
    found = layers_of(network)
    assert set(found) == {name for name, _ in network.named_parameters()}
    assert found["stem.weight"] == 0 < found["blocks.0.first.weight"] < found["blocks.2.second.weight"]


def test_what_does_not_vary_is_not_made_large() -> None:
    """Of grey pictures four of twelve directions vary; the others' rounding would be learned from, and is not asked."""
    grey = np.random.default_rng(0).normal(size=(20, 12, 12, 1)).astype(np.float32)
    filters = whitening((grey - [0.48, 0.45, 0.4]).astype(np.float32) / np.float32([0.23, 0.22, 0.21]))
    assert [bool(one.any()) for one in filters] == [True] * 4 + [False] * 8
