"""Descriptors: a picture to a vector, or to many vectors with positions."""

from sightline.classical.descriptors.color import ColorHistogram
from sightline.classical.descriptors.color_correlogram import ColorCorrelogram
from sightline.classical.descriptors.color_moments import ColorMoments
from sightline.classical.descriptors.contour import ContourShape
from sightline.classical.descriptors.cooccurrence import Cooccurrence
from sightline.classical.descriptors.dense_sift import DenseSIFT
from sightline.classical.descriptors.gabor import GaborBank
from sightline.classical.descriptors.hog import HOG
from sightline.classical.descriptors.lbp import LocalBinaryPattern
from sightline.classical.descriptors.moments import HuMoments, ZernikeMoments
from sightline.classical.descriptors.orb import ORB
from sightline.classical.descriptors.patches import Patches
from sightline.classical.descriptors.phase import LocalPhaseQuantization
from sightline.classical.descriptors.phog import PHOG
from sightline.classical.descriptors.principal import PrincipalMoments
from sightline.classical.descriptors.sift import SIFT
from sightline.classical.descriptors.statistical import IntensityStatistics

__all__ = [
    "HOG",
    "ORB",
    "PHOG",
    "SIFT",
    "ColorCorrelogram",
    "ColorHistogram",
    "ColorMoments",
    "ContourShape",
    "Cooccurrence",
    "DenseSIFT",
    "GaborBank",
    "HuMoments",
    "IntensityStatistics",
    "LocalBinaryPattern",
    "LocalPhaseQuantization",
    "Patches",
    "PrincipalMoments",
    "ZernikeMoments",
]
