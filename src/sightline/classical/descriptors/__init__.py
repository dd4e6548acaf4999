"""Descriptors: a picture to a vector, or to many vectors with positions."""

from sightline.classical.descriptors.color import ColorHistogram
from sightline.classical.descriptors.hog import HOG
from sightline.classical.descriptors.keypoints import DenseSIFT
from sightline.classical.descriptors.texture import LocalBinaryPattern

__all__ = ["HOG", "ColorHistogram", "DenseSIFT", "LocalBinaryPattern"]
