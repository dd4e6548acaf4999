"""The only place where pixels are prepared: read, orient, scale, fit; stored in every model."""

from sightline.preparation.geometry import fit_into, limit_side, resize
from sightline.preparation.preparation import Preparation

__all__ = ["Preparation", "fit_into", "limit_side", "resize"]
