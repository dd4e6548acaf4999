"""The worst pairs of classes with their pictures, and a report without any."""

from __future__ import annotations

import dataclasses

from sightline.evaluation.report_data import Mistake, ReportData
from sightline.evaluation.verdict import Confusion, confusions

MAX_PAIRS = 6
EACH = 4
"""Pictures of one pair."""


@dataclasses.dataclass(frozen=True)
class WorstPair:
    """One kind of mistake and its surest examples, at most `EACH`."""

    confusion: Confusion
    examples: tuple[Mistake, ...]


def worst_pairs(data: ReportData) -> list[WorstPair]:
    """The most frequent kinds of mistake, at most `MAX_PAIRS`; examples where the report has some."""
    return [
        WorstPair(one, tuple(m for m in data.mistakes if (m.truth, m.predicted) == (one.truth, one.decided))[:EACH])
        for one in confusions(data.evaluation, MAX_PAIRS)
    ]


def without_pictures(data: ReportData) -> ReportData:
    """The same report with nothing of the data in it but names as text."""
    return dataclasses.replace(data, mistakes=tuple(_bare(one) for one in data.mistakes))


def _bare(mistake: Mistake) -> Mistake:
    nearest = tuple(dataclasses.replace(one, picture=None) for one in mistake.nearest)
    return dataclasses.replace(mistake, picture=None, nearest=nearest)
