"""Classifiers: vectors to probabilities, trained here and kept as plain arrays."""

from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.kernel_svm import KernelSVM
from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.classical.classifiers.neighbors import KNearestNeighbors

__all__ = ["KNearestNeighbors", "KernelSVM", "LinearSVM", "RandomForest"]
