from __future__ import annotations

from typing import Any

import pytest

from sightline.deep.training import memory
from sightline.deep.training.watch import Watch
from sightline.errors import InputError

torch = pytest.importorskip("torch", reason="the extra [deep] is not installed")


class Wide(torch.nn.Module):  # type: ignore[misc]
    """Keeps 8 maps of float32 for the slope of the square, and the 3 of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 8, 1)

    def forward(self, pictures: Any) -> Any:
        return self.layer(pictures.permute(0, 3, 1, 2).float()).square().mean()


def test_what_is_kept_of_a_picture_is_counted() -> None:
    assert memory.kept_bytes(Wide(), 32) == pytest.approx(4 * 32 * 32 * (8 + 3), rel=0.05)


def test_a_step_takes_what_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_cores", lambda: 2)
    one = memory.kept_bytes(Wide(), 32)
    monkeypatch.setattr(memory, "memory_bytes", lambda: 8 * one * 5)
    assert memory.affordable(Wide(), 32) == 5
    monkeypatch.setattr(memory, "memory_bytes", lambda: 10)
    assert memory.affordable(Wide(), 32) == 1
    monkeypatch.setattr(memory, "memory_bytes", lambda: None)
    assert memory.affordable(Wide(), 32) > 1000


def test_where_one_picture_is_too_much_one_is_taken_and_other_errors_are_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "memory_bytes", lambda: 10**9)
    raised = [RuntimeError("DefaultCPUAllocator: can't allocate memory"), RuntimeError("shapes do not match")]

    class Broken(Wide):
        def forward(self, pictures: Any) -> Any:
            raise raised[0]

    assert memory.affordable(Broken(), 32) == 1
    del raised[0]
    with pytest.raises(RuntimeError, match="shapes"):
        memory.affordable(Broken(), 32)


def test_half_goes_on_and_whoever_looks_on_is_told() -> None:
    said: list[str] = []
    assert memory.halved(9, 32, Watch(said=said.append)) == 5
    assert memory.halved(4, 32, Watch(said=said.append), count=2) == 4
    assert said == [
        "memory was out with batches of 9 pictures; it went on with 5",
        "memory was out with batches of 8 pictures; it went on with 4",
    ]
    with pytest.raises(InputError, match="one picture of 32 px"):
        memory.halved(1, 32, Watch())
