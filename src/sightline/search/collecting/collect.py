"""From what the user gave to what the search works on: read, surveyed, audited, divided."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sightline.arrays import Indices
from sightline.auditing.audit import findings_of
from sightline.auditing.duplicates import as_groups, duplicate_sets
from sightline.data.catalog import SPLITS, Catalog, joined
from sightline.data.pictures import Pictures
from sightline.data.split import number_of_folds, stratified_folds
from sightline.data.store import PixelStore
from sightline.data.survey import Survey, survey
from sightline.errors import CatalogError, LeakError
from sightline.findings import Finding
from sightline.inputs.source import Item
from sightline.parallel import Progress
from sightline.preparation.preparation import Preparation
from sightline.search.collecting.budget import Budget
from sightline.search.collecting.cross_validate import Folds
from sightline.search.collecting.journal import Journal
from sightline.search.collecting.reading import rows_to_read, unread
from sightline.task import MAX_BLUR_PX, Conditions, Task

MANY = 10_000
"""From this number on one third held out says enough, for a third of the time that all folds take."""


@dataclasses.dataclass(frozen=True)
class Collected:
    """Readable, labelled pictures, ready to be learned from.

    Attributes:
        task: the task with its classes.
        conditions: of the task, in pixels of the pictures that are learned from.
        training: pictures to learn from and to choose by.
        test: the part that is not touched before the end; None where the user gave none.
        seen: the survey of the training part.
        findings: what the audit found in all parts.
        folds: who is held out when.
        broken: files that could not be read, in all parts.
        rows_read: how many were read, in all parts; asked to read so many, `collect` reads the same ones again.
        unlabelled: readable pictures without a label, none of which is a copy, or of the group, of one that has one.
        unlabelled_digests: content of each.
    """

    task: Task
    conditions: Conditions
    training: Catalog
    test: Catalog | None
    seen: Survey
    findings: tuple[Finding, ...]
    folds: Folds
    broken: int
    rows_read: int
    unlabelled: Sequence[Item] = ()
    unlabelled_digests: Sequence[bytes] = ()

    @property
    def grouped(self) -> bool:
        """Whether some pictures belong together, so that intervals must resample groups."""
        return len(np.unique(self.folds.group)) < len(self.folds.group)

    @property
    def side_px(self) -> float:
        """The median of the longer sides of the training pictures, as stored."""
        longer = self.seen.sizes.max(axis=1)
        return float(np.median(longer[longer > 0])) if longer.any() else 0.0

    def pictures(self, preparation: Preparation, store: PixelStore | None = None) -> Pictures:
        """The training pictures, prepared when asked for."""
        return Pictures(self.training.items, preparation, store, self.seen.digests)

    def unlabelled_pictures(self, preparation: Preparation, store: PixelStore | None = None) -> Pictures:
        """The pictures without a label, prepared when asked for."""
        return Pictures(self.unlabelled, preparation, store, self.unlabelled_digests)


def collect(
    catalog: Catalog,
    task: Task,
    test: Catalog | None,
    *,
    store: PixelStore | None,
    preparation: Preparation,
    allow_leaks: bool,
    seed: int,
    progress: Progress,
    workers: int | None,
    budget: Budget | None = None,
    journal: Journal | None = None,
    read: int | None = None,
) -> Collected:
    """Survey, audit and divide; with a budget, no more is read than a share of it allows.

    `read`: as many pictures as an earlier run has read of the same collection, whatever the time.

    Raises:
        CatalogError: nothing to learn from: no readable pictures, one class, classes that differ between parts.
        LeakError: the same picture in two parts, unless `allow_leaks`.
    """
    catalog, said = _whole(catalog, task, test)
    if task.classes:
        catalog = catalog.ordered_as(task.classes)
    _check_classes(catalog)
    chosen = rows_to_read(catalog, preparation, budget, journal, seed, workers, read, store)
    if chosen is not None:
        said.append(unread(catalog, chosen))
        catalog = catalog.subset(chosen)
    seen = survey(catalog, preparation, store, progress, workers)
    copies = duplicate_sets(catalog, seen)
    findings = findings_of(catalog, task, seen, copies)
    if not allow_leaks:
        _stop_at_leaks(findings)
    group = as_groups(catalog.group_codes(), copies)
    usable = seen.readable() & (catalog.labels >= 0)
    held = np.zeros(len(catalog), bool) if catalog.splits is None else catalog.splits == SPLITS.index("test")
    rows = np.flatnonzero(usable & ~held)
    training = catalog.subset(rows)
    _check_training(training, seen)
    folds = _folds(training, group[rows], seed)
    alone = np.flatnonzero(seen.readable() & (catalog.labels < 0) & ~held & ~np.isin(group, group[usable])).tolist()
    return Collected(
        task=task.with_classes(catalog.classes),
        conditions=_prepared(task.conditions, preparation, seen.subset(rows)),
        training=training,
        test=catalog.subset(usable & held) if (usable & held).any() else None,
        seen=seen.subset(rows),
        findings=(*said, *findings, *_fold_findings(training, folds)),
        folds=folds,
        broken=len(seen.broken),
        rows_read=len(catalog),
        unlabelled=[catalog.items[row] for row in alone],
        unlabelled_digests=[seen.digests[row] for row in alone],
    )


def _prepared(conditions: Conditions, preparation: Preparation, seen: Survey) -> Conditions:
    """A blur of the pictures as they come, in pixels of the median picture that is learned from."""
    sizes = seen.sizes[seen.sizes.min(axis=1) > 0].tolist()
    if conditions.blur_px is None or not sizes:
        return conditions
    share = float(np.median([preparation.share(*size) for size in sizes]))
    return dataclasses.replace(conditions, blur_px=round(min(conditions.blur_px * share, MAX_BLUR_PX), 3))


def _whole(catalog: Catalog, task: Task, test: Catalog | None) -> tuple[Catalog, list[Finding]]:
    """One catalog of all parts in the groups that the task wants; a test part of its own may know none of them."""
    said: list[Finding] = []
    catalog = catalog.grouped(task.group, task.group_pattern)
    if test is None:
        return catalog, said
    try:
        test = test.grouped(task.group, task.group_pattern)
    except CatalogError as error:
        message = f"the test part does not know the groups of the task: {error}"
        remedy = "give them there too: else a group in both parts is not found, and intervals take each picture for one"
        said.append(Finding("test-without-groups", "warning", message, remedy))
    return joined(catalog, test), said


def _check_classes(catalog: Catalog) -> None:
    counts = catalog.part("train").counts()
    if catalog.splits is not None:
        validation = catalog.part("validation").counts()
        counts = {name: count + validation[name] for name, count in counts.items()}
    if sum(counts.values()) == 0:
        raise CatalogError(f"{catalog.origin} holds no labelled picture to learn from; add some to the train part")
    without = [name for name, count in counts.items() if not count]
    if without:
        where = "only in the test part" if catalog.counts()[without[0]] else "nowhere"
        raise CatalogError(
            f'the class "{without[0]}" has no picture to learn from (it is {where}); '
            f"classes to learn: {[name for name in counts if name not in without]}; make the parts and the task agree"
        )
    if len(counts) < 2:
        raise CatalogError(f"{catalog.origin} holds one class {list(counts)}; allowed: at least two, one folder each")


def _check_training(training: Catalog, seen: Survey) -> None:
    without = [name for name, count in training.counts().items() if not count]
    if without:
        reasons = sorted(set(seen.broken.values()))[:3]
        raise CatalogError(
            f'no picture of the class "{without[0]}" can be read ({"; ".join(reasons)}); repair or remove it'
        )


def _stop_at_leaks(findings: Sequence[Finding]) -> None:
    for finding in findings:
        if finding.kind == "leak":
            shown = ", ".join(finding.sources[:2])
            raise LeakError(f"{finding.message} (first: {shown}); {finding.remedy}, or go on with --allow-leaks")


def _folds(training: Catalog, group: Indices, seed: int) -> Folds:
    k = len(training.classes)
    if training.splits is not None and (training.splits == SPLITS.index("validation")).any():
        fold = np.where(training.splits == SPLITS.index("validation"), 0, -1).astype(np.int64)
    else:
        many = len(training) >= MANY
        count = number_of_folds(training.labels, group, 3 if many else 5)
        fold = stratified_folds(training.labels, group, count, seed)
        if many:
            fold = np.where(fold == 0, 0, -1).astype(np.int64)
    if (fold == fold[0]).all():
        raise CatalogError(
            f"the {len(fold)} pictures to learn from are all of one group, or all in the validation part, so that none "
            "can be held out; allowed: two or more groups (copies of a picture are one), or a train part as well"
        )
    return Folds(fold, group, training.labels, k)


def _fold_findings(training: Catalog, folds: Folds) -> list[Finding]:
    found = []
    for fold in range(len(folds)):
        lacking = sorted(set(range(folds.k)) - set(folds.truth[folds.training(fold)].tolist()))
        if lacking:
            names = [training.classes[label] for label in lacking]
            message = f"with fold {fold + 1} held out nothing is left to learn {', '.join(names)} from"
            remedy = "add pictures or groups of these classes; their out-of-fold recall counts as missed"
            found.append(
                Finding("class-missing-in-fold", "warning", message, remedy, {"fold": fold + 1, "classes": names})
            )
    return found


def cache_folder(out: Path | None) -> Path | None:
    """Where prepared pixels and descriptions are kept: beside the runs, so that the user sees and may delete it."""
    return None if out is None else out.parent / ".cache"
