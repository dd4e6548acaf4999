from __future__ import annotations

import pytest

from sightline.deep.training import layers

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")
timm = pytest.importorskip("timm", reason="the extra [deep] is not installed")


@pytest.mark.parametrize("arch", ["resnet10t", "mobilenetv3_small_050", "vit_tiny_patch16_224", "poolformerv2_s12"])
def test_rates_decay_from_the_head_to_the_input_and_nothing_is_left_out(arch: str) -> None:
    network, head = timm.create_model(arch, num_classes=0), torch.nn.Linear(4, 2)
    found = layers.groups(network, head, 0.5, 0.1)
    top = found[-1]["layer"]
    assert [group["share"] for group in found] == [0.5 ** (top - group["layer"]) for group in found]
    assert found[0]["layer"] == 0 and found[-1]["share"] == 1.0
    kept = [parameter for group in found for parameter in group["params"]]
    assert len(kept) == len({id(one) for one in kept}) == len([*network.parameters(), *head.parameters()])
    assert all((group["weight_decay"] > 0) == (one.ndim > 1) for group in found for one in group["params"])


class Ungrouped(torch.nn.Module):  # type: ignore[misc]
    """As some networks of timm are: stem, stages in a row and a norm, and no word on their groups."""

    def __init__(self) -> None:
        super().__init__()
        nn = torch.nn
        self.place = nn.Parameter(torch.zeros(4))
        self.stem, self.dropped = nn.Linear(3, 4), nn.Dropout()
        self.stages = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.GELU(), nn.Linear(4, 4)), nn.Linear(4, 4))
        self.norm = nn.LayerNorm(4)


def test_a_network_that_does_not_say_its_groups_has_layers_in_the_order_of_its_parts() -> None:
    ends = {
        name.removesuffix(".weight"): layer
        for name, layer in layers.layers_of(Ungrouped()).items()
        if not name.endswith(".bias")
    }
    assert ends == {"place": 0, "stem": 0, "stages.0.0": 1, "stages.0.2": 1, "stages.1": 2, "norm": 3}


@pytest.mark.parametrize(
    ("epochs", "top", "depth"), [(1, 5, 1.0), (2, 1, 1.0), (10, 18, 1.0), (10, 18, 0.5), (6, 8, 0.1)]
)
def test_layers_join_from_the_head_downwards(epochs: int, top: int, depth: float) -> None:
    lowest = [layers.lowest_learning(epoch, epochs, top, depth) for epoch in range(epochs)]
    assert lowest == sorted(lowest, reverse=True) and lowest[0] <= top
    assert lowest[-1] == lowest[epochs // 2] == top - round(depth * top)


def test_of_no_depth_the_head_learns_alone() -> None:
    assert [layers.lowest_learning(epoch, 4, 7, 0.0) for epoch in range(4)] == [7] * 4


def test_layers_are_held_and_let_go() -> None:
    network, head = timm.create_model("resnet10t", num_classes=0), torch.nn.Linear(4, 2)
    found = layers.groups(network, head, 0.5, 0.1)
    layers.let_learn(found, 4)
    assert not network.conv1[0].weight.requires_grad and network.layer4[0].conv1.weight.requires_grad
    layers.let_learn(found, 0)
    assert all(one.requires_grad for one in network.parameters())


def test_statistics_stay_in_training() -> None:
    network = timm.create_model("resnet10t", num_classes=0)
    before = network.conv1[1].running_mean.clone()
    for keep in (True, False):
        network.train()
        if keep:
            layers.keep_statistics(network)
        network(torch.rand(2, 3, 32, 32))
        assert torch.equal(network.conv1[1].running_mean, before) is keep


def test_nothing_is_left_to_chance() -> None:
    network = timm.create_model("vit_tiny_patch16_224", num_classes=0, img_size=32, drop_rate=0.5, drop_path_rate=0.5)
    pictures = torch.rand(2, 3, 32, 32)
    assert not torch.equal(network.train()(pictures), network(pictures))
    layers.leave_nothing_to_chance(network)
    assert torch.equal(network.train()(pictures), network(pictures))
