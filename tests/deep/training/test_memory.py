from __future__ import annotations

from typing import Any

import pytest

from sightline.deep.training import memory

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
