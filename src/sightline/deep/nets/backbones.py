"""A network of timm, of torchvision or of our own, with its weights, without the head it was trained with."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sightline.deep.nets.alexnet import alexnet
from sightline.deep.nets.googlenet import googlenet
from sightline.deep.nets.lenet import lenet5
from sightline.deep.nets.small import small_net
from sightline.deep.nets.torch_faults import mended
from sightline.deep.weights.recipe import Recipe
from sightline.errors import InputError, MissingExtraError
from sightline.extras import need
from sightline.networks.feed import USUAL_PX

OWN: Mapping[str, Callable[..., Any]] = {
    "alexnet": alexnet,
    "googlenet": googlenet,
    "lenet5": lenet5,
    "small": small_net,
}
"""What timm does not have, by names that it does not use: torchvision's networks and ours, with timm's faces."""
SHOWN = 3
MOST_CALLS = 200_000
"""Of torch, while a network is made; timm's largest takes 33,000 in a second."""
HIDDEN_TIMES, HIDDEN_BYTES = 8, 64_000_000
"""What a network computes and no file holds, as indices of positions and masks of windows, takes so many times its
weights at most, or so many bytes. At their own sizes timm's come to 0.63 times (TinyViT at 512 px; BEiT-L to 202 MB
with weights of 1.2 GB), at 768 px to 4.4 times (CoAtNet-nano). Making it takes 4 times as much for a moment."""
_drawing = threading.Lock()
COUNTERS = "num_batches_tracked"
"""Of batch normalization; only training with a cumulative mean looks at it."""


def module_of(recipe: Recipe) -> Any:
    """The network, in evaluation mode: `forward_features` and `forward_head(..., pre_logits=True)` are timm's.

    Raises:
        InputError: nobody knows the architecture, or the weights are of another one: the first keys are named.
        MissingExtraError: the extra [deep] is not installed.
    """
    _check_sketch(recipe)
    with drawing(0):  # what is drawn is overwritten; whoever else draws goes on as if nothing had been
        network = _made(recipe)
    _load(network, recipe)
    return network.eval()


def sized(network: Any, recipe: Recipe) -> Recipe:
    """The recipe with a size: its own, else that which the network was made for, else what timm says it learned with.

    Raises:
        InputError: a size out of range.
    """
    if recipe.px:
        return recipe
    asked = recipe.kwargs.get("img_size")
    side = asked[0] if isinstance(asked, (list, tuple)) and asked else asked
    if not isinstance(side, int):
        side = network.default_cfg.get("input_size", (3, USUAL_PX, USUAL_PX))[1]
    return dataclasses.replace(recipe, px=side)


def drawn(recipe: Recipe, seed: int) -> Any:
    """The network of a recipe with weights drawn at random, in evaluation mode; nobody looks for a file.

    Raises:
        InputError: nobody knows the architecture.
        MissingExtraError: the extra [deep] is not installed.
    """
    with drawing(seed):
        return _made(recipe).eval()


@contextmanager
def sketching(what: str, values: int) -> Iterator[None]:
    """Inside, networks are made of names and shapes alone: they take no memory, and have so many parts at most.

    Args:
        what: is made, for messages.
        values: how many numbers the file of its weights holds.

    Raises:
        InputError: it has more parts, or computes much more than that.
    """
    torch: Any = need("torch")
    with drawing(0), torch.device("meta"), _counted(what, _most_hidden(values)):
        yield


@contextmanager
def drawing(seed: int) -> Iterator[None]:
    """Inside, what torch draws follows from the seed alone: its one generator is this thread's, and then as before."""
    torch: Any = need("torch")
    with _drawing, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def chance() -> Any:
    """What torch draws next, a uint8 tensor; not what somebody who is inside `drawing` draws."""
    torch: Any = need("torch")
    with _drawing:
        return torch.get_rng_state()


def give_chance_back(state: Any) -> None:
    """Let torch draw next what it did when `chance` gave this; whoever is inside `drawing` comes to its end first."""
    torch: Any = need("torch")
    with _drawing:
        torch.set_rng_state(state)


def _made(recipe: Recipe) -> Any:
    """The one place where networks are made, with weights drawn at random."""
    timm: Any = need("timm")
    try:
        return mended(_created(recipe))
    except MissingExtraError:
        raise
    except Exception as error:  # whatever the architecture says of arguments that it does not take
        reason, kwargs = " ".join(str(error).split())[:200], dict(recipe.kwargs)
        if recipe.arch in OWN:
            raise InputError(f"{recipe.weights}: {recipe.arch} cannot be made with {kwargs} ({reason})") from None
        raise InputError(
            f"{recipe.weights}: timm {timm.__version__} cannot make {recipe.arch} with {kwargs} ({reason})"
        ) from None


def _created(recipe: Recipe) -> Any:
    own = OWN.get(recipe.arch)
    if own is not None:
        return own(**recipe.kwargs)
    return need("timm").create_model(recipe.arch, pretrained=False, num_classes=0, **recipe.kwargs)


def looking(network: Any, recipe: Recipe) -> Any:
    """The network with normalization before it and both outputs behind it, in evaluation mode.

    It takes (n, h, w, 3) uint8 and gives the embedding, (n, d), and the last features: a map (n, c, h, w) or tokens
    (n, t, c). What is trained and what is exported are this.
    """
    torch: Any = need("torch")

    class Backbone(torch.nn.Module):  # type: ignore[misc]  # torch is only there with the extra
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            scale, shift = (torch.tensor(one).view(1, 3, 1, 1) * 255 for one in (recipe.std, recipe.mean))
            self.register_buffer("scale", scale)
            self.register_buffer("shift", shift)

        def forward(self, pictures: Any) -> Any:
            scaled = (pictures.permute(0, 3, 1, 2).float() - self.shift) / self.scale
            features = self.network.forward_features(scaled)
            embedding = self.network.forward_head(features, pre_logits=True)
            if getattr(self.network, "output_fmt", "NCHW") == "NHWC":
                features = features.permute(0, 3, 1, 2)
            return embedding.flatten(1), features

    return Backbone().eval()


def _check_sketch(recipe: Recipe) -> None:
    """Refuse weights that do not fit before memory is taken for the network, whatever size the file says it has.

    Where the network cannot be made without memory, `_made` tells why it cannot be made at all, or `_load` compares.
    """
    what = f"{recipe.weights}: {recipe.arch} with {str(dict(recipe.kwargs))[:200]}"
    with _read(recipe), need("safetensors").safe_open(recipe.weights, framework="np") as file:
        found = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118 (no dict)
    values = sum(math.prod(shape) for shape in found.values())
    try:
        with sketching(what, values):
            network = _created(recipe)
    except (InputError, MissingExtraError):
        raise
    except Exception:
        return
    _check(network, _without_head(network, found), recipe)
    _check_hidden(network, what, _most_hidden(values))


def _check_hidden(network: Any, what: str, most: int) -> None:
    """Refuse a network that computes much more than it learned: what is said of pairs of places grows with the fourth
    power of a picture's side, and weights hardly with it."""
    learned = network.state_dict()
    hidden = {name: value.nbytes for name, value in network.named_buffers() if name not in learned}
    if sum(hidden.values()) > most:
        largest = max(hidden, key=lambda name: hidden[name])
        raise _hiding(what, f"{sum(hidden.values()):,} bytes", f"{largest} has {hidden[largest]:,}", most)


def _most_hidden(values: int) -> int:
    return max(HIDDEN_BYTES, HIDDEN_TIMES * 4 * values)


def _hiding(what: str, computed: str, largest: str, most: int) -> InputError:
    return InputError(
        f"{what} computes {computed} that no file holds ({largest}); allowed: {most:,} beside such weights; give "
        "weights for smaller pictures or windows"
    )


def _counted(what: str, most: int) -> Any:
    """A context in which torch is called `MOST_CALLS` times at most: layers without end take time on any device.

    So do indices that are counted out in Python, as TinyViT's: they are refused when their place is asked for.
    """
    torch: Any = need("torch")
    overrides: Any = need("torch.overrides")

    class Counted(overrides.TorchFunctionMode):  # type: ignore[misc]  # torch is only there with the extra
        calls, indices = 0, 0

        def __torch_function__(self, call: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            self.calls += 1
            if self.calls > MOST_CALLS:
                raise InputError(
                    f"{what} has more parts than any network; give the arguments that the weights were made with"
                )
            named = dict(named or {})
            if call is torch.linspace:  # a rate for each layer, of which timm 1.0.20 reads the numbers
                named.setdefault("device", "cpu")
            made = call(*given, **named)
            if call is torch.empty and not made.is_floating_point():
                self.indices += made.nbytes
                if self.indices > most:
                    raise _hiding(what, f"{self.indices:,} bytes or more", f"indices of {list(made.shape)}", most)
            return made

    return Counted()


def _load(network: Any, recipe: Recipe) -> None:
    torch_file: Any = need("safetensors.torch")
    with _read(recipe):
        found: dict[str, Any] = torch_file.load_file(recipe.weights)
    weights = {name: value.float() for name, value in _without_head(network, found).items()}
    _check(network, {name: list(value.shape) for name, value in weights.items()}, recipe)
    network.load_state_dict(weights, strict=False)


@contextmanager
def _read(recipe: Recipe) -> Iterator[None]:
    """Inside, what is wrong with the file of weights is an `InputError`."""
    try:
        yield
    except Exception as error:  # a class of the library's own, by what is wrong
        reason = " ".join(str(error).replace(str(recipe.weights), recipe.weights.name).split())[:160]
        raise InputError(f"{recipe.weights} is no safetensors file ({reason}); give one, or an .onnx file") from None


def _without_head(network: Any, named: Mapping[str, Any]) -> dict[str, Any]:
    heads = network.default_cfg.get("classifier") or ()
    prefixes = tuple(f"{name}." for name in ((heads,) if isinstance(heads, str) else heads))
    return {name: value for name, value in named.items() if not (prefixes and name.startswith(prefixes))}


def _check(network: Any, given: Mapping[str, list[int]], recipe: Recipe) -> None:
    """Refuse weights that do not fit, by name and shape."""
    found = flaws({name: list(value.shape) for name, value in network.state_dict().items()}, given)
    if found:
        names = "" if recipe.arch in OWN else " as timm names them"
        raise InputError(
            f"{recipe.weights} does not hold the weights of {recipe.arch}{names}: {found}; "
            "give the weights of that architecture, or say the right one in the header"
        )


def flaws(wanted: Mapping[str, list[int]], given: Mapping[str, list[int]]) -> str:
    """What is missing, unknown or of another shape among names and shapes that are given; "" where they fit."""
    wrong = {
        "missing": [name for name in wanted if name not in given and not name.endswith(COUNTERS)],
        "unknown": [name for name in given if name not in wanted],
        "of another shape": [
            f"{name} {given[name]} instead of {shape}"
            for name, shape in wanted.items()
            if name in given and given[name] != shape
        ],
    }
    return "; ".join(f"{len(names)} {flaw} ({_first(names)})" for flaw, names in wrong.items() if names)


def _first(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:SHOWN]) + (", ..." if len(listed) > SHOWN else "")
