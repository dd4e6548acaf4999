from __future__ import annotations

import ctypes
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sightline import resources
from sightline.resources import available_cores, memory_bytes


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight cores and 16 GB, and a folder of control groups that is empty yet."""
    monkeypatch.setattr(resources.os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(resources.os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 4_000_000}.get)
    monkeypatch.setattr(resources, "MOUNT", tmp_path / "mount")
    monkeypatch.setattr(resources, "GROUPS", tmp_path / "cgroup")
    return tmp_path


def write(machine: Path, groups: str, files: dict[str, str]) -> None:
    (machine / "cgroup").write_text(groups)
    for name, text in files.items():
        path = machine / "mount" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


def test_without_groups_it_is_the_machine(machine: Path) -> None:
    assert (available_cores(), memory_bytes()) == (8, 16_384_000_000)


@pytest.mark.parametrize(
    ("groups", "files", "cores", "bytes_"),
    [
        ("0::/\n", {"cpu.max": "150000 100000", "memory.max": "2000000000"}, 2, 2_000_000_000),
        ("0::/\n", {"cpu.max": "max 100000", "memory.max": "max"}, 8, 16_384_000_000),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, 1, 16_384_000_000),
        ("0::/a/b\n", {"a/b/memory.max": "5000000000", "a/memory.max": "3000000000"}, 8, 3_000_000_000),
        ("0::/gone\n", {"cpu.max": "300000 100000"}, 3, 16_384_000_000),
        ("0::/../../out\n", {"cpu.max": "300000 100000"}, 3, 16_384_000_000),
        (
            "5:memory:/a\n4:cpu,cpuacct:/a\n1:name=systemd:/x\n",
            {
                "cpu/a/cpu.cfs_quota_us": "400000",
                "cpu/a/cpu.cfs_period_us": "100000",
                "memory/a/memory.limit_in_bytes": "9000000000",
            },
            4,
            9_000_000_000,
        ),
        (
            "5:memory:/\n4:cpu:/\n",
            {
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "9223372036854771712",
            },
            8,
            16_384_000_000,
        ),
        ("0::/\n", {"cpu.max": "nonsense", "memory.max": "0"}, 8, 16_384_000_000),
        ("no group\n", {}, 8, 16_384_000_000),
    ],
)
def test_a_container_may_have_less(machine: Path, groups: str, files: dict[str, str], cores: int, bytes_: int) -> None:
    write(machine, groups, files)
    assert (available_cores(), memory_bytes()) == (cores, bytes_)


def test_a_system_that_says_nothing(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(resources.os, "sched_getaffinity")
    monkeypatch.setattr(resources.os, "cpu_count", lambda: None)
    monkeypatch.delattr(resources.os, "sysconf")
    assert (available_cores(), memory_bytes()) == (1, None)


@pytest.mark.parametrize(("known", "bytes_"), [(1, 16_000_000_000), (0, None)])
def test_windows_says_it_another_way(
    known: int, bytes_: int | None, machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def status(given: Any) -> int:
        found = MemoryStatus.from_buffer(given._obj)
        assert found.dwLength == ctypes.sizeof(MemoryStatus)
        found.ullTotalPhys = 16_000_000_000
        return known

    monkeypatch.delattr(resources.os, "sysconf")
    library = SimpleNamespace(kernel32=SimpleNamespace(GlobalMemoryStatusEx=status))
    monkeypatch.setattr(ctypes, "windll", library, raising=False)
    assert memory_bytes() == bytes_


class MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX, as winbase.h has it."""

    _fields_ = (
        ("dwLength", ctypes.c_uint32),
        ("dwMemoryLoad", ctypes.c_uint32),
        ("ullTotalPhys", ctypes.c_uint64),
        ("ullAvailPhys", ctypes.c_uint64),
        ("ullTotalPageFile", ctypes.c_uint64),
        ("ullAvailPageFile", ctypes.c_uint64),
        ("ullTotalVirtual", ctypes.c_uint64),
        ("ullAvailVirtual", ctypes.c_uint64),
        ("ullAvailExtendedVirtual", ctypes.c_uint64),
    )
