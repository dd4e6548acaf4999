"""AlexNet of torchvision, with timm's faces."""

from __future__ import annotations

from typing import Any

from sightline.extras import need

PX = 224


def alexnet(dropout: float = 0.5) -> Any:
    """The network without its last layer, (n, 3, h, w) float32 to a map of 256 channels and an embedding of 4,096.

    Made for 224 px; other sizes from 63 px are averaged to 6 x 6 places before the layers that see all of them. Its
    weights have torchvision's names, so that a file of torchvision's fits; the last layer in it is left out.

    A. Krizhevsky, I. Sutskever, G. E. Hinton: ImageNet classification with deep convolutional neural networks. NeurIPS
    2012. torchvision has the widths of A. Krizhevsky: One weird trick for parallelizing convolutional neural networks.
    2014.

    Args:
        dropout: share of the values before each of the two large layers that training leaves out.

    Raises:
        MissingExtraError: the extra [deep] is not installed.
    """
    torch, models = need("torch"), need("torchvision.models")

    class AlexNet(models.AlexNet):  # type: ignore[misc,name-defined]  # torchvision is only there with the extra
        def __init__(self) -> None:
            super().__init__(num_classes=1, dropout=dropout)
            self.classifier[6] = torch.nn.Identity()
            self.default_cfg: dict[str, Any] = {"input_size": (3, PX, PX), "classifier": "classifier.6"}
            self.num_features = 4096
            self.feature_info = [
                {"num_chs": 64, "reduction": 4, "module": "features.1"},
                {"num_chs": 192, "reduction": 8, "module": "features.4"},
                {"num_chs": 256, "reduction": 16, "module": "features.11"},
                {"num_chs": 256, "reduction": 32, "module": "features.12"},
            ]

        def forward_features(self, pictures: Any) -> Any:
            return self.features(pictures)

        def forward_head(self, features: Any, pre_logits: bool = True) -> Any:
            return self.classifier(self.avgpool(features).flatten(1))

        def forward(self, pictures: Any) -> Any:
            return self.forward_head(self.forward_features(pictures))

        def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
            return {"features": r"^features\.(\d+)", "classifier": r"^classifier\.(\d+)"}

    return AlexNet()
