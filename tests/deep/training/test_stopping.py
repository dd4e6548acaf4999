from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from sightline.deep.training import checkpoint
from sightline.deep.training.stopping import Stopping
from sightline.errors import ArtifactError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_asked_to_stop_it_writes_first(tmp_path: Path) -> None:
    kept = Stopping(tmp_path, "mine", every_s=1e9)
    with kept.on_ctrl_c():
        assert not kept.due()
        interrupt()
        kept.check()  # nothing is written yet
        assert kept.due()
        kept.write(3, {"weight": torch.zeros(1)}, {"seen": 3})
        with pytest.raises(KeyboardInterrupt):
            kept.check()
    found = Stopping(tmp_path, "mine").found()
    assert found is not None and found[1] == {"seen": 3}


def test_asked_twice_it_ends_at_once_and_afterwards_all_is_as_before(tmp_path: Path) -> None:
    kept, before = Stopping(tmp_path, "mine"), signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), kept.on_ctrl_c():
        interrupt()
        interrupt()
    assert signal.getsignal(signal.SIGINT) is before


def full(path: Path, data: bytes) -> None:
    raise ArtifactError("cannot write: No space left on device")


def test_on_a_full_disk_it_stops_all_the_same_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "write_whole", full)
    kept = Stopping(tmp_path, "mine", every_s=1e9)
    kept.asked = True
    kept.write(1, {"weight": torch.zeros(1)}, {})
    with pytest.raises(ArtifactError, match=r"not kept \(.*No space .*\); the same command begins anew"):
        kept.check()


def test_on_a_disk_that_became_full_it_says_where_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Stopping(tmp_path, "mine", every_s=1e9)
    kept.write(4, {"weight": torch.zeros(1)}, {})
    monkeypatch.setattr(checkpoint, "write_whole", full)
    with pytest.raises(ArtifactError, match="No space"):
        kept.write(5, {"weight": torch.zeros(1)}, {})
    kept.check()  # nobody asked it to stop
    kept.asked = True
    kept.write(6, {"weight": torch.zeros(1)}, {})
    with pytest.raises(ArtifactError, match=r"the last steps were not kept .* goes on after step 4"):
        kept.check()


def test_written_in_time_it_goes_on(tmp_path: Path) -> None:
    kept = Stopping(tmp_path, "mine", every_s=0.0)
    assert kept.due()
    kept.write(1, {"weight": torch.zeros(1)}, {})
    kept.check()


def test_another_thread_leaves_ctrl_c_alone(tmp_path: Path) -> None:
    seen = []

    def work() -> None:
        with Stopping(tmp_path, "mine").on_ctrl_c():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
