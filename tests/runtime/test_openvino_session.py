from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from sightline.errors import InputError
from sightline.runtime.openvino_session import OpenVinoSession
from sightline.runtime.session import Port, Session
from tests.networks import tiny
from tests.runtime.test_onnx_file import outside


@pytest.fixture(scope="module", autouse=True)
def openvino() -> None:
    if importlib.util.find_spec("openvino") is None:  # found, not imported: OpenVINO reports imports
        pytest.skip("needs the extra fast")


def drawn(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 32, 32, 3), np.uint8)


def test_ports_are_those_of_onnxruntime() -> None:
    session, reference = OpenVinoSession(tiny.backbone()), Session(tiny.backbone())
    assert session.inputs == reference.inputs == (Port("pictures", (None, 32, 32, 3), "uint8"),)
    assert session.outputs == reference.outputs


def test_answers_are_those_of_onnxruntime() -> None:
    wanted = ["features", "embedding"]
    for found, expected in zip(
        OpenVinoSession(tiny.backbone()).run(drawn(), wanted),
        Session(tiny.backbone()).run(drawn(), wanted),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_bf16_answers_nearly_so() -> None:
    (found,) = OpenVinoSession(tiny.backbone(), "bf16").run(drawn(), ["embedding"])
    (expected,) = Session(tiny.backbone()).run(drawn(), ["embedding"])
    np.testing.assert_allclose(found, expected, rtol=0.05, atol=0.02 * float(np.abs(expected).max()))


@pytest.mark.parametrize("px", [16, "side"])
def test_somebody_elses_runs_whether_or_not_its_size_is_free(px: int | str) -> None:
    fed = np.random.default_rng(0).random((1, 3, 16, 16)).astype(np.float32)
    (found,) = OpenVinoSession(tiny.foreign(px)).run(fed, ["output"])
    np.testing.assert_allclose(found, fed.mean((2, 3)), rtol=1e-5)


def test_any_number_and_size_where_they_are_free() -> None:
    free = onnx.load_model_from_string(tiny.backbone())
    for side in (1, 2):
        free.graph.input[0].type.tensor_type.shape.dim[side].dim_param = f"side{side}"
    for side in (2, 3):
        free.graph.output[1].type.tensor_type.shape.dim[side].dim_param = f"place{side}"
    onnx_bytes = free.SerializeToString()
    session, reference = OpenVinoSession(onnx_bytes), Session(onnx_bytes)
    assert session.inputs == reference.inputs
    for shape in [(1, 32, 32, 3), (3, 48, 32, 3), *((1, side, side, 3) for side in range(16, 128, 8))]:
        fed = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        (found,), (expected,) = (one.run(fed, ["embedding"]) for one in (session, reference))
        np.testing.assert_allclose(found, expected, atol=1e-5)
    assert len(session._ready) == 8


def test_threads_do_not_write_into_each_others_answers() -> None:
    session = OpenVinoSession(tiny.backbone())
    alone = [session.run(drawn(seed), ["embedding"])[0] for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: session.run(drawn(seed % 8), ["embedding"])[0], range(64)))
    for number, found in enumerate(together):
        np.testing.assert_array_equal(found, alone[number % 8])


def test_what_cannot_be_run_is_one_line() -> None:
    model = onnx.load_from_string(tiny.backbone())
    model.graph.node[1].op_type = "Fabulate"
    with pytest.raises(InputError, match=r"OpenVINO cannot run the network: .*Fabulate") as caught:
        OpenVinoSession(model.SerializeToString())
    assert "\n" not in str(caught.value)
    with pytest.raises(
        InputError, match=r"the network fails on \(1, 8, 8, 3\); allowed: \[None, 32, 32, 3\]"
    ) as caught:
        OpenVinoSession(tiny.backbone()).run(np.zeros((1, 8, 8, 3), np.uint8), ["embedding"])
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match='"fp8" is no precision to compute with; allowed: fp32, bf16'):
        OpenVinoSession(tiny.backbone(), "fp8")


def test_values_in_another_file_are_refused_before_it_is_opened() -> None:
    model = onnx.load_from_string(tiny.backbone())
    model.graph.initializer.append(outside("far"))
    with pytest.raises(InputError, match='leaves the values of "far" to another file'):
        OpenVinoSession(model.SerializeToString())


def test_nobody_is_told_of_it(tmp_path: Path) -> None:
    """OpenVINO would report each import to its makers, and leave a number for this machine in the home folder."""
    code = (
        "import socket, sys\n"
        "def opened(*args, **options): raise SystemExit('a socket was opened')\n"
        "socket.socket.__init__ = socket.socket.connect = socket.getaddrinfo = opened\n"
        "from sightline.runtime.openvino_session import OpenVinoSession\n"
        "from tests.networks import tiny\n"
        "OpenVinoSession(tiny.backbone())\n"
        "assert not [name for name in sys.modules if name.startswith('openvino_telemetry')]\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_process_begins_with_two_runs_at_once_and_ends_with_its_threads() -> None:
    """Both ended in waiting for ever, or in an abort, now and then."""
    code = (
        "import sys, threading, numpy as np\n"
        "from sightline.runtime.openvino_session import OpenVinoSession\n"
        "from tests.networks import tiny\n"
        "session, fed = OpenVinoSession(tiny.backbone()), np.zeros((1, 32, 32, 3), np.uint8)\n"
        "def run():\n"
        "    for _ in range(20): session.run(fed, ['embedding'])\n"
        "threads = [threading.Thread(target=run, daemon=True) for _ in range(4)]\n"
        "for one in threads: one.start()\n"
        "for one in threads: one.join()\n"
        "sys.exit(3)\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "src"), str(root)])}
    for _ in range(3):
        assert subprocess.run([sys.executable, "-c", code], check=False, env=environment, timeout=60).returncode == 3
