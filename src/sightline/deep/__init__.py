"""Networks in torch, which only fitting asks for: what is trained and exported here runs everywhere without it."""

from sightline.deep.changes import Changes
from sightline.deep.distilled import Distilled
from sightline.deep.fine_tuned import FineTuned
from sightline.deep.lesson import Lesson
from sightline.deep.self_trained import SelfTrained
from sightline.deep.trained import Trained

__all__ = ["Changes", "Distilled", "FineTuned", "Lesson", "SelfTrained", "Trained"]
