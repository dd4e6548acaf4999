from __future__ import annotations

import numpy as np

from sightline.classical.classifiers.trees import round_down


def test_thresholds_decide_every_float32_as_before() -> None:
    thresholds = np.random.default_rng(0).normal(0, 1, 1000)
    near = thresholds.astype(np.float32)
    for x in (near, np.nextafter(near, np.float32(9)), np.nextafter(near, np.float32(-9))):
        assert np.array_equal(x <= thresholds, x <= round_down(thresholds))
    assert round_down(np.array([0.5])).tolist() == [0.5]
