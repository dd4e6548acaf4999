"""Summaries: the local features of a picture to one vector."""

from sightline.classical.summaries.bovw import BagOfVisualWords
from sightline.classical.summaries.fisher import FisherVector
from sightline.classical.summaries.local_moments import LocalMoments
from sightline.classical.summaries.patch_dictionary import PatchDictionary
from sightline.classical.summaries.pyramid import SpatialPyramid
from sightline.classical.summaries.vlad import VLAD

__all__ = ["VLAD", "BagOfVisualWords", "FisherVector", "LocalMoments", "PatchDictionary", "SpatialPyramid"]
