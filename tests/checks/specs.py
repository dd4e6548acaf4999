"""Our components, with parameters that matter to the contract."""

from __future__ import annotations

from sightline.components import known

DEEP = ("Changes", "Distilled", "FineTuned", "Lesson", "SelfTrained", "Trained")
SPECS = [
    # Those in deep/ need a network, a teacher or torch, and have tests of their own; two are parameters of these.
    *(name for name in known() if name not in (*DEEP, "ExtraTrees", "RandomForest", "Embedding")),
    "ExtraTrees(trees=10)",  # the default of 200 is only slower
    "RandomForest(trees=10)",
    "HOG(signed=True, size_px=None)",
    "LocalBinaryPattern(rotation_invariant=False, grid=2)",
    "LocalBinaryPattern(points=16, radius=2)",
    "ColorHistogram(space='lab', bins=4, grid=2)",
    "DenseSIFT(root=False, size_px=48)",
    "SpatialPyramid(summary=SpatialPyramid(summary=BagOfVisualWords(words=5)), levels=2)",
    "LinearSVM(calibration_folds=2, class_weight='balanced')",
    "KernelSVM(calibration_folds=2, class_weight='balanced', standardize=False)",
    "KNearestNeighbors(metric='cosine', weights='uniform', neighbors=3)",
    "RandomForest(trees=10, min_leaf=2, class_weight='balanced', max_features=0.5)",
]
