"""Who grows trees: scikit-learn, or scikit-learn-intelex where it is installed (the extra `fast`) and faster.

On 8,000 rows of 256 values it grows a random forest 2.5 times as fast, in bins, so that trees differ and results agree
within their interval. Extra trees it grows no faster: those stay as they are.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

OWN = "scikit-learn"
FAST = "scikit-learn-intelex"


class Trainer(NamedTuple):
    """A class to train with, and the distributions that it comes from."""

    estimator: Any
    libraries: tuple[str, ...]

    def versions(self) -> dict[str, str]:
        """Distribution -> version: what `Component.trained_with` records."""
        from importlib.metadata import version

        return {library: version(library) for library in self.libraries}


def random_forest() -> Trainer:
    """`RandomForestClassifier`."""
    try:
        from sklearnex.ensemble import RandomForestClassifier as FastForest
    except ImportError:
        from sklearn.ensemble import RandomForestClassifier

        return Trainer(RandomForestClassifier, (OWN,))
    # In a thread that is not the main one it warns that it takes all cores, as it does in the main one too.
    warnings.filterwarnings("ignore", message="'Threading' parallel backend", category=UserWarning)
    return Trainer(FastForest, (OWN, FAST))


def extra_trees() -> Trainer:
    """`ExtraTreesClassifier`, always scikit-learn's."""
    from sklearn.ensemble import ExtraTreesClassifier

    return Trainer(ExtraTreesClassifier, (OWN,))
