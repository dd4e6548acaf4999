"""Pictures of a batch changed at once, and far: views that have little more in common than what they show."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from sightline.arrays import generator
from sightline.errors import InputError
from sightline.extras import need

DRAWN = 16
"""Numbers that are drawn for the view of a picture."""
GREY = (0.299, 0.587, 0.114)
HALF = 128.5
"""Above it lie the values that are inverted; between two of them, so that rounding decides nothing."""
RATIO = 4 / 3
"""Most that a part's shape differs from the picture's."""


@dataclasses.dataclass(frozen=True)
class Strong:
    """How far pictures are changed; every strength is drawn anew for each, either way and up to what is said.

    A. Buslaev et al. and E. D. Cubuk et al. (RandAugment. NeurIPS 2020) list the changes; T. Chen et al. (A simple
    framework for contrastive learning of visual representations. ICML 2020) those of two views; T. DeVries, G. Taylor
    (Improved regularization of convolutional neural networks with cutout. 2017) what is hidden.

    Attributes:
        area: least part of a picture that is shown, as a share.
        mirrored: whether left and right may be changed over, half of the time.
        rotation_deg: turned by up to this much.
        shear: pixels per pixel.
        light, contrast, saturation: relative change of each.
        hue: part of a full turn around the axis of greys.
        grey: share of the pictures that lose their colors.
        solarized: share of the pictures whose brightest values are inverted.
        hidden: side of a grey square, as a share of the picture's, at most.
        often: how often each of turning, shearing and the four changes of color happens, as a share.

    Raises:
        InputError: a number out of range.
    """

    area: float = 0.7
    mirrored: bool = False
    rotation_deg: float = 30.0
    shear: float = 0.2
    light: float = 0.5
    contrast: float = 0.5
    saturation: float = 0.7
    hue: float = 0.05
    grey: float = 0.0
    solarized: float = 0.1
    hidden: float = 0.5
    often: float = 0.5

    def __post_init__(self) -> None:
        shares = (self.grey, self.solarized, self.hidden, self.often, self.hue, self.light, self.contrast)
        fine = 0 < self.area <= 1 and all(0 <= one <= 1 for one in (*shares, self.saturation, self.shear))
        if not fine or not 0 <= self.rotation_deg <= 180:
            raise InputError(f"{self} was given; allowed: an area above 0 to 1, shares from 0 to 1, 0 to 180 degrees")

    def __call__(self, pictures: Any, drawn: Any, px: int) -> Any:
        """(b, px, px, 3) uint8 views of pictures (b, h, w, 3) uint8, tensors on one device.

        Args:
            pictures: they are not changed.
            drawn: (b, DRAWN) float32 in [0, 1), all that is left to chance.
            px: side of the views.
        """
        torch: Any = need("torch")
        if not len(pictures):
            return pictures.new_empty((0, px, px, 3))
        values = pictures.permute(0, 3, 1, 2).float()
        grid = torch.nn.functional.affine_grid(self._places(drawn), (len(values), 3, px, px), align_corners=False)
        seen = torch.nn.functional.grid_sample(values, grid, padding_mode="reflection", align_corners=False)
        seen = self._lit(torch, seen, drawn)
        seen = self._hidden(torch, seen, drawn, px)
        return seen.round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)

    def _places(self, drawn: Any) -> Any:
        """(b, 2, 3) from places of a view to those of its picture, both from -1 to 1."""
        torch: Any = need("torch")
        area = self.area + (1 - self.area) * drawn[:, 0]
        ratio = torch.exp((2 * drawn[:, 1] - 1) * math.log(RATIO) / 2) if self.area < 1 else torch.ones_like(area)
        wide, high = (area.sqrt() * one for one in (ratio, 1 / ratio))
        wide, high = wide.clamp_max(1), high.clamp_max(1)
        left, top = (1 - wide) * (2 * drawn[:, 2] - 1), (1 - high) * (2 * drawn[:, 3] - 1)
        angle = self._some(drawn[:, 4], math.radians(self.rotation_deg))
        shear = self._some(drawn[:, 5], self.shear)
        way = torch.where(drawn[:, 6] < 0.5, -1.0, 1.0) if self.mirrored else torch.ones_like(area)
        cos, sin = angle.cos(), angle.sin()
        across = torch.stack((way * wide * cos, high * (shear * cos - sin), left), dim=1)
        down = torch.stack((way * wide * sin, high * (shear * sin + cos), top), dim=1)
        return torch.stack((across, down), dim=1)

    def _lit(self, torch: Any, seen: Any, drawn: Any) -> Any:
        """Light, contrast, saturation and hue, which are one matrix and one shift for each picture."""
        of_grey = seen.new_tensor(GREY)
        light, contrast = 1 + self._some(drawn[:, 7], self.light), 1 + self._some(drawn[:, 8], self.contrast)
        kept = 1 + self._some(drawn[:, 9], self.saturation)
        kept = torch.where(drawn[:, 11] < self.grey, 0.0, kept)[:, None, None]
        turned = _around_grey(torch, 2 * math.pi * self._some(drawn[:, 10], self.hue))
        colors = kept * turned + (1 - kept) * of_grey
        mean = (seen.mean(dim=(2, 3)) @ of_grey)[:, None, None, None]
        found = torch.einsum("bij,bjhw->bihw", (light * contrast)[:, None, None] * colors, seen)
        found = found + (light * (1 - contrast))[:, None, None, None] * mean
        inverted = (drawn[:, 12] < self.solarized)[:, None, None, None] & (found > HALF)
        return torch.where(inverted, 255 - found, found)

    def _hidden(self, torch: Any, seen: Any, drawn: Any, px: int) -> Any:
        """A grey square over each, of a side and at a place of its own."""
        if not self.hidden:
            return seen
        half = self.hidden * px * drawn[:, 13] / 2
        sides = torch.arange(px, device=seen.device) + 0.5
        down, across = ((sides - px * drawn[:, one, None]).abs() < half[:, None] for one in (14, 15))
        return seen.masked_fill((down[:, :, None] & across[:, None, :])[:, None], 128.0)

    def _some(self, drawn: Any, most: float) -> Any:
        """From -most to most, `often`; else 0."""
        torch: Any = need("torch")
        inside = drawn / max(self.often, 1e-9)
        return torch.where(drawn < self.often, most * (2 * inside - 1), 0.0)


def _around_grey(torch: Any, angle: Any) -> Any:
    """(b, 3, 3) rotations of colors around the axis of greys."""
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    third = torch.full((3, 3), 1 / 3, device=angle.device)
    cross = torch.tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]], device=angle.device) / math.sqrt(3)
    return cos * torch.eye(3, device=angle.device) + (1 - cos) * third + sin * cross


class Drawn:
    """What is left to chance in the views of n pictures: it follows from seed, view and epoch, not from batches."""

    def __init__(self, n: int, seed: int, view: str, device: Any = "cpu") -> None:
        self._n, self._seed, self._view, self._device = n, seed, view, device
        self._epoch = -1
        self._numbers: Any = None

    def of(self, epoch: int, rows: Any) -> Any:
        """(b, DRAWN) float32 of some pictures in an epoch."""
        torch: Any = need("torch")
        if epoch != self._epoch:
            numbers = generator(self._seed, self._view, epoch).random((self._n, DRAWN), np.float32)
            self._epoch, self._numbers = epoch, torch.from_numpy(numbers).to(self._device)
        return self._numbers[rows]
