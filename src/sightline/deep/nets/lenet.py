"""LeNet-5 as it was published: sub-sampling that learns, maps that see some of the maps below, a scaled tanh."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sightline.extras import need

PX = 32
SEEN: tuple[tuple[int, ...], ...] = (
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)  # fmt: skip
"""Table I of the paper: the maps of S2 that each map of C3 sees."""
AMPLITUDE, SLOPE = 1.7159, 2 / 3
"""Of the hyperbolic tangent: it takes 1 to 1 and -1 to -1, where its curvature is largest."""
SPREAD = 2.4
"""Weights are drawn evenly between this over the number of inputs of their unit and the same below 0."""


def lenet5() -> Any:
    """The network up to F6, (n, 3, 32, 32) float32 to the maps of S4, (n, 16, 5, 5), and the 84 values of F6.

    It was published for grey pictures: of colors it sees the mean. Its 60,000 parameters are those of the paper, drawn
    as there. The output layer of the paper, radial basis functions around drawn digits, belongs to its ten classes and
    is no part of a backbone. It has timm's faces: `forward_features`, `forward_head`, `group_matcher`, `default_cfg`,
    `feature_info`.

    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition. Proceedings of
    the IEEE 86(11), 1998.

    Raises:
        MissingExtraError: the extra [deep] is not installed.
    """
    torch: Any = need("torch")
    nn = torch.nn

    def squashed(sums: Any) -> Any:
        return AMPLITUDE * torch.tanh(SLOPE * sums)

    class Subsampling(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self, maps: int) -> None:
            super().__init__()
            self.coefficient = nn.Parameter(torch.empty(maps))
            self.bias = nn.Parameter(torch.empty(maps))

        def forward(self, maps: Any) -> Any:
            sums = 4 * nn.functional.avg_pool2d(maps, 2)
            return squashed(sums * self.coefficient[:, None, None] + self.bias[:, None, None])

    class PartlyConnected(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            alike = [list(rows) for _, rows in groupby(SEEN, len)]
            self.convolutions = nn.ModuleList(
                nn.Conv2d(len(rows) * len(rows[0]), len(rows), 5, groups=len(rows)) for rows in alike
            )
            for number, rows in enumerate(alike):
                self.register_buffer(f"seen{number}", torch.tensor([one for row in rows for one in row]), False)

        def forward(self, maps: Any) -> Any:
            parts = enumerate(self.convolutions)
            return torch.cat([one(maps.index_select(1, getattr(self, f"seen{n}"))) for n, one in parts], dim=1)

    class LeNet5(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.default_cfg: dict[str, Any] = {"input_size": (3, PX, PX), "classifier": None}
            self.num_features = 84
            self.feature_info = [
                {"num_chs": 6, "reduction": 2, "module": "s2"},
                {"num_chs": 16, "reduction": 4, "module": "s4"},
            ]
            self.c1 = nn.Conv2d(1, 6, 5)
            self.s2 = Subsampling(6)
            self.c3 = PartlyConnected()
            self.s4 = Subsampling(16)
            self.c5 = nn.Conv2d(16, 120, 5)
            self.f6 = nn.Linear(120, 84)
            self._draw()

        def _draw(self) -> None:
            for module in self.modules():
                if isinstance(module, (nn.Conv2d, nn.Linear)):
                    inputs = module.weight[0].numel()
                elif isinstance(module, Subsampling):
                    inputs = 4
                else:
                    continue
                for parameter in module.parameters():
                    nn.init.uniform_(parameter, -SPREAD / inputs, SPREAD / inputs)

        def forward_features(self, pictures: Any) -> Any:
            grey = pictures.mean(dim=1, keepdim=True)
            return self.s4(squashed(self.c3(self.s2(squashed(self.c1(grey))))))

        def forward_head(self, features: Any, pre_logits: bool = True) -> Any:
            return squashed(self.f6(squashed(self.c5(features)).flatten(1)))

        def forward(self, pictures: Any) -> Any:
            return self.forward_head(self.forward_features(pictures))

        def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
            return {"layers": r"^[csf](\d)"}

    return LeNet5()
