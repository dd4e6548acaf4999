"""Batch normalization that gets one value of each channel: there is no variance in it, and torch refuses to learn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sightline.extras import need


@contextmanager
def with_one_value(network: Any) -> Iterator[None]:
    """Inside, a batch normalization that gets one value of each channel goes by the statistics it has, for that look.

    That is a batch of one picture where its map has become one pixel. Normalized by itself the value would be 0,
    whatever is seen, and the variance that is remembered would be drawn to 0. Layers that see more pixels learn from
    them as ever, so that networks that could learn from one picture without this learn the same.

    Args:
        network: a torch module.
    """
    torch: Any = need("torch")
    held: set[Any] = set()

    def before(module: Any, inputs: tuple[Any, ...]) -> None:
        if module.training and inputs[0].numel() == inputs[0].shape[1]:
            held.add(module.eval())

    def after(module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        if module in held:
            held.remove(module.train())

    kinds = torch.nn.modules.batchnorm._BatchNorm
    found = [module for module in network.modules() if isinstance(module, kinds)]
    hooks = [module.register_forward_pre_hook(before) for module in found]
    hooks += [module.register_forward_hook(after, always_call=True) for module in found]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
