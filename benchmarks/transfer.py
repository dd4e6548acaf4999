"""What three minutes make of a trained network, against logistic regression on its frozen features.

Data: six sets of real pictures under $SIGHTLINE_DATA (else ../shared/data), MobileNetV2 of ImageNet beside them.
Ours is `sl.fit` with these weights as its backbone, classical candidates included, and no other setting; groups are
named where the set has them. The peer crops the middle of each picture, standardizes the embeddings and fits
scikit-learn's logistic regression with C=1. Both answer the test part, once.
`python -m benchmarks.transfer flowers` measures what is named anew and leaves the rest on record.
"""
# claim: in three minutes two points above logistic regression on frozen features, on average of six sets
# peers: timm

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import sightline as sl
from benchmarks import frozen, harness, paired
from benchmarks import real_sets as sets
from sightline.networks.network import Network

TIME_S = 180
LEAST_GAIN = 2.0
NAME, GAIN = "transfer", ", gain"


def main() -> None:
    """Run all sets, or those named."""
    if not frozen.are_there():
        return
    network = frozen.network()
    for name in sys.argv[1:] or list(sets.BOOK_SETS):
        if sets.is_there(name):
            record(*measure(name, network))
    figures = harness.recorded(NAME)["figures"]
    gains = [figure["median"] for figure in figures if GAIN in figure["what"]]
    record(harness.Figure("mean gain, all sets", "points", (float(np.mean(gains)),), "higher", LEAST_GAIN))
    harness.conclude(NAME)


def measure(name: str, network: Network) -> tuple[harness.Figure, ...]:
    """Both sides on one set."""
    catalog = sets.catalog(name)
    training, test = catalog.part("train"), catalog.part("test")
    truth = test.labels
    with tempfile.TemporaryDirectory() as place:
        run = sl.fit(catalog, time_s=TIME_S, seed=harness.SEED, backbone=frozen.WEIGHTS, out=Path(place) / "run")
        ours = run.model.predict_proba(test).argmax(axis=1)
    theirs = logistic(network, training, test)
    units = np.arange(len(test)) if test.groups is None else np.unique(test.groups, return_inverse=True)[1]
    low, high = paired.interval(truth, ours, theirs, units)
    mine, other = (paired.balanced(truth, said) for said in (ours, theirs))
    about = f"{mine:.1f} against {other:.1f} % ({low:+.1f} to {high:+.1f})"
    print(f"{name}: {about}, {run.seconds:.0f} s, {run.winner.name}", flush=True)
    return (
        harness.Figure(f"{name}, sightline", "% balanced", (mine,), "higher"),
        harness.Figure(f"{name}, logistic regression", "% balanced", (other,), "higher"),
        harness.Figure(f"{name}{GAIN}", "points", (mine - other,), "higher"),
        harness.Figure(f"{name}, upper end of the difference's interval", "points", (high,), "higher", 0.0),
    )


def logistic(network: Network, training: sl.Catalog, test: sl.Catalog) -> np.ndarray:
    """What the peer answers to the test part."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, new = (frozen.embeddings(network, [Path(str(item)) for item in part.items]) for part in (training, test))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(X, training.labels)
    answers: np.ndarray = peer.predict(new)
    return answers


def record(*figures: harness.Figure) -> None:
    """Put figures on record."""
    harness.add(
        harness.Result(
            name=NAME,
            question="What do three minutes make of a trained network, against its frozen features alone?",
            data="official splits under $SIGHTLINE_DATA, test parts read once; MobileNetV2, ImageNet",
            figures=figures,
            agreement="both sides answer the same test pictures, with the same network",
            threads="as a user has them",
        )
    )


if __name__ == "__main__":
    main()
