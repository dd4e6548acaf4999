"""One runnable file per claim: `scripts/bench --list`. Public interfaces only, nothing tuned to the data."""

import os
import sys

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")

# One thread inside BLAS and OpenMP. Here, because they read these once, when numpy is first imported; and only where a
# benchmark is being started (`python -m benchmarks.NAME` puts "-m" there until it has found the module).
if sys.argv[:1] == ["-m"]:
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
