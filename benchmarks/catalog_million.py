"""How long a catalog of a million rows takes to open, and how much memory.

Data: a CSV of 1,000,000 rows `path,label,group`. Every path exists and is another one: 1,000 drawn pictures of 8 px in
one folder, reached through 1,000 links to that folder. In a process of its own, so that the peak is the catalog's.
"""
# claim: a CSV of 1,000,000 rows opens in less than 10 s and less than 1 GB

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

from benchmarks import drawn, harness

FILES, LINKS = 1000, 1000
RUNS = 3
READ = """
import sys, time
import sightline as sl
started = time.perf_counter()
catalog = sl.read(sys.argv[1])
print(time.perf_counter() - started, len(catalog))
"""


def main() -> None:
    """Write the CSV, then open it in a new process, three times."""
    with tempfile.TemporaryDirectory() as name:
        table = write_table(Path(name))
        runs = [harness.child([sys.executable, "-c", READ, table]) for _ in range(RUNS)]
    opened = [run.output.split() for run in runs]
    if {int(rows) for _, rows in opened} != {FILES * LINKS}:
        raise SystemExit(f"expected {FILES * LINKS} rows, got {[rows for _, rows in opened]}")
    harness.report(
        harness.Result(
            name="catalog_million",
            question="How long does `sl.read` take for a CSV of a million rows, and how much memory?",
            data="1,000,000 rows path,label,group; every path exists (1,000 files behind 1,000 links to their folder)",
            agreement=f"{FILES * LINKS} rows read each time",
            figures=(
                harness.Figure("sl.read", "s", tuple(float(seconds) for seconds, _ in opened), limit=10),
                harness.Figure("peak memory", "MB", tuple(run.peak_bytes / 1e6 for run in runs), limit=1000),
            ),
        )
    )


def write_table(folder: Path) -> Path:
    """The CSV of a million rows, and the files it names."""
    (folder / "files").mkdir()
    for i in range(FILES):
        drawn.write_jpeg(folder / "files" / f"{i:04d}.jpg", drawn.mat(i, i % 2 == 1, 8, 8))
    table = folder / "table.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "group"])
        for link in range(LINKS):
            (folder / f"line{link:04d}").symlink_to("files", target_is_directory=True)
            rows.writerows([f"line{link:04d}/{i:04d}.jpg", drawn.CLASSES[i % 2], f"shift{link}"] for i in range(FILES))
    return table


if __name__ == "__main__":
    main()
