"""Pieces that several candidates are made of, as text."""

from __future__ import annotations

LAYOUT = "LocalBinaryPattern(rotation_invariant=False, grid=2) + ColorHistogram()"
TEXTURE = (
    "LocalBinaryPattern(points=(8, 16), radius=(1, 3)) + Cooccurrence() + GaborBank() + LocalPhaseQuantization() + "
    "IntensityStatistics(grid=2) + ColorMoments(grid=2)"
)
TAMED = "PowerNormalization()"
"""A rectified embedding is bursty: its square root, at unit length, is told apart better by all that follow."""
LINEAR_OF_UNITS = "LogisticRegression(C=30.0, standardize=False)"
SVM_OF_UNITS = "KernelSVM(C=4.0, gamma=1.5, standardize=False)"
