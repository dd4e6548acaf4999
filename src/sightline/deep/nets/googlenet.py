"""GoogLeNet of torchvision, with timm's faces."""

from __future__ import annotations

from typing import Any

from sightline.extras import need

PX = 224
LAYERS = (
    "conv1", "maxpool1", "conv2", "conv3", "maxpool2", "inception3a", "inception3b", "maxpool3", "inception4a",
    "inception4b", "inception4c", "inception4d", "inception4e", "maxpool4", "inception5a", "inception5b",
)  # fmt: skip
"""What torchvision calls them, from the input on."""


def googlenet(dropout: float = 0.2) -> Any:
    """The network without its classifiers, (n, 3, h, w) float32 to a map of 1,024 channels and its mean.

    Made for 224 px. Its weights have torchvision's names, so that a file of torchvision's fits; the classifier in it is
    left out, and the two at the sides as well. Those weights were learned with a mean and a deviation of 0.5 in each
    channel ("0.5,0.5,0.5" in the header of a .safetensors file).

    C. Szegedy et al.: Going deeper with convolutions. CVPR 2015.

    Args:
        dropout: share of the embedding that training leaves out.

    Raises:
        MissingExtraError: the extra [deep] is not installed.
    """
    torch, models = need("torch"), need("torchvision.models")

    class GoogLeNet(models.GoogLeNet):  # type: ignore[misc,name-defined]  # torchvision is only there with the extra
        def __init__(self) -> None:
            super().__init__(num_classes=1, aux_logits=False, init_weights=True, dropout=dropout)
            self.fc = torch.nn.Identity()
            self.default_cfg: dict[str, Any] = {"input_size": (3, PX, PX), "classifier": ("fc", "aux1", "aux2")}
            self.num_features = 1024
            self.feature_info = [
                {"num_chs": 64, "reduction": 2, "module": "conv1"},
                {"num_chs": 192, "reduction": 4, "module": "conv3"},
                {"num_chs": 480, "reduction": 8, "module": "inception3b"},
                {"num_chs": 832, "reduction": 16, "module": "inception4e"},
                {"num_chs": 1024, "reduction": 32, "module": "inception5b"},
            ]

        def forward_features(self, pictures: Any) -> Any:
            maps = pictures
            for name in LAYERS:
                maps = getattr(self, name)(maps)
            return maps

        def forward_head(self, features: Any, pre_logits: bool = True) -> Any:
            return self.dropout(self.avgpool(features).flatten(1))

        def forward(self, pictures: Any) -> Any:
            return self.forward_head(self.forward_features(pictures))

        def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
            return {"layers": [(rf"^{name}\.", (number,)) for number, name in enumerate(LAYERS)]}

    return GoogLeNet()
