"""Extremely randomized trees."""

from __future__ import annotations

from sightline.classical.classifiers.trainers import Trainer, extra_trees
from sightline.classical.classifiers.trees import Trees


class ExtraTrees(Trees):
    """Mean of the leaf shares of trees whose thresholds are drawn; the same probabilities as scikit-learn's, to 1e-6.

    Every tree sees all rows, and at a split one random threshold for each of the columns tried: it is grown several
    times faster than a tree of a random forest, and errs less often alike.
    Cost: predicting O(trees * depth) a row, for all trees at once; the model holds every node.

    P. Geurts, D. Ernst, L. Wehenkel: Extremely randomized trees. Machine Learning 63, 2006.

    Args:
        trees: how many.
        max_features: columns tried at a split: "sqrt", "log2", a number, a share in (0, 1], or None for all.
        min_leaf: rows that a leaf holds at least.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the columns and thresholds.

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.1], [0.5], [0.9], [1.0]])
    >>> ExtraTrees(trees=20).fit(X, [0, 0, 1, 0, 0]).predict(np.array([[0.05], [0.5]])).tolist()
    [0, 1]
    """

    def _trainer(self) -> Trainer:
        return extra_trees()
