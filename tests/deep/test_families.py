"""The table of networks: whole, read without torch, and counted anew where torch is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sightline.deep import families
from sightline.deep.families import SOURCES, Member, counted, keep_latency, kept_latencies, latency_ms, members
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError

QUICK = ("lenet5", "small", "resnet18", "mobilenetv3_small_100", "vit_tiny_patch16_224")
ALL = [pytest.param(one, id=one.name, marks=() if one.name in QUICK else pytest.mark.long) for one in members()]


def test_every_row_is_whole() -> None:
    names = [one.name for one in members()]
    assert len(names) == len(set(names)) >= 50
    for one in members():
        assert one.parameters > 0 and one.macs > 0 and 32 <= one.px <= 518
        assert (one.top1 is None) == (one.source == "") == (one.how == ""), one.name
        assert one.top1 is None or (50 < one.top1 < 90 and one.source in SOURCES), one.name
        assert bool(one.license) or one.name in ("lenet5", "small")
    assert set(SOURCES) == {one.source for one in members() if one.source}


def test_two_or_three_of_a_family_and_the_small_one_first() -> None:
    for family in dict.fromkeys(one.family for one in members()):
        sizes = [one.macs for one in members() if one.family == family]
        assert len(sizes) <= 3 and sizes[0] == min(sizes)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("DenseNet", ["densenet121", "densenet201"]),
        ("resnet18", ["resnet18"]),
        ("resnet18.a1_in1k", ["resnet18"]),
        ("small", ["small"]),
        ("SIGLIP", ["vit_base_patch32_siglip_256", "vit_base_patch16_siglip_224"]),
        ("mobilenet v3", ["mobilenetv3_small_100", "mobilenetv3_large_100"]),
    ],
)
def test_a_name_or_family_or_a_part_of_one(asked: str, expected: list[str]) -> None:
    assert [one.name for one in members(asked)] == expected


def test_a_part_finds_several_families() -> None:
    assert {"MobileNet V2", "MobileNet V3", "MobileNet V4", "MobileViT"} == {one.family for one in members("mobile")}


def test_an_unknown_name_is_told_which_families_there_are() -> None:
    with pytest.raises(InputError, match=r'called "yolo"; allowed: .*\(LeNet-5, AlexNet, .*\); timm has more'):
        members("yolo")


def test_the_table_needs_no_torch() -> None:
    line = "import sys; from sightline.deep.families import members; members(); sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", line], check=True)


@pytest.mark.parametrize("member", ALL)
def test_parameters_and_macs_are_counted_anew(member: Member) -> None:
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    assert counted(Recipe(Path("w"), member.name, px=member.px)) == (member.parameters, member.macs)


def test_counts_are_those_of_a_convolution_by_hand() -> None:
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    c1, c3, c5 = 28 * 28 * 6 * 25, 10 * 10 * 60 * 25, 120 * 16 * 25
    assert counted(Recipe(Path("w"), "lenet5", px=32)) == (60_000, c1 + c3 + c5 + 120 * 84)


def test_sizes_licenses_and_places_are_those_that_timm_declares() -> None:
    timm = pytest.importorskip("timm", reason="the extra [deep] is not installed")
    for one in members():
        if one.tag:
            declared = timm.get_pretrained_cfg(one.weights)
            assert (one.px, one.license) == (declared.input_size[1], declared.license), one.name
            assert declared.hf_hub_id == f"timm/{one.weights}"  # else --backbone would look for them elsewhere


def test_a_network_is_exported_and_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("timm", reason="the extra [deep] is not installed")
    monkeypatch.setattr(families, "MOST_S", 0.0)
    assert latency_ms(members("lenet5")[0]) > 0


def test_latencies_are_kept_by_machine(tmp_path: Path) -> None:
    path = tmp_path / "runs" / ".cache" / "models.json"
    assert kept_latencies(path, "here") == {}
    keep_latency(path, "here", "a", 1.23456)
    keep_latency(path, "there", "a", 5)
    keep_latency(path, "here", "b", 2)
    assert kept_latencies(path, "here") == {"a": 1.235, "b": 2}
    assert kept_latencies(path, "there") == {"a": 5}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", '{"here": 3}', '{"here": {"a": "fast"}}', '{"here": {"a": -1}}', "[" * 99999,
        '{"here": {"a": Infinity}}', '{"here": {"a": NaN}}', f'{{"here": {{"a": {10**400}}}}}',
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_named_and_left(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    for ask in (lambda: kept_latencies(path, "here"), lambda: keep_latency(path, "here", "a", 1.0)):
        with pytest.raises(InputError, match=r"report\.json holds no latencies of networks"):
            ask()
    assert path.read_text() == text


def test_a_folder_in_its_place_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        kept_latencies(tmp_path, "here")


def test_a_member_as_json_has_the_address_of_its_source() -> None:
    plain = json.loads(json.dumps(members("convnext_tiny")[0].to_dict()))
    assert plain["weights"] == "convnext_tiny.in12k_ft_in1k" and plain["source"] == SOURCES["timm"]
    assert members("lenet5")[0].to_dict()["license"] is None
