"""Gradients and statistics of a network as one vector, which processes add up at once."""

from __future__ import annotations

from typing import Any

from sightline.extras import need


class Flat:
    """One float32 vector with a place for each gradient, and for each running mean and variance.

    A layer's gradient is laid out as its weight is in memory, and the sum becomes the gradient where it lies: to join
    45 MB anew and take them apart took twice as long as adding them up.

    Args:
        parameters: that learn; in each process the same.
        statistics: tensors of batch normalization that learn.
    """

    def __init__(self, parameters: list[Any], statistics: list[Any]) -> None:
        torch: Any = need("torch")
        self._parameters, self._statistics = parameters, statistics
        sizes = [one.numel() for one in (*parameters, *statistics)]
        device = parameters[0].device
        # It ends with whether each parameter has a gradient: what a step leaves out has none, and is not moved.
        self.vector = torch.zeros(sum(sizes) + len(parameters), device=device)
        *places, self._has = self.vector.split([*sizes, len(parameters)])
        self._gradients = [_as(one, place) for one, place in zip(parameters, places, strict=False)]
        self._means = [_as(one, place) for one, place in zip(statistics, places[len(parameters) :], strict=True)]

    def is_of(self, parameters: list[Any], statistics: list[Any]) -> bool:
        """Whether it has a place for these and no others."""
        mine, theirs = (*self._parameters, *self._statistics), (*parameters, *statistics)
        return len(mine) == len(theirs) and all(one is other for one, other in zip(mine, theirs, strict=True))

    def fill(self, share: float) -> None:
        """Take gradients as they are, and a share of the statistics."""
        torch: Any = need("torch")
        with torch.no_grad():
            for parameter, place in zip(self._parameters, self._gradients, strict=True):
                if parameter.grad is None:
                    place.zero_()
                else:
                    place.copy_(parameter.grad)
            for one, place in zip(self._statistics, self._means, strict=True):
                torch.mul(one, share, out=place)
            has = [float(parameter.grad is not None) for parameter in self._parameters]
            self._has.copy_(self._has.new_tensor(has))

    def give_back(self) -> None:
        """Let gradients and statistics be what the vector holds now."""
        torch: Any = need("torch")
        with torch.no_grad():
            for parameter, place, has in zip(self._parameters, self._gradients, self._has.tolist(), strict=True):
                parameter.grad = place.to(parameter.dtype) if has else None
            for one, place in zip(self._statistics, self._means, strict=True):
                one.copy_(place)


def _as(tensor: Any, place: Any) -> Any:
    """A place in the vector in the form of a tensor and, where nothing is left out in that, in its order in memory."""
    torch: Any = need("torch")
    dense = tensor.is_contiguous() or (tensor.ndim == 4 and tensor.is_contiguous(memory_format=torch.channels_last))
    return (
        place.as_strided(tensor.shape, tensor.stride(), place.storage_offset()) if dense else place.view(tensor.shape)
    )
