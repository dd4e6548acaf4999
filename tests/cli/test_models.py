"""`sightline models`: the table, a filter, JSON, and what was measured here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.deep import families
from sightline.evaluation.speed import machine
from tests.cli.called import Call


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_all_networks_with_cost_license_and_top_1(sightline: Call) -> None:
    done = sightline("models")
    assert done.code == 0 and done.out == ""
    row = next(line for line in done.err.splitlines() if "resnet50." in line)
    assert " ".join(row.split()) == "ResNet resnet50.a1_in1k 224 23.51 4.09 apache-2.0 81.2 % timm, 288 px -"
    assert len([line for line in done.err.splitlines() if line.endswith("-")]) == len(families.members())


def test_a_part_of_a_name_leaves_out_the_others(sightline: Call) -> None:
    found = sightline("models", "mobile", "--json").document["models"]
    assert 6 <= len(found) < 20 and all("mobile" in one["name"] for one in found)
    assert found[0]["latency_ms"] is None and found[0]["license"] == "apache-2.0"


def test_what_nobody_verified_is_a_dash(sightline: Call) -> None:
    lines = [line.split() for line in sightline("models", "DINOv3").err.splitlines() if line.startswith("DINOv3")]
    assert len(lines) == 2 and all(line[-4:] == ["dinov3", "-", "-", "-"] for line in lines)


def test_an_unknown_name_exits_with_two(sightline: Call) -> None:
    done = sightline("models", "yolo")
    assert done.code == 2 and 'no network here is called "yolo"' in done.error


def test_what_is_measured_is_kept_and_shown_again(sightline: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[str] = []

    def measured(member: families.Member) -> float:
        timed.append(member.name)
        return 12.3456

    monkeypatch.setattr(families, "latency_ms", measured)
    assert "12.35" in sightline("models", "--measure", "lenet5").err
    assert timed == ["lenet5"] and families.kept_latencies(Path("runs/.cache/models.json"), machine()) == {
        "lenet5": 12.346
    }
    assert sightline("models", "lenet5", "--json").document["models"][0]["latency_ms"] == 12.346
    assert sightline("models", "lenet5", "--cache", "other.json", "--json").document["models"][0]["latency_ms"] is None
    assert timed == ["lenet5"]


def test_a_cache_of_something_else_is_told_before_anything_is_measured(
    sightline: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(families, "latency_ms", lambda member: pytest.fail("measured"))
    (tmp_path / "c.json").write_text("[]")
    done = sightline("models", "lenet5", "--measure", "--cache", "c.json")
    assert done.code == 2 and "holds no latencies of networks" in done.error
    for ms in ("Infinity", str(10**400)):
        (tmp_path / "c.json").write_text(f'{{"{machine()}": {{"lenet5": {ms}}}}}')
        for form in ((), ("--json",)):
            assert "no latencies of networks" in sightline("models", "lenet5", "--cache", "c.json", *form).error


def test_the_table_loads_no_torch() -> None:
    line = (
        "import sys; sys.argv = ['sightline', 'models', '--json']\n"
        "from sightline.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", line], check=True, stdout=subprocess.DEVNULL)
