"""Networks that torch cannot learn or export as they are written answer as before."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest

from sightline.deep.nets.torch_faults import mended

torch: Any = pytest.importorskip("torch", reason="the extra [deep] is not installed")
pytest.importorskip("timm", reason="the extra [deep] is not installed")

BACK = """
import torch
from sightline.deep.nets.torch_faults import mended

torch.manual_seed(0)
network = mended(torch.nn.Sequential(torch.nn.Conv2d(3, 48, 1, 2))).to(memory_format=torch.channels_last)
for _ in range(20):
    pictures = torch.rand(2, 3, 256, 256).contiguous(memory_format=torch.channels_last).requires_grad_()
    network(pictures).square().mean().backward()
print("went back")
"""


@pytest.mark.parametrize("size", [(8, 8), (9, 7), (1, 1)])
@pytest.mark.parametrize("stride", [2, (3, 1)])
def test_a_stride_over_few_channels_answers_and_learns_as_before(size: tuple[int, int], stride: Any) -> None:
    before = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 1, stride), torch.nn.Conv2d(5, 4, 3, 2, padding=1))
    after = mended(copy.deepcopy(before))
    assert after[0].stride == (1, 1) and after[1].stride == (2, 2)
    pictures = torch.rand(2, 3, *size)
    for network in (before, after):
        network(pictures).square().mean().backward()
    torch.testing.assert_close(after(pictures), before(pictures))
    torch.testing.assert_close(after[0].weight.grad, before[0].weight.grad)


def test_layers_of_many_channels_or_without_a_stride_stay_as_they_are() -> None:
    network = mended(torch.nn.Sequential(torch.nn.Conv2d(16, 8, 1, 2), torch.nn.Conv2d(3, 8, 1)))
    assert network[0].stride == (2, 2) and not any(layer._forward_pre_hooks for layer in network)


def test_going_back_through_such_a_layer_does_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", BACK], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "went back", (done.returncode, done.stderr[-500:])
