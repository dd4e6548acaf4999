from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from sightline.classical.classifiers.ridge import Ridge
from sightline.classical.fitting import fitting
from sightline.resources import available_cores

LEARN = """
import hashlib
import numpy as np
from sightline.components import build
from sightline.contracts import LocalFeatures

random = np.random.default_rng(0)
X, y = random.normal(size=(900, 500)).astype(np.float32), np.arange(900) % 4
features = [LocalFeatures(X[i : i + 300], np.zeros((300, 2), np.float32)) for i in (0, 300, 600)]

def learned(component, *given):
    state = component.fit(*given).state()
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in state.values())).hexdigest()

for spec in ("Ridge()", "KernelRidge()", "LinearSVM()", "LogisticRegression()", "KernelSVM()", "PCA(components=20)"):
    print(spec, learned(build(spec), X, y))
for spec in ("VLAD(words=16)", "FisherVector(components=8)", "PatchDictionary(words=150)"):
    print(spec, learned(build(spec), features))
"""


@pytest.mark.skipif(shutil.which("taskset") is None or available_cores() < 2, reason="needs taskset and two cores")
def test_components_learn_the_same_to_the_bit_on_one_core_and_on_two() -> None:
    cores, found = sorted(os.sched_getaffinity(0))[:2], []
    for some in (cores[:1], cores):
        command = ["taskset", "-c", ",".join(map(str, some)), sys.executable, "-c", LEARN]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.splitlines())
    assert len(found[0]) == 9 and found[0] == found[1]


def test_every_blas_has_one_thread_and_gets_its_threads_back() -> None:
    def blas() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    Ridge().fit(np.eye(4), [0, 1, 0, 1])
    before = blas()
    with fitting():
        assert set(blas()) == {1}
    assert blas() == before
