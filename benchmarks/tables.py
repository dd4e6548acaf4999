"""Write docs/benchmarks.md from benchmarks/results/*.json: `python -m benchmarks.tables`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import harness

PAGE = harness.ROOT / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

<!-- Generated from benchmarks/results by scripts/bench; edit those, not this page. -->

Every figure was measured by the command named with it, through public interfaces, with no setting special to the data.
A speed is compared with a peer only after both have given the same answer in the same run.
"""


def load(folder: Path) -> list[dict[str, Any]]:
    """All results in `folder`, by name."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """The whole page."""
    if not results:
        return f"{HEAD}\nNothing has been measured yet.\n"
    return f"{HEAD}\n{harness.table(results)}\n" + "".join(section(result) for result in results)


def section(result: Mapping[str, Any]) -> str:
    """One claim: question, data, and what it was measured with."""
    lines = [f"\n## {result['name']}\n", f"{result['question']}\n", f"- Command: `{result['command']}`"]
    lines += [f"- Data: {result['data']}; seed {result['seed']}"]
    lines += [f"- {label.title()}: {result[label]}" for label in ("agreement", "threads", "hardware") if result[label]]
    lines += ["- Versions: " + ", ".join(f"{name} {version}" for name, version in result["versions"].items())]
    parts = {
        (figure.get("commit", result["commit"]), figure.get("date", result["date"])) for figure in result["figures"]
    }
    lines += ["- Commit " + "; ".join(f"{commit}, {date}" for commit, date in sorted(parts))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(load(harness.RESULTS)), "utf-8")
    print(f"wrote {PAGE.relative_to(harness.ROOT)}")
