"""What pictures are changed by while a network learns from them."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Self

from sightline.deep.setting import Setting
from sightline.task import Conditions
from sightline.transforms.augmentation import USUAL_AREA, Augmentation


class Changes(Setting):
    """How far pictures are changed while a network learns from them: a parameter of `Trained`, `FineTuned`,
    `SelfTrained` and `Distilled`. Each change is drawn anew in every epoch, up to what is said here; 0 is none.

    Cost: O(pixels) a picture and change.

    P. Y. Simard, D. Steinkraus, J. C. Platt: Best practices for convolutional neural networks applied to visual
    document analysis. ICDAR 2003.
    C. Szegedy et al.: Going deeper with convolutions. CVPR 2015 (parts by area).

    Args:
        area: least part of a picture that is shown, as a share; where a network sees pictures of up to 96 px that
            nothing else changes, they are shifted instead, unless it is 1.
        mirrored: whether left and right may be changed over.
        rotation_deg, light, scale, occlusion, blur_px: largest changes, as in the task's conditions; a light of None is
            0.1, but none where pictures are shifted instead of shown in parts, and what is asked for happens anywhere.

    >>> Changes(mirrored=False, rotation_deg=15.0)
    Changes(mirrored=False, rotation_deg=15.0)
    """

    limits: ClassVar = {
        "area": (0.01, 1),
        "rotation_deg": (0, 180),
        "light": (0, 1),
        "scale": (0, 1),
        "occlusion": (0, 1),
        "blur_px": (0, 1e3),
    }

    def __init__(
        self,
        area: float = USUAL_AREA,
        mirrored: bool = True,
        rotation_deg: float = 0.0,
        light: float | None = None,
        scale: float = 0.0,
        occlusion: float = 0.0,
        blur_px: float = 0.0,
    ) -> None:
        self.area = area
        self.mirrored = mirrored
        self.rotation_deg = rotation_deg
        self.light = light
        self.scale = scale
        self.occlusion = occlusion
        self.blur_px = blur_px

    @classmethod
    def of(cls, conditions: Conditions, mirrored: bool = True) -> Self:
        """What a task's conditions ask for: what it does not declare does not happen, but for a little light and parts.

        A part is brought to the size of the whole, so it is no smaller than a declared scale lets it be.

        >>> Changes.of(Conditions(rotation_deg=15)), Changes.of(Conditions(scale=0.1))
        (Changes(rotation_deg=15), Changes(area=0.826, scale=0.1))
        """
        declared = {name: value for name, value in dataclasses.asdict(conditions).items() if value is not None}
        if conditions.scale is not None:
            declared["area"] = max(USUAL_AREA, round(1 / (1 + conditions.scale) ** 2, 3))
        return cls(mirrored=mirrored, **declared)

    def augmentation(self) -> Augmentation:
        """What draws them."""
        return Augmentation(
            self.area, self.mirrored, self.rotation_deg, self.light, self.scale, self.occlusion, self.blur_px
        )
