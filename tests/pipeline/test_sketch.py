from __future__ import annotations

import numpy as np
import pytest

from sightline.errors import InputError
from sightline.pipeline import sketch
from sightline.pipeline.sketch import WIDTH, Projection, fit_projection, unit


def drawn(n: int, d: int, rank: int, seed: int) -> np.ndarray:
    """n vectors of d numbers of very different size that vary in `rank` directions, and a little in all."""
    random = np.random.default_rng(seed)
    values = random.standard_normal((n, rank)) @ random.standard_normal((rank, d)) + 0.01 * random.standard_normal(
        (n, d)
    )
    return (values * 10.0 ** random.integers(-3, 4, d) + 5).astype(np.float32)


def everything(vectors: np.ndarray) -> np.ndarray:
    return np.arange(len(vectors), dtype=np.int64)


def cosines_of_all_numbers(vectors: np.ndarray) -> np.ndarray:
    standard = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    return standard @ standard.T


@pytest.mark.parametrize(("d", "atol"), [(40, 2e-3), (300, 2e-2)])
def test_sketches_keep_the_cosines_of_standardized_vectors(d: int, atol: float) -> None:
    vectors = drawn(200, d, 12, 0)
    projection = fit_projection(vectors, everything(vectors))
    assert projection.shape == (d, min(d, WIDTH))
    short = projection.apply(vectors)
    assert short.dtype == np.float32 and np.allclose(np.linalg.norm(short, axis=1), 1, atol=1e-5)
    assert np.allclose(short @ short.T, cosines_of_all_numbers(vectors), atol=atol)


def test_rows_come_out_as_they_would_alone_and_nearly_so_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = drawn(50, 200, 9, 1)
    projection = fit_projection(vectors, everything(vectors))
    whole = projection.apply(vectors)
    assert np.array_equal(whole, np.concatenate([projection.apply(row[None]) for row in vectors]))
    rows = np.asarray([4, 1, 30])
    short = projection.apply_rows(vectors, rows)
    monkeypatch.setattr(sketch, "BLOCK_VALUES", 1)
    assert short.dtype == np.float16
    assert np.allclose(short, whole[rows], atol=1e-3)
    assert np.allclose(projection.apply_rows(vectors, rows), short, atol=1e-3)


def test_axes_are_bounded_in_bytes_and_shared_among_members(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = drawn(300, 200, 100, 2)
    rows = everything(vectors)
    assert fit_projection(vectors, rows, share=3).shape == (200, WIDTH // 3)
    monkeypatch.setattr(sketch, "AXES_BYTES", 200 * 2 * 10)
    assert fit_projection(vectors, rows).shape == (200, 10)
    monkeypatch.setattr(sketch, "LEARNED_FROM", 50)
    assert np.array_equal(fit_projection(vectors, rows, 7).axes, fit_projection(vectors, rows, 7).axes)


def test_pictures_that_are_all_alike_have_a_sketch_of_nothing() -> None:
    vectors = np.full((5, 200), 3.0, np.float32)
    projection = fit_projection(vectors, everything(vectors))
    assert projection.shape == (200, 1)
    assert not projection.apply(vectors).any()


def test_what_no_sketch_can_be_made_of_is_told() -> None:
    vectors = drawn(5, 4, 2, 3)
    vectors[2, 1] = np.nan
    with pytest.raises(InputError, match="NaN"):
        fit_projection(vectors, everything(vectors))
    center, scale, axes = np.zeros(4, np.float32), np.ones(4, np.float32), np.eye(4, dtype=np.float16)
    for wrong in ((center[:3], scale, axes), (center, scale.astype(np.float64), axes), (center, scale, axes[:, :0]),
                  (center, scale * 0, axes), (center, scale, np.full_like(axes, np.inf))):  # fmt: skip
        with pytest.raises(InputError, match="allowed"):
            Projection(*wrong)


def test_numbers_that_overflow_have_no_direction() -> None:
    assert unit(np.asarray([[3, 4], [0, 0], [np.inf, 1], [np.nan, 1]], np.float32)).tolist() == [
        pytest.approx([0.6, 0.8]), [0, 0], [0, 0], [0, 0],
    ]  # fmt: skip
    tiny = Projection(np.zeros(2, np.float32), np.full(2, 1e-38, np.float32), np.eye(2, dtype=np.float16))
    assert np.isfinite(tiny.apply(np.full((1, 2), 1e30, np.float32))).all()
