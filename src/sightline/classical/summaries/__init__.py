"""Summaries: the local features of a picture to one vector."""

from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.classical.summaries.pyramid import SpatialPyramid

__all__ = ["BagOfVisualWords", "SpatialPyramid"]
