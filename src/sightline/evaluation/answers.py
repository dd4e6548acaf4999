"""What a model answered to each test picture, so that two runs can be compared picture by picture.

`answers.csv` names no file: a picture is the first 16 hexadecimal characters of its content digest, a group is
a number.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sightline.arrays import Indices
from sightline.errors import InputError
from sightline.files import write_whole
from sightline.metrics.selection import ScoreRows, loss_interval
from sightline.metrics.uncertainty import Interval

COLUMNS = ("picture", "label", "decided", "group")
MAX_BYTES = 64_000_000


@dataclasses.dataclass(frozen=True)
class Answers:
    """Parallel columns over n test pictures.

    Attributes:
        picture: 16 hexadecimal characters that stand for the content of a file; "" where there is no file.
        label: the class each is labelled with.
        decided: the class the model says; "" where it decided nothing.
        group: number of the group, or all alike -1 where none are given.
    """

    picture: tuple[str, ...]
    label: tuple[str, ...]
    decided: tuple[str, ...]
    group: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.picture)

    def save(self, path: Path) -> None:
        """Write `answers.csv`, whole or not at all."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(zip(self.picture, self.label, self.decided, self.group, strict=True))
        write_whole(path, buffer.getvalue().encode())

    @classmethod
    def load(cls, path: Path) -> Answers:
        """Read back what `save` wrote.

        Raises:
            InputError: no such file, or it is none of ours.
        """
        try:
            if path.stat().st_size > MAX_BYTES:
                raise ValueError(f"more than {MAX_BYTES:,} bytes")
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            picture, label, decided = (tuple(row[name] for row in rows) for name in COLUMNS[:3])
            return cls(picture, label, decided, tuple(int(row["group"]) for row in rows))
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}; remove it to compare without it") from None
        except (ValueError, KeyError, TypeError, csv.Error) as error:
            raise InputError(f"{path} is no table of answers ({error}); remove it to compare without it") from None


@dataclasses.dataclass(frozen=True)
class Paired:
    """How much more the second of two runs has right, measured picture by picture.

    Attributes:
        n: pictures that both answered.
        accuracy: difference of the accuracies, with the 95 % interval of the difference.
        balanced_accuracy: the same of the recall averaged over the classes.
        only_first, only_second: pictures that this one alone has right.
    """

    n: int
    accuracy: Interval
    balanced_accuracy: Interval
    only_first: int
    only_second: int


def paired(first: Answers, second: Answers, seed: int = 0) -> Paired | None:
    """Compare two runs on the pictures that both answered under the same label; None where there are fewer than two."""
    one, other = _by_picture(first), _by_picture(second)
    both = [name for name in one if name in other and first.label[one[name]] == second.label[other[name]]]
    if len(both) < 2:
        return None
    a, b = [one[name] for name in both], [other[name] for name in both]
    names = sorted({first.label[row] for row in a})
    truth = np.asarray([names.index(first.label[row]) for row in a], np.int64)
    right = [
        np.asarray([answers.label[row] == answers.decided[row] for row in rows], np.float64)
        for answers, rows in ((first, a), (second, b))
    ]
    groups = _groups([first.group[row] for row in a])
    overall, averaged = (
        _gain(ScoreRows(truth, right[0], per_class), ScoreRows(truth, right[1], per_class), groups, seed)
        for per_class in (False, True)
    )
    return Paired(len(both), overall, averaged, int((right[0] > right[1]).sum()), int((right[1] > right[0]).sum()))


def _gain(first: ScoreRows, second: ScoreRows, groups: Indices | None, seed: int) -> Interval:
    return loss_interval(candidate=first, reference=second, groups=groups, seed=seed)


def _groups(numbers: Sequence[int]) -> Indices | None:
    """What the interval resamples: groups where they are known and more than one."""
    return np.asarray(numbers, np.int64) if min(numbers) >= 0 and len(set(numbers)) > 1 else None


def _by_picture(answers: Answers) -> dict[str, int]:
    """Row of each picture that occurs once; copies cannot be told apart."""
    row = {name: i for i, name in enumerate(answers.picture) if name}
    twice = {name for i, name in enumerate(answers.picture) if row.get(name, i) != i}
    return {name: i for name, i in row.items() if name not in twice}
