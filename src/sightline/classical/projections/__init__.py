"""Projections: vectors to vectors, of pictures or of local features, between a descriptor and what learns from it."""

from sightline.classical.projections.homogeneous import HomogeneousMap
from sightline.classical.projections.pca import PCA
from sightline.classical.projections.power import PowerNormalization

__all__ = ["PCA", "HomogeneousMap", "PowerNormalization"]
