from __future__ import annotations

import numpy as np
import pytest

from sightline.deep.nets.lenet import SEEN, lenet5

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def test_each_layer_has_as_many_parameters_as_published() -> None:
    network = lenet5()
    found = {name: sum(one.numel() for one in layer.parameters()) for name, layer in network.named_children()}
    assert found == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48120, "f6": 10164}
    assert sum(found.values()) == 60_000


def test_the_table_is_that_of_the_paper() -> None:
    assert [len(row) for row in SEEN] == [3] * 6 + [4] * 9 + [6]
    assert len(set(SEEN)) == 16 and all(row == tuple(sorted(row)) for row in SEEN)
    assert [sum(below in row for row in SEEN) for below in range(6)] == [10] * 6
    runs = [{(start + step) % 6 for step in range(size)} for size in (3, 4) for start in range(6)]
    assert [set(row) for row in SEEN[:12]] == runs  # contiguous ones; the next three have gaps, the last sees all
    assert all(set(row) not in runs for row in SEEN[12:])


def test_a_map_sees_the_maps_of_the_table_and_no_others() -> None:
    layer = lenet5().c3
    for below in range(6):
        maps = torch.zeros(2, 6, 14, 14)
        maps[1, below] = torch.rand(14, 14)
        without, with_it = layer(maps)
        changed = (without != with_it).any(dim=2).any(dim=1).tolist()
        assert changed == [below in row for row in SEEN]


def test_sub_sampling_is_a_sum_times_a_coefficient_plus_a_bias_squashed() -> None:
    layer = lenet5().s2
    maps = torch.rand(1, 6, 4, 4)
    sums = maps.detach().numpy().reshape(6, 2, 2, 2, 2).sum(axis=(2, 4))
    coefficient, bias = (one.detach().numpy()[:, None, None] for one in (layer.coefficient, layer.bias))
    expected = 1.7159 * np.tanh(2 / 3 * (coefficient * sums + bias))
    np.testing.assert_allclose(layer(maps)[0].detach().numpy(), expected, rtol=1e-5)


def test_one_stays_one_where_it_is_squashed() -> None:
    network = lenet5()
    with torch.no_grad():
        network.f6.weight.zero_()
        network.f6.bias.fill_(1)
        answer = network(torch.rand(1, 3, 32, 32))
    np.testing.assert_allclose(answer.numpy(), 1, atol=1e-4)


def test_of_colors_it_sees_the_mean() -> None:
    network = lenet5().eval()
    pictures = torch.rand(2, 3, 32, 32)
    grey = pictures.mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)
    torch.testing.assert_close(network(pictures), network(grey))


def test_weights_are_drawn_by_the_inputs_of_their_unit() -> None:
    network = lenet5()
    for parameter, inputs in (
        (network.c1.weight, 25),
        (network.c3.convolutions[1].weight, 100),
        (network.f6.bias, 120),
    ):
        assert 0.8 * 2.4 / inputs < float(parameter.detach().abs().max()) <= 2.4 / inputs


def test_shapes_and_layers() -> None:
    from sightline.deep.training.layers import layers_of

    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    network = lenet5().eval()
    features = network.forward_features(torch.rand(2, 3, 32, 32))
    assert features.shape == (2, 16, 5, 5) and network.forward_head(features, pre_logits=True).shape == (2, 84)
    found = layers_of(network)
    order = ["c1.weight", "s2.bias", "c3.convolutions.2.weight", "s4.coefficient", "c5.weight", "f6.bias"]
    assert [found[name] for name in order] == [0, 1, 2, 3, 4, 5]
