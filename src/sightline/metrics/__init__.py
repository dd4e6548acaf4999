"""Metrics with intervals: arrays in, numbers out."""

from sightline.metrics.calibration import ece, reliability
from sightline.metrics.choosing import bias_corrected
from sightline.metrics.classification import (
    accuracy,
    balanced_accuracy,
    brier,
    confusion,
    expected_cost,
    log_loss,
    macro_f1,
    mcc,
    per_class,
)
from sightline.metrics.selection import ScoreRows, beyond, loss_interval, score, score_rows
from sightline.metrics.uncertainty import Interval, interval_of

__all__ = [
    "Interval",
    "ScoreRows",
    "accuracy",
    "balanced_accuracy",
    "beyond",
    "bias_corrected",
    "brier",
    "confusion",
    "ece",
    "expected_cost",
    "interval_of",
    "log_loss",
    "loss_interval",
    "macro_f1",
    "mcc",
    "per_class",
    "reliability",
    "score",
    "score_rows",
]
