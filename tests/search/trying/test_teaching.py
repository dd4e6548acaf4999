from __future__ import annotations

import numpy as np

from sightline.pipeline import graph as tree
from sightline.pipeline.text import parse
from sightline.search.trying.teaching import school
from tests.pictures import mat

PICTURES = [mat(32, seed, broken=bool(seed % 2)) for seed in range(12)]
Y = np.arange(12) % 2


def test_the_teacher_is_the_pipeline_fitted_on_these_pictures_alone() -> None:
    text = "HOG(size_px=32) > LogisticRegression()"
    answer, more = school(text, PICTURES[8:])(PICTURES[:8], Y[:8])
    expected = tree.predict_proba(tree.fit(parse(text), PICTURES[:8], Y[:8]), PICTURES[8:], 2)
    np.testing.assert_array_equal([answer(one) for one in more], expected)
