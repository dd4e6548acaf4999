"""What summaries, projections and classifiers keep."""

from __future__ import annotations

import numpy as np

from sightline.checks.items import LABELS, all_equal, drawn_features, fit_on, items_for, refuses, require
from sightline.contracts import Classifier, LocalFeatures, Projection, Summary


def check_summary_vectors(component: Summary) -> None:
    """Finite float32 vectors, equally long for 1 and for 100 features, and for none."""
    fitted = fit_on(component)
    found = [fitted.encode(drawn_features(m)) for m in (1, 100, 0)]
    for vector in found:
        require(vector.ndim == 1 and vector.dtype == np.float32, component, f"gave {vector.dtype}, {vector.shape}")
        require(bool(np.isfinite(vector).all()), component, "gave NaN or infinity")
    require(len({len(vector) for vector in found}) == 1, component, "gave vectors of different lengths")


def check_transform_gives_what_encode_gives(component: Summary) -> None:
    """Pictures one by one and together give the same vectors, to the last bit."""
    fitted, items = fit_on(component), [*items_for(component), drawn_features(0)]
    same = all_equal([fitted.encode(one) for one in items], list(fitted.transform(items)))
    require(same, component, "gives other vectors from transform than from encode")


def check_few_features(component: Summary) -> None:
    """It learns from two features, fewer than any codebook has entries; from none, it raises an InputError."""
    fitted = component.clone().fit([drawn_features(0), drawn_features(2)])
    require(
        bool(np.isfinite(fitted.encode(drawn_features(2))).all()), component, "learned from two features, it gives NaN"
    )
    refused = refuses(component.clone().fit, [drawn_features(0), drawn_features(0)])
    require(refused or not component.learns(), component, "learns from no features at all; raise InputError")


def check_refuses_other_width(component: Summary) -> None:
    """Vectors of another length than those learned from are an InputError."""
    other = drawn_features(9)
    longer = LocalFeatures(np.hstack([other.vectors, other.vectors]), other.positions)
    refused = refuses(fit_on(component).encode, longer)
    require(refused or not component.learns(), component, "takes vectors of another length than it was fitted on")


def check_projection_vectors(component: Projection) -> None:
    """Finite float32 rows, as many as it was given, also of none; local features keep their number and positions."""
    fitted, items = fit_on(component), items_for(component)
    found = fitted.transform(items)
    right = found.ndim == 2 and len(found) == len(items) and found.dtype == np.float32
    require(right, component, f"gave {found.dtype}, {found.shape} for {items.shape}")
    require(bool(np.isfinite(found).all()), component, "gave NaN or infinity")
    require(fitted.transform(items[:0]).shape == (0, found.shape[1]), component, "gave no columns for no rows")


def check_projects_local_features(component: Projection) -> None:
    """Fitted on local features, it projects their vectors and keeps their positions; none stay none."""
    features = [drawn_features(m) for m in (30, 0, 20)]
    found = list(fit_on(component, features).transform(features))
    require([len(one) for one in found] == [30, 0, 20], component, "changed the number of local features")
    kept = [np.array_equal(a.positions, b.positions) for a, b in zip(features, found, strict=True)]
    require(all(kept), component, "moved the positions of local features")
    widths = {one.vectors.shape[1] for one in found}
    require(len(widths) == 1, component, f"gave local vectors of {widths} values")


def check_learns_from_few(component: Projection) -> None:
    """Two rows, fewer than columns, are learned from; none is an InputError."""
    items = items_for(component)
    few = component.clone().fit(items[:2])
    require(bool(np.isfinite(few.transform(items)).all()), component, "learned from two rows, it gives NaN")
    refused = refuses(component.clone().fit, items[:0])
    require(refused or not component.learns(), component, "learns from no rows at all; raise InputError")


def check_probabilities(component: Classifier) -> None:
    """(n, k) float32 in [0, 1], rows summing to 1, also far from every training row; `predict` is their argmax."""
    fitted, items = fit_on(component), items_for(component)
    for rows in (items, items * 1000, np.zeros_like(items)):
        shares = fitted.predict_proba(rows)
        require(shares.shape == (len(rows), 3) and shares.dtype == np.float32, component, f"gave {shares.shape}")
        require(
            bool(np.isfinite(shares).all()) and shares.min() >= 0, component, "gave shares that are no probabilities"
        )
        require(bool(np.allclose(shares.sum(axis=1), 1, atol=1e-5)), component, "gave rows that do not sum to 1")
    best = fitted.classes_[np.argmax(fitted.predict_proba(items), axis=1)]
    require(np.array_equal(fitted.predict(items), best), component, "predict is not the likeliest class")
    require(fitted.score(items, LABELS) > 0.9, component, "does not even learn three clusters that lie far apart")


def check_class_order(component: Classifier) -> None:
    """Labels may be text, `classes_` is sorted, and no name or row order moves a probability to another class."""
    items, names = items_for(component), np.array(["pear", "apple", "quince"])
    labels = names[LABELS]
    order = np.random.default_rng(4).permutation(len(items))
    fitted = fit_on(component, items[order], labels[order])
    require(list(fitted.classes_) == sorted(names), component, f"classes_ is {list(fitted.classes_)}, not sorted")
    require(np.mean(fitted.predict(items) == labels) > 0.9, component, "mixes up classes whose labels are text")


def check_one_class(component: Classifier) -> None:
    """One class alone is learned as certain."""
    items = items_for(component)
    fitted = fit_on(component, items, np.full(len(items), 7))
    shares = fitted.predict_proba(items)
    require(list(fitted.classes_) == [7], component, f"one class, 7, is learned as {fitted.classes_}")
    require(np.array_equal(shares, np.ones((len(items), 1))), component, "one class alone is not certain")


def check_refuses_nan(component: Classifier | Projection) -> None:
    """NaN or infinity is an InputError, in training and in prediction."""
    fitted = fit_on(component)
    answer = fitted.predict_proba if isinstance(fitted, Classifier) else fitted.transform
    for value in (np.nan, np.inf):
        broken = items_for(component)
        broken[3, 2] = value
        require(refuses(component.clone().fit, broken, LABELS), component, f"is fitted on {value}")
        require(refuses(answer, broken), component, f"has an answer for {value}")
