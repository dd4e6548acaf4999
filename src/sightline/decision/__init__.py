"""From probabilities to what to do: calibrated, then decided by cost."""

from sightline.decision.calibrate import Calibration, cross_fitted, fit_calibration
from sightline.decision.decide import decide

__all__ = ["Calibration", "cross_fitted", "decide", "fit_calibration"]
