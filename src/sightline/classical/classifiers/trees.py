"""Forests of decision trees, grown by scikit-learn and walked as flat arrays."""

from __future__ import annotations

import abc
import numbers
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Matrix, Probabilities, split_seed
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.rows import training_rows
from sightline.classical.classifiers.trainers import Trainer
from sightline.contracts import Classifier
from sightline.errors import ComponentError


class Trees(Classifier, abc.ABC):
    """Mean of the leaf shares of many trees; a subclass says how they are grown."""

    learned = ("classes_", "roots_", "features_", "thresholds_", "children_", "leaves_", "shares_", "width_")
    limits: ClassVar = {"trees": (1, 10_000), "min_leaf": (1, 1_000_000)}

    def __init__(
        self,
        trees: int = 200,
        max_features: str | int | float | None = "sqrt",
        min_leaf: int = 1,
        class_weight: str | None = None,
        seed: int = 0,
    ) -> None:
        self.trees = trees
        self.max_features = max_features
        self.min_leaf = min_leaf
        self.class_weight = class_weight
        self.seed = seed

    @abc.abstractmethod
    def _trainer(self) -> Trainer:
        """Who grows the trees."""

    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: a parameter out of range.
        """
        self._check_parameters()
        rows = training_rows(X, y, sample_weight, self.class_weight)
        trainer = self._trainer()
        forest = trainer.estimator(
            self.trees,
            max_features=self.max_features,
            min_samples_leaf=self.min_leaf,
            random_state=split_seed(self.seed, "trees"),
            n_jobs=-1,
        ).fit(rows.X, rows.codes, sample_weight=rows.weights)
        self.classes_, self.width_ = rows.classes, np.array([rows.X.shape[1]])
        self.trained_with = trainer.versions()
        self._take([tree.tree_ for tree in forest.estimators_])
        return self

    def _check_parameters(self) -> None:
        if self.trees < 1 or self.min_leaf < 1:
            raise ComponentError(
                f"{type(self).__name__} was given trees={self.trees}, min_leaf={self.min_leaf}; allowed: 1 or more"
            )
        asked = self.max_features
        named = asked is None or asked in ("sqrt", "log2")
        counted = isinstance(asked, numbers.Integral) and type(asked) is not bool and asked >= 1
        shared = isinstance(asked, numbers.Real) and not isinstance(asked, numbers.Integral) and 0 < asked <= 1
        if not (named or counted or shared):
            raise ComponentError(
                f'{type(self).__name__} was given max_features={asked!r}; allowed: "sqrt", "log2", None, a whole '
                "number of 1 or more, or a share above 0 to 1.0"
            )

    def _take(self, trees: list[Any]) -> None:
        """The nodes of all trees in one table; a leaf is its own child, so that a walk may take a step too many."""
        starts = np.cumsum([0] + [tree.node_count for tree in trees[:-1]])
        left = np.concatenate([tree.children_left for tree in trees])
        offsets = np.repeat(starts, [tree.node_count for tree in trees])
        right = np.concatenate([tree.children_right for tree in trees])
        leaf = left < 0
        own = np.arange(len(left))
        children = np.stack([np.where(leaf, own, left + offsets), np.where(leaf, own, right + offsets)], axis=1)
        shares = np.concatenate([tree.value[:, 0, :] for tree in trees])[leaf]
        self.roots_ = starts.astype(np.int32)
        self.children_ = children.astype(np.int32)
        self.features_ = np.where(leaf, 0, np.concatenate([tree.feature for tree in trees])).astype(np.int32)
        self.thresholds_ = round_down(np.concatenate([tree.threshold for tree in trees]))
        self.leaves_ = (np.cumsum(leaf) - 1).astype(np.int32)
        self.shares_ = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(X, int(self.width_[0]), len(self.classes_), self._mean_shares, type(self).__name__)

    def _mean_shares(self, X: Matrix) -> Array:
        row_starts = np.arange(len(X))[:, None] * X.shape[1]
        values, children = X.ravel(), self.children_.ravel()
        nodes = np.broadcast_to(self.roots_, (len(X), len(self.roots_)))
        while True:
            right = values[row_starts + self.features_[nodes]] > self.thresholds_[nodes]
            following = children[2 * nodes + right]
            if np.array_equal(following, nodes):
                return self._mean_of_leaves(nodes)
            nodes = following

    def _mean_of_leaves(self, nodes: Array) -> Array:
        total = np.zeros((len(nodes), len(self.classes_)))
        for leaves in self.leaves_[nodes].T:  # one tree at a time, as scikit-learn adds them up
            total += self.shares_[leaves]
        mean: Array = total / nodes.shape[1]
        return mean


def round_down(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The largest float32 not above each threshold: for a float32 x, x <= threshold is then decided the same."""
    near = thresholds.astype(np.float32)
    return np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)
