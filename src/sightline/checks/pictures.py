"""What descriptors keep."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np

from sightline.arrays import Array, Picture
from sightline.checks.items import (
    CHANGES,
    NEARLY,
    Descriptor,
    as_picture,
    drawn,
    fit_on,
    kind_of_picture,
    refuses,
    require,
)
from sightline.contracts import GlobalDescriptor, LocalFeatures
from sightline.errors import InputError


def _described(component: Descriptor, picture: Picture) -> Array:
    """The finite vector of a picture, or its finite vectors (m, d)."""
    found = component.describe(picture)
    vectors = found.vectors if isinstance(found, LocalFeatures) else np.asarray(found)
    require(bool(np.isfinite(vectors).all()), component, f"gave NaN for a picture of shape {picture.shape}")
    if isinstance(found, LocalFeatures):
        at = found.positions
        right = at.shape == (len(found), 2) and at.dtype == np.float32 and bool(((at >= 0) & (at <= 1)).all())
        require(right, component, "positions are not (m, 2) float32 in [0, 1]")
    return vectors


def check_vectors(component: Descriptor) -> None:
    """Finite float32 vectors, equally long for every picture of one kind: textured, constant, with equal channels."""
    fitted, (channels, depth) = fit_on(component), kind_of_picture(component.accepts)
    values = drawn(2, channels)
    values += [np.full_like(values[0], level) for level in (0.0, 0.3, 1.0)]
    values += [np.repeat(values[0][:, :, :1], channels, axis=2)]
    found = [_described(fitted, as_picture(value, depth)) for value in values]
    ndim = 1 if isinstance(component, GlobalDescriptor) else 2
    right = all(vectors.ndim == ndim and vectors.dtype == np.float32 for vectors in found)
    require(right, component, f"gave {found[0].dtype} of shape {found[0].shape}; allowed: float32, {ndim} axes")
    require(len({vectors.shape[-1] for vectors in found}) == 1, component, "gave vectors of different lengths")


def check_every_accepted_kind(component: Descriptor) -> None:
    """Every number of channels and every depth that it declares is described."""
    fitted = fit_on(component)
    for channels, depth in itertools.product(component.accepts.channels, component.accepts.depths):
        refused = refuses(_described, fitted, as_picture(drawn(1, channels)[0], depth))
        require(not refused, component, f"refuses {channels} channels of {depth}, which it declares")


def check_refuses_other_kinds(component: Descriptor) -> None:
    """A picture of another depth or number of channels is an InputError, never silently converted."""
    fitted, accepts = fit_on(component), component.accepts
    usual, depth = kind_of_picture(accepts)
    others = [(usual, other) for other in ("uint8", "uint16", "float32") if other not in accepts.depths]
    others += [(other, depth) for other in (1, 2, 3, 7) if other not in accepts.channels]
    for channels, other in others:
        refused = refuses(_described, fitted, as_picture(drawn(1, channels)[0], other))
        require(refused, component, f"took {channels} channels of {other}, which it does not declare")


def check_tiny_pictures(component: Descriptor) -> None:
    """A picture one pixel wide, high, or both is described with finite numbers, or refused with an InputError."""
    fitted, (channels, depth) = fit_on(component), kind_of_picture(component.accepts)
    values = drawn(1, channels)[0]
    for tiny in (values[:1, :1], values[:, :1], values[:1], values[:3, :3]):
        with contextlib.suppress(InputError):
            _described(fitted, as_picture(tiny, depth))


def check_invariances(component: GlobalDescriptor) -> None:
    """What `invariances` names changes the vector by a tenth of its length at most."""
    fitted, (channels, depth) = fit_on(component), kind_of_picture(component.accepts)
    for name, values in itertools.product(component.invariances(), drawn(4, channels)):
        require(name in CHANGES, component, f'declares "{name}"; allowed: {", ".join(CHANGES)}')
        before, after = (_described(fitted, as_picture(v, depth)) for v in (values, CHANGES[name](values)))
        change = float(np.linalg.norm(after - before)) / max(float(np.linalg.norm(before)), 1e-12)
        require(change <= NEARLY, component, f'declares "{name}", which changes its vector by {change:.0%}')
