"""Run a command and write how long it took and how much memory it held at most: `python launch.py RECORD COMMAND...`.

A process of its own and nearly empty on purpose: Linux starts a child's peak at the size of whoever forked it, so a
benchmark that holds arrays would report its own memory as the child's. Standard library only.
"""

import json
import os
import subprocess
import sys
import time


def main() -> None:
    """Time COMMAND as a whole process and write {"seconds", "peak_bytes", "code"} as JSON to RECORD."""
    record, command = sys.argv[1], sys.argv[2:]
    started = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    with open(record, "w", encoding="utf-8") as file:
        json.dump({"seconds": seconds, "peak_bytes": usage.ru_maxrss * 1024, "code": code}, file)


if __name__ == "__main__":
    main()
