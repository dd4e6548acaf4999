"""Classes told by what they are called."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from sightline.arrays import Array, Indices, Matrix, Probabilities
from sightline.classical.chunks import in_chunks
from sightline.classical.classifiers.rows import TrainingRows, training_rows
from sightline.contracts import Classifier
from sightline.errors import ComponentError
from sightline.networks.few_shot import FLOOR, Floats, Learned, Rows, Texts, class_means, combined, learn, shares_of
from sightline.networks.texts import TextSet, find_texts


class ZeroShot(Classifier):
    """Softmax of the scaled cosines between a picture and the texts of the classes.

    Without labels (`fit_texts`) it answers as CLIP does. From labels it learns how sharp the answers are, a shift for
    each class and how much the means of the labelled pictures count beside the texts, as far as each lowers the
    cross-validated log loss. A class of the texts that no label names is told by its text all the same. Without texts
    the means of the classes are all that there is.
    Cost: training O(n d k), predicting O(d k) a row.

    A. Radford et al.: Learning transferable visual models from natural language supervision. ICML 2021.
    R. Zhang et al.: Tip-Adapter: training-free adaption of CLIP for few-shot classification. ECCV 2022.
    Y. Huang et al.: LP++: a surprisingly strong linear probe for few-shot CLIP. CVPR 2024 (of this sum of both).

    Args:
        texts: "title@digest" of texts of this process (`TextSet.key`); a model file needs none, it has what was
            learned. Labels are class numbers in their order, or their names.
        shrinkage: rows that the mean of all means counts as in the mean of a class.

    >>> import numpy as np
    >>> fitted = ZeroShot().fit(np.array([[1.0, 0.1], [1.0, 0.0], [0.1, 1.0], [0.0, 1.0]]), ["no", "no", "yes", "yes"])
    >>> fitted.predict(np.array([[3.0, 1.0], [1.0, 2.0]])).tolist()
    ['no', 'yes']
    """

    learned: ClassVar = ("classes_", "weights_", "bias_", "scales_")
    limits: ClassVar = {"shrinkage": (0, 1e6)}
    weights_: npt.NDArray[np.float32]
    bias_: Floats
    scales_: Floats
    """(2,): what the cosines with texts, and the products with means, are multiplied with; 0 for what is not used."""

    def __init__(self, texts: str = "", shrinkage: float = 1.0) -> None:
        self.texts = texts
        self.shrinkage = shrinkage

    def fit_texts(self) -> Self:
        """Take the texts as they are: nothing is learned, and nothing is known of how often the answers are right.

        Raises:
            ComponentError: no texts, or they are not at hand.
        """
        if not self.texts:
            raise ComponentError('ZeroShot was given no texts and no labels; allowed: texts="title@digest", or fit')
        known = find_texts(self.texts)
        k = len(known.names)
        self.classes_ = np.arange(k, dtype=np.int64)
        self._take(Learned(known.scale, 0.0, np.zeros(k)), _as_texts(known), None)
        return self

    def fit(self, X: Matrix, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn from (n, d) float32 and n labels.

        Raises:
            InputError: NaN or infinity, or lengths that differ.
            ComponentError: texts that are not at hand, or of another d; a label that none of them stands for.
        """
        if not self.shrinkage >= 0:
            raise ComponentError(f"ZeroShot was given shrinkage={self.shrinkage}; allowed: 0 or more")
        rows = training_rows(X, y, sample_weight)
        texts, self.classes_, codes = self._classes(rows)
        units, k = unit_rows(rows.X), len(self.classes_)
        seen = Rows(units, codes, rows.weights)
        found = learn(seen, texts, k, self.shrinkage)
        self._take(found, texts, class_means(seen, k, self.shrinkage) if found.mean_scale else None)
        return self

    def _classes(self, rows: TrainingRows) -> tuple[Texts | None, Array, Indices]:
        """The texts, the classes in sorted order, and the number of each row's class among them."""
        if not self.texts:
            return None, rows.classes, rows.codes
        known = find_texts(self.texts)
        if known.vectors.shape[1] != rows.X.shape[1]:
            raise ComponentError(
                f"ZeroShot was given rows of {rows.X.shape[1]} values and texts of {known.vectors.shape[1]}; allowed: "
                "the embeddings of the network that the texts belong to, as they are"
            )
        if rows.classes.dtype.kind in "iu":
            classes, order = np.arange(len(known.names)), np.arange(len(known.names))
        else:
            classes = np.array(sorted(known.names))
            order = np.array([known.names.index(str(name)) for name in classes])
        missing = [name for name in rows.classes.tolist() if name not in classes.tolist()]
        if missing:
            raise ComponentError(
                f'ZeroShot was given the label "{missing[0]}"; allowed: {", ".join(map(str, classes[:20]))}, which the '
                "texts stand for"
            )
        return _as_texts(known, order), classes, np.searchsorted(classes, rows.classes)[rows.codes].astype(np.int64)

    def _take(self, found: Learned, texts: Texts | None, means: Floats | None) -> None:
        self.weights_ = combined(found, texts, means).astype(np.float32)
        self.bias_ = found.bias
        self.scales_ = np.array([found.text_scale, found.mean_scale])

    def predict_proba(self, X: Matrix) -> Probabilities:
        """(n, d) to (n, k) float32, rows summing to 1."""
        self.check_fitted()
        return in_chunks(X, self.weights_.shape[1], len(self.classes_), self._shares, "ZeroShot")

    def _shares(self, X: Matrix) -> Array:
        return shares_of(unit_rows(X) @ self.weights_.astype(np.float64).T + self.bias_)


def unit_rows(X: Matrix) -> Floats:
    """(n, d) float64: the rows at unit length; a row of zeros stays."""
    wide = np.asarray(X, np.float64)
    units: Floats = wide / np.maximum(np.sqrt((wide**2).sum(axis=1, keepdims=True)), FLOOR)
    return units


def _as_texts(known: TextSet, order: Indices | None = None) -> Texts:
    vectors = known.vectors.astype(np.float64)
    return Texts(vectors if order is None else vectors[order], known.scale)
