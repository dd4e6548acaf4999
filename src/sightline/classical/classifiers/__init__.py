"""Classifiers: vectors to probabilities, trained here and kept as plain arrays."""

from sightline.classical.classifiers.extra_trees import ExtraTrees
from sightline.classical.classifiers.forest import RandomForest
from sightline.classical.classifiers.kernel_ridge import KernelRidge
from sightline.classical.classifiers.kernel_svm import KernelSVM
from sightline.classical.classifiers.linear_svm import LinearSVM
from sightline.classical.classifiers.logistic import LogisticRegression
from sightline.classical.classifiers.neighbors import KNearestNeighbors
from sightline.classical.classifiers.prototypes import Prototypes
from sightline.classical.classifiers.ridge import Ridge

__all__ = [
    "ExtraTrees",
    "KNearestNeighbors",
    "KernelRidge",
    "KernelSVM",
    "LinearSVM",
    "LogisticRegression",
    "Prototypes",
    "RandomForest",
    "Ridge",
]
