"""The model card that goes into the file of a winner."""

from __future__ import annotations

from sightline.evaluation.card import card
from sightline.evaluation.report_data import ReportData
from sightline.evaluation.result import Evaluation
from sightline.findings import Finding
from sightline.pipeline.model import Model
from sightline.search.collecting.collect import Collected
from sightline.search.delivering.facts import data_facts
from sightline.search.trying.trial import Trial
from sightline.version import __version__


def model_card(
    data: Collected, winner: Trial, model: Model, evaluation: Evaluation, findings: tuple[Finding, ...]
) -> str:
    """The card of a model that was loaded and measured; without a date, so that the same model gives the same bytes."""
    return card(
        ReportData(
            title="",
            question=data.task.question,
            created="",
            version=__version__,
            evaluation=evaluation,
            leaderboard=(),
            findings=findings,
            data=data_facts(data),
            task=data.task.to_dict(),
            preparation=model.preparation.describe(),
            model_spec=winner.spec,
            chosen_because=winner.why,
            model_file="model.sight",
            trained_with=model.trained_with,
        )
    )
