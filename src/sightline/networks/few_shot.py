"""How much pictures and how much texts are believed, learned from a few labelled rows.

The logits of a row are a sum of terms, each a scale times the cosines with one vector for each class: its text, and the
mean of its labelled rows, from which the row itself is left out while scales are learned.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from sightline.arrays import Indices

Floats = npt.NDArray[np.float64]
FLOOR = 1e-12
STEPS, HALVINGS = 50, 30
PARTS = 5
"""Parts of the rows, each answered by what is learned from the others."""
MOST_ROWS = 4000
"""Rows that scales are learned from: two numbers, and one for each class, are then known to a few percent."""
CLASSES_FOR_BIAS = 100
"""Above so many classes no shift of each is tried: the fit grows with the square of the classes."""


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows that are learned from: `units` (n, d) float64 of unit length, `codes` (n,), `weights` (n,)."""

    units: Floats
    codes: Indices
    weights: Floats

    def subset(self, rows: npt.NDArray[np.bool_] | Indices) -> Rows:
        """Some of them."""
        return Rows(self.units[rows], self.codes[rows], self.weights[rows])


@dataclasses.dataclass(frozen=True)
class Texts:
    """The vectors of k classes, (k, d) float64 of unit length, and the scale that training has found for them."""

    vectors: Floats
    scale: float


@dataclasses.dataclass(frozen=True)
class Learned:
    """Logits are rows @ (text_scale * texts + mean_scale * means).T + bias; a scale of 0: that term is not used."""

    text_scale: float
    mean_scale: float
    bias: Floats


@dataclasses.dataclass(frozen=True)
class _Variant:
    """What the logits may be made of."""

    text: bool
    means: bool
    bias: bool


def class_means(rows: Rows, k: int, shrinkage: float) -> Floats:
    """(k, d): the mean of each class, moved to the mean of all means as if so many rows more had been seen there.

    A class of weight 0 is the mean of all means.
    """
    sums, totals, center = _totals(rows, k)
    return _shrunken(sums, totals, center, shrinkage)


def learn(rows: Rows, texts: Texts | None, k: int, shrinkage: float) -> Learned:
    """The scales, and what the logits are made of: of the variants, simple ones first, one takes the place of another
    if it lowers the cross-validated log loss by more than its standard error.

    L. Breiman et al.: Classification and regression trees. 1984 (of that rule).
    """
    rows = rows.subset(_used(rows.codes))
    variants = _variants(texts is not None, k)
    parts = _parts(rows.codes)
    if k < 2 or parts.max() < 1:
        return _fitted(variants[0], rows, texts, k, shrinkage)
    chosen, losses = variants[0], _losses(variants[0], rows, texts, k, shrinkage, parts)
    for other in variants[1:]:
        found = _losses(other, rows, texts, k, shrinkage, parts)
        gain = losses - found
        if gain.mean() > gain.std() / math.sqrt(len(gain)):
            chosen, losses = other, found
    return _fitted(chosen, rows, texts, k, shrinkage)


def shares_of(logits: Floats) -> Floats:
    """(n, k) logits to probabilities."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _variants(texts: bool, k: int) -> list[_Variant]:
    kinds = [(True, False), (True, True)] if texts else [(False, True)]
    biases = (False, True) if k <= CLASSES_FOR_BIAS else (False,)
    return [_Variant(text, means, bias) for bias in biases for text, means in kinds]


def _used(codes: Indices) -> Indices:
    """At most `MOST_ROWS` rows, evenly spaced within the classes."""
    if len(codes) <= MOST_ROWS:
        return np.arange(len(codes), dtype=np.int64)
    order = np.argsort(codes, kind="stable")
    return np.sort(order[np.linspace(0, len(codes) - 1, MOST_ROWS).astype(np.int64)])


def _parts(codes: Indices) -> Indices:
    """The part of each row: by turns within each class, so that each part holds each class."""
    order, place = np.argsort(codes, kind="stable"), np.empty(len(codes), np.int64)
    starts = np.searchsorted(codes[order], codes[order])
    place[order] = np.arange(len(codes)) - starts
    return place % PARTS


def _losses(
    variant: _Variant, rows: Rows, texts: Texts | None, k: int, shrinkage: float, parts: Indices
) -> npt.NDArray[np.float64]:
    """(n,) weighted log loss of each row, by what was learned from the other parts."""
    losses = np.zeros(len(parts))
    for part in np.unique(parts):
        held, rest = rows.subset(parts == part), rows.subset(parts != part)
        learned = _fitted(variant, rest, texts, k, shrinkage)
        weights = combined(learned, texts, class_means(rest, k, shrinkage) if learned.mean_scale else None)
        shares = shares_of(held.units @ weights.T + learned.bias)
        own = shares[np.arange(len(held.codes)), held.codes]
        losses[parts == part] = -held.weights * np.log(np.maximum(own, FLOOR))
    return losses


def combined(learned: Learned, texts: Texts | None, means: Floats | None) -> Floats:
    """(k, d): the vectors whose products with a row, plus the bias, are its logits."""
    terms = [] if texts is None else [learned.text_scale * texts.vectors]
    if means is not None:
        terms.append(learned.mean_scale * means)
    total: Floats = np.sum(terms, axis=0)
    return total


def _fitted(variant: _Variant, rows: Rows, texts: Texts | None, k: int, shrinkage: float) -> Learned:
    terms, usual, usable = [], [], np.ones(len(rows.codes), bool)
    if variant.text and texts is not None:
        terms.append(rows.units @ texts.vectors.T)
        usual.append(texts.scale)
    if variant.means:
        left_out, usable = _left_out(rows, k, shrinkage)
        terms.append(left_out)
        usual.append(1 / max(float(left_out.std(axis=1).mean()), FLOOR))
    scales, bias = _scales(np.stack(terms), np.array(usual), rows, usable, variant.bias)
    text = scales[0] if variant.text else 0.0
    return Learned(float(text), float(scales[-1]) if variant.means else 0.0, bias)


def _totals(rows: Rows, k: int) -> tuple[Floats, Floats, Floats]:
    """The sum and weight of each class, (k, d) and (k,), and the mean of the means of those that have any."""
    totals = np.bincount(rows.codes, rows.weights, k).astype(np.float64)
    sums = np.zeros((k, rows.units.shape[1]))
    np.add.at(sums, rows.codes, rows.units * rows.weights[:, None])
    seen = totals > 0
    center: Floats = (sums[seen] / totals[seen, None]).mean(axis=0) if seen.any() else sums[0]
    return sums, totals, center


def _shrunken(sums: Floats, totals: Floats, center: Floats, shrinkage: float) -> Floats:
    weights = (totals + shrinkage)[:, None]
    means: Floats = np.where(weights > 0, sums + shrinkage * center, center) / np.where(weights > 0, weights, 1.0)
    return means


def _left_out(rows: Rows, k: int, shrinkage: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(n, k) products with the mean of each class, the own one made without the row; which rows have others beside."""
    sums, totals, center = _totals(rows, k)
    products = rows.units @ _shrunken(sums, totals, center, shrinkage).T
    at, rest = np.arange(len(rows.codes)), totals[rows.codes] - rows.weights
    usable = rest > FLOOR * totals[rows.codes]
    own = (rows.units * sums[rows.codes]).sum(axis=1) - rows.weights * (rows.units**2).sum(axis=1)
    moved = shrinkage * (rows.units @ center)
    products[at, rows.codes] = (own + moved) / np.where(rest + shrinkage > 0, rest + shrinkage, 1.0)
    return products, usable


def _scales(
    terms: Floats, usual: Floats, rows: Rows, usable: npt.NDArray[np.bool_], shift: bool
) -> tuple[Floats, Floats]:
    """The scale of each term, none below 0, and a shift for each class, of least penalized log loss.

    A class without rows takes no part and is not shifted: that nobody labelled one says nothing of how often it comes.
    """
    k = terms.shape[2]
    seen, codes = np.unique(rows.codes[usable], return_inverse=True)
    if len(seen) < 2:
        return usual, np.zeros(k)
    used, weights = terms[:, usable][:, :, seen], rows.weights[usable]
    on, scales = np.ones(len(usual), bool), usual.copy()
    while on.any():
        found, bias = _newton(used[on] * usual[on, None, None], codes, weights, shift)
        if (found > 0).all():
            scales[on] = found * usual[on]
            wide = np.zeros(k)
            wide[seen] = bias
            return np.where(on, scales, 0.0), wide
        on[np.flatnonzero(on)[found <= 0]] = False
    return usual / 100, np.zeros(k)  # nothing that was seen speaks for any term: hardly sure of anything


def _newton(terms: Floats, codes: Indices, weights: Floats, shift: bool) -> tuple[Floats, Floats]:
    """The factor of each term and the shift of each class that minimize the log loss, summed over rows, plus half the
    squared distance of factors from 1 and shifts from 0: standard normal priors, which rule where rows are few."""
    j, _, k = terms.shape
    prior = np.concatenate([np.ones(j), np.zeros(k if shift else 0)])
    at = prior.copy()
    value, gradient, curvature = _loss(at, prior, terms, codes, weights)
    for _ in range(STEPS):
        step = np.linalg.solve(curvature, gradient)
        for half in range(HALVINGS):
            trial = at - step * 0.5**half
            after = _loss(trial, prior, terms, codes, weights)
            if after[0] <= value:
                break
        else:
            break
        moved, at = float(np.abs(trial - at).max()), trial
        value, gradient, curvature = after
        if moved < 1e-7:
            break
    return at[:j], at[j:] if shift else np.zeros(k)


def _loss(at: Floats, prior: Floats, terms: Floats, codes: Indices, weights: Floats) -> tuple[float, Floats, Floats]:
    """The penalized loss, its gradient and its curvature."""
    j, n, k = terms.shape
    logits = np.tensordot(at[:j], terms, axes=1)
    if len(at) > j:
        logits = logits + at[j:]
    shares = shares_of(logits)
    rows = np.arange(n)
    value = -float((weights * np.log(np.maximum(shares[rows, codes], 1e-300))).sum())
    expected = (shares * terms).sum(axis=2)
    gradient, curvature = at - prior, np.eye(len(at))
    gradient[:j] += ((expected - terms[:, rows, codes]) * weights).sum(axis=1)
    apart = terms - expected[:, :, None]
    weighted = shares * weights[:, None]
    curvature[:j, :j] += np.einsum("ank,bnk,nk->ab", apart, apart, weighted, optimize=True)
    if len(at) > j:
        gradient[j:] += weighted.sum(axis=0) - np.bincount(codes, weights, k)
        curvature[j:, j:] += np.diag(weighted.sum(axis=0)) - shares.T @ weighted
        cross = (weighted * apart).sum(axis=1)
        curvature[:j, j:] += cross
        curvature[j:, :j] += cross.T
    return value + float(((at - prior) ** 2).sum()) / 2, gradient, curvature
