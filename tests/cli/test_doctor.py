"""`sightline doctor`: extras that are absent, and the trained network at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sightline.cli import doctor
from tests.cli.called import Call


@pytest.fixture(autouse=True)
def nothing_at_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SIGHTLINE_BACKBONE", raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def test_without_a_network_it_says_how_one_is_given(sightline: Call) -> None:
    assert sightline("doctor", "--json").document["backbone"]["name"] is None
    assert "none at hand; fit --backbone takes" in sightline("doctor").err


def test_the_network_of_the_environment_and_a_file_that_is_gone(
    sightline: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "net.onnx"
    monkeypatch.setenv("SIGHTLINE_BACKBONE", str(path))
    found = sightline("doctor", "--json").document["backbone"]
    assert found == {"name": str(path), "source": "said by SIGHTLINE_BACKBONE; there is no such file"}
    path.write_bytes(b"x")
    assert doctor.backbone() == (str(path), "said by SIGHTLINE_BACKBONE")
    monkeypatch.setenv("SIGHTLINE_BACKBONE", "resnet18")  # a name is no file
    assert doctor.backbone() == ("resnet18", "said by SIGHTLINE_BACKBONE")


def test_the_network_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sightline.deep.weights.hub.at_hand", lambda: "resnet18.a1_in1k")
    assert doctor.backbone() == ("resnet18.a1_in1k", f"in {tmp_path / 'hub'}")


def test_looking_for_it_loads_no_torch() -> None:
    line = "import sys; from sightline.cli.doctor import backbone; backbone(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", line], check=True)


def test_an_absent_extra_names_no_other_project(sightline: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "EXTRAS", {"no-such-library": "deep"})
    assert 'absent; run in a checkout of Sightline: pip install ".[deep]"' in sightline("doctor").err
