from __future__ import annotations

from pathlib import Path
from typing import Any

from sightline.search.delivering.run import Run
from tests.evaluation.profiles import small_model


def test_a_run_is_printed_on_one_line() -> None:
    model = small_model()
    nothing: Any = None
    line = repr(Run((nothing,) * 3, model, nothing, (), Path("runs/m"), 8.4, 10, 0, nothing))
    assert line == f"Run({model!r}; 3 on the leaderboard; 8 s; results in runs/m)"
    assert repr(Run((), model, nothing, (), None, 8.4, 10, 0, nothing)).endswith("; nothing written)")
