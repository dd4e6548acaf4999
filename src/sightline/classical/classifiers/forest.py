"""Random forest."""

from __future__ import annotations

from sightline.classical.classifiers.trainers import Trainer, random_forest
from sightline.classical.classifiers.trees import Trees


class RandomForest(Trees):
    """Mean of the leaf shares of trees grown on bootstrap samples; the same probabilities as the trainer's, to 1e-6.

    The trainer is scikit-learn or, with the extra `fast`, scikit-learn-intelex.
    Cost: predicting O(trees * depth) a row, for all trees at once; the model holds every node.

    L. Breiman: Random forests. Machine Learning 45, 2001.

    Args:
        trees: how many.
        max_features: columns tried at a split: "sqrt", "log2", a number, a share in (0, 1], or None for all.
        min_leaf: rows that a leaf holds at least.
        class_weight: "balanced" gives every class the same total weight.
        seed: of the samples and splits.

    >>> import numpy as np
    >>> X = np.array([[0.0], [0.1], [0.5], [0.9], [1.0]])
    >>> RandomForest(trees=20).fit(X, [0, 0, 1, 0, 0]).predict(np.array([[0.05], [0.5]])).tolist()
    [0, 1]
    """

    def _trainer(self) -> Trainer:
        return random_forest()
