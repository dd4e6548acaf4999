from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sightline import processes
from sightline.processes import Process, can_start, command, receive, send

MODULE = "sightline.pipeline.crew_member"


def there_and_back(about: dict[str, object], arrays: list[np.ndarray]) -> processes.Message:
    stream = io.BytesIO()
    send(stream, about, arrays)
    stream.seek(0)
    return receive(stream)


def test_messages_arrive_as_they_were() -> None:
    arrays = [
        np.arange(12, dtype=np.uint8).reshape(2, 2, 3),
        np.arange(6, dtype=np.uint16).reshape(2, 3).T,
        np.zeros((0, 5), np.float32),
        np.float64(0.25),
        np.array([True, False]),
    ]
    about, found = there_and_back({"a": [1, "ü"]}, arrays)
    assert about == {"a": [1, "ü"]}
    for one, other in zip(found, arrays, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "header",
    [
        {"about": {}, "arrays": [["|O", [1]]]},
        {"about": {}, "arrays": [["<f8", [10**12]]]},
        {"about": {}, "arrays": [["<f8", [2**62, 4]]]},
    ],
)
def test_what_no_message_holds_is_refused_before_memory_is_taken(header: dict[str, object]) -> None:
    text = json.dumps(header).encode()
    with pytest.raises(ValueError, match="allowed: numbers"):
        receive(io.BytesIO(struct.pack("<Q", len(text)) + text))
    with pytest.raises(ValueError, match="a table of"):
        receive(io.BytesIO(struct.pack("<Q", 2**60)))


def test_a_message_cut_short_is_a_lost_process() -> None:
    stream = io.BytesIO()
    send(stream, {}, [np.arange(10)])
    for end in (0, 5, 20, len(stream.getvalue()) - 1):
        with pytest.raises(EOFError):
            receive(io.BytesIO(stream.getvalue()[:end]))


def test_a_process_without_such_a_module_is_lost_not_waited_for() -> None:
    process = Process("sightline.nothing")
    with pytest.raises(processes.LOST):
        process.wait_until_ready()
    process.end()


def test_a_process_ends_with_who_started_it(tmp_path: Path) -> None:
    code = (
        "import os; from sightline.processes import Process\n"
        f"process = Process({MODULE!r}); process.wait_until_ready()\n"
        "print(process._running.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    stat, end = Path(f"/proc/{done.stdout.strip()}/stat"), time.monotonic() + 10
    if not Path("/proc/self/stat").exists():
        pytest.skip("this system does not show processes as files")
    while stat.exists() and stat.read_text().split(")")[-1].split()[0] != "Z" and time.monotonic() < end:
        time.sleep(0.02)
    assert not stat.exists() or stat.read_text().split(")")[-1].split()[0] == "Z"


def test_files_of_the_folder_are_never_run(tmp_path: Path) -> None:
    for name in ("json", "numpy", "sightline"):
        (tmp_path / f"{name}.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    process = subprocess.run(command(MODULE), cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert process.returncode == 0
    assert not (tmp_path / "ran").exists()
    assert receive(io.BytesIO(process.stdout)) == ({"ready": True}, [])


def test_another_package_of_our_name_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sightline").mkdir()
    (tmp_path / "sightline" / "__init__.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = subprocess.run(command(MODULE), cwd=tmp_path, input=b"", capture_output=True, check=False)
    assert process.returncode == 0
    assert not (tmp_path / "ran").exists()


def test_a_process_is_as_isolated_as_this_one() -> None:
    code = "from sightline.processes import command; print(command('m')[1:4])"
    for flag, expected in (("-I", "['-P', '-I', '-E']"), ("-s", "['-P', '-s', '-c']"), ("-X=dev", "['-P', '-c'")):
        done = subprocess.run([sys.executable, flag, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.startswith(expected)


def test_an_application_with_python_inside_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_start()
    for name, value in (("executable", "/usr/bin/app"), ("executable", None), ("frozen", True)):
        with monkeypatch.context() as patch:
            patch.setattr(sys, name, value, raising=False)
            assert not can_start()
