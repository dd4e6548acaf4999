from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sightline as sl
from sightline.auditing.audit import audit
from sightline.auditing.duplicates import as_groups
from sightline.data.catalog import Catalog
from sightline.data.read import read
from sightline.data.survey import survey
from sightline.errors import CatalogError
from sightline.findings import Finding
from sightline.task import Target, Task
from tests.pictures import noise, write_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("train", "test"):
        for label in ("a", "b"):
            for number in range(12):
                seed = 1000 * ("train", "test").index(part) + 100 * ("a", "b").index(label) + number
                write_picture(tmp_path / part / label / f"{number}.png", noise(16, seed))
    return tmp_path


def kinds(findings: list[Finding]) -> set[str]:
    return {finding.kind for finding in findings}


def one(findings: list[Finding], kind: str) -> Finding:
    found = [finding for finding in findings if finding.kind == kind]
    assert len(found) == 1, findings
    return found[0]


def test_clean_data_has_counts_and_nothing_else(folder: Path) -> None:
    findings = audit(read(folder))
    assert audit(folder) == audit(str(folder)) == findings
    assert kinds(findings) == {"class-counts"}
    assert findings[0].evidence == {"a": 12, "b": 12}


def test_a_leak_is_found_across_formats(folder: Path) -> None:
    write_picture(folder / "train" / "a" / "copy.png", noise(16, 9000))
    write_picture(folder / "test" / "a" / "same.bmp", noise(16, 9000))
    leak = one(audit(read(folder)), "leak")
    assert leak.severity == "error"
    assert {Path(source).name for source in leak.sources} == {"copy.png", "same.bmp"}


def test_copies_and_conflicts_inside_a_part(folder: Path) -> None:
    write_picture(folder / "train" / "a" / "x.png", noise(16, 9000))
    write_picture(folder / "train" / "a" / "y.png", noise(16, 9000))
    write_picture(folder / "train" / "b" / "z.png", noise(16, 9000))
    findings = audit(read(folder))
    assert one(findings, "duplicate").evidence["sets"] == 1
    conflict = one(findings, "label-conflict")
    assert conflict.evidence["labels"] == ["a", "b"]
    assert len(conflict.sources) == 3
    assert "leak" not in kinds(findings)


def test_pictures_equal_when_prepared_but_not_before_are_no_copies(folder: Path) -> None:
    big = np.full((600, 600, 3), 100, np.uint8)
    write_picture(folder / "train" / "a" / "big1.png", big)
    changed = big.copy()
    changed[0, 0, 0] = 101  # gone after scaling to 256 px
    write_picture(folder / "train" / "a" / "big2.png", changed)
    catalog = read(folder)
    looks = survey(catalog).looks
    rows = [row for row in range(len(catalog)) if "big" in catalog.source(row).uri]
    assert looks[rows[0]] == looks[rows[1]]
    assert "duplicate" not in kinds(audit(catalog))


def test_broken_files_are_named_with_their_reason(folder: Path) -> None:
    (folder / "train" / "a" / "empty.jpg").write_bytes(b"")
    (folder / "train" / "a" / "text.jpg").write_text("hello")
    findings = [finding for finding in audit(read(folder)) if finding.kind == "broken-file"]
    assert {Path(finding.sources[0]).name for finding in findings} == {"empty.jpg", "text.jpg"}
    assert "is empty" in findings[0].message + findings[1].message


def test_many_broken_files_stay_bounded(tmp_path: Path) -> None:
    for number in range(130):
        path = tmp_path / "ab"[number % 2] / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    broken = [finding for finding in audit(read(tmp_path)) if finding.kind == "broken-file"]
    assert len(broken) == 101
    assert broken[-1].message.startswith("30 more")


def test_groups_on_two_sides(folder: Path) -> None:
    catalog = read(folder, group_pattern=r"/(\d+)\.png")
    divided = one(audit(catalog), "divided-group")
    assert divided.evidence["count"] == 12


def test_class_findings(tmp_path: Path) -> None:
    for number in range(40):
        write_picture(tmp_path / "train" / "a" / f"{number}.png", noise(8, number))
    write_picture(tmp_path / "train" / "b" / "1.png", noise(8, 100))
    write_picture(tmp_path / "test" / "a" / "1.png", noise(8, 101))
    findings = audit(read(tmp_path))
    assert one(findings, "few-pictures").evidence == {"b": 1}
    assert "40 times" in one(findings, "imbalance").message
    assert one(findings, "missing-class").evidence["classes"] == ["b"]


def test_what_fit_refuses_to_learn_from_is_an_error(tmp_path: Path) -> None:
    write_picture(tmp_path / "train" / "a" / "1.png", noise(8, 0))
    lonely = one(audit(read(tmp_path)), "one-class")
    assert lonely.severity == "error" and lonely.message == "1 class to tell apart; allowed: at least two"
    write_picture(tmp_path / "validation" / "b" / "1.png", noise(8, 1))
    assert not {"one-class", "nothing-to-learn-from"} & kinds(audit(read(tmp_path)))  # fit takes that
    (tmp_path / "train" / "b").mkdir()
    (tmp_path / "train" / "b" / "2.png").write_bytes(b"")
    (tmp_path / "validation" / "b" / "1.png").write_bytes(b"broken")
    write_picture(tmp_path / "test" / "c" / "1.png", noise(8, 2))
    error = one(audit(read(tmp_path)), "nothing-to-learn-from")
    assert error.severity == "error" and error.evidence == {"classes": ["b", "c"]}
    with pytest.raises(CatalogError):
        sl.fit(read(tmp_path), time_s=2)


def test_a_class_that_the_task_does_not_name_is_told_as_fit_tells_it(folder: Path) -> None:
    with pytest.raises(CatalogError, match='"b", which the task does not'):
        audit(read(folder), Task(classes=("a", "x")))


def test_16_bit_is_said(folder: Path) -> None:
    import cv2

    cv2.imwrite(str(folder / "train" / "a" / "deep.png"), np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000)
    assert one(audit(read(folder)), "depth-reduced").evidence["formats"] == {"png 16 bit": 1}


def test_unconsumed_task_keys_are_findings(folder: Path) -> None:
    task = Task(background="belt", target=Target(latency_ms=3))
    assert one(audit(read(folder), task), "declared-not-checked").evidence["key"] == "background"


def test_worst_comes_first(folder: Path) -> None:
    write_picture(folder / "train" / "a" / "copy.png", noise(16, 9000))
    write_picture(folder / "test" / "a" / "same.png", noise(16, 9000))
    (folder / "train" / "a" / "empty.jpg").write_bytes(b"")
    severities = [finding.severity for finding in audit(read(folder))]
    assert severities == sorted(severities, key=("error", "warning", "info").index)


def test_rows_without_label(folder: Path) -> None:
    (folder / "t.csv").write_text("path,label\ntrain/a/0.png,a\ntrain/b/0.png,b\ntrain/b/1.png,\n")
    found = one(audit(read(folder / "t.csv")), "no-label")
    assert (found.message, found.remedy) == ("1 row has no label and is left out", "label or remove it")


def test_the_same_file_listed_twice(folder: Path) -> None:
    (folder / "t.csv").write_text("path,label\ntrain/a/0.png,a\ntrain/a/0.png,a\ntrain/b/1.png,b\n")
    assert one(audit(read(folder / "t.csv")), "duplicate").evidence == {"sets": 1}


def test_copies_join_groups() -> None:
    groups = as_groups(np.asarray([0, 0, 1, 2, 3]), [[1, 2], [2, 3]])
    assert len(set(groups[:4].tolist())) == 1
    assert groups[4] not in groups[:4]


def test_survey_of_arrays_and_bytes() -> None:
    import cv2

    data = cv2.imencode(".png", noise(8, 0)[..., ::-1])[1].tobytes()
    catalog = Catalog([noise(8, 0), data, np.zeros((2, 2, 2, 2))], ("a",), np.zeros(3, np.int64))
    seen = survey(catalog)
    assert seen.looks[0] == seen.looks[1]
    assert list(seen.broken) == [2]
    assert seen.readable().tolist() == [True, True, False]
    assert seen.subset([2, 0]).broken == {0: seen.broken[2]}
