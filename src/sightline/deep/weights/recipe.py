"""Which network some weights belong to and what it is fed, as the files beside the numbers say; no torch is needed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Self

from sightline.errors import InputError
from sightline.files import read_small
from sightline.networks.feed import MOST_PX, USUAL_MEAN, USUAL_STD
from sightline.networks.network import LEAST_PX

MAX_HEADER_BYTES = 50_000_000
MAX_CONFIG_BYTES = 1_000_000
HOW = "the header of a .safetensors file says them: arch (a timm name), and if need be kwargs, mean, std, size"
TIMM_NAME = r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?"
"""An architecture, perhaps with a tag; timm itself takes addresses and folders as well, and opens them."""
OURS = ("cache_dir", "checkpoint_path", "device", "features_only", "in_chans", "num_classes")
"""Arguments of `timm.create_model` that no file decides, beside all that begin with "pretrained": some read other files
or open sockets or take memory before anything is compared, the others make a network that gives no embedding of color
pictures."""
MOST_NESTED = 3
"""Lists in lists of an argument."""
MOST_NUMBER, MOST_ITEMS = 16_384, 64
"""The largest number and the longest list in an argument; timm's own come to 10,240 and a dozen."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A timm network and the file of its weights.

    Attributes:
        weights: a safetensors file in timm's naming.
        arch: timm's name of the architecture.
        kwargs: arguments of `timm.create_model`: texts, numbers and lists of them, neither large nor long.
        mean, std: of each channel in [0, 1], red first.
        px: longer and shorter side of the input; 0 for what timm says, known once the network is made.

    Raises:
        InputError: an architecture that is no plain name, arguments that reach beyond it, or numbers out of range.
    """

    weights: Path
    arch: str
    kwargs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    mean: tuple[float, ...] = USUAL_MEAN
    std: tuple[float, ...] = USUAL_STD
    px: int = 0

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """The recipe in the header of a .safetensors file, as "arch", "kwargs", "mean", "std" and "size".

        Raises:
            InputError: no such file, no safetensors file, or a header that does not say which architecture it is or
                says what is not allowed.
        """
        texts = _header(path)
        if "arch" not in texts:
            raise InputError(f"{path} does not say which architecture its weights belong to; {HOW}")
        try:
            kwargs = json.loads(texts.get("kwargs", "{}"))
            mean, std = (_numbers(texts.get(name)) for name in ("mean", "std"))
            px = int(texts.get("size", 0))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: its header cannot be understood ({error}); {HOW}") from None
        return cls(path, texts["arch"], kwargs, mean or USUAL_MEAN, std or USUAL_STD, px)

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """The recipe in a folder as timm's models are kept by the hub's cache: config.json and model.safetensors.

        Raises:
            InputError: a file is missing, or the configuration does not say which architecture it is.
        """
        path = folder / "config.json"
        try:
            plain = json.loads(read_small(path, MAX_CONFIG_BYTES))
            trained = plain.get("pretrained_cfg") or {}
            size = trained.get("input_size") or (3, 0, 0)
            mean, std = trained.get("mean") or USUAL_MEAN, trained.get("std") or USUAL_STD
            kwargs = plain.get("model_args") or {}
            arch, mean, std, px = str(plain["architecture"]), tuple(mean), tuple(std), int(size[1])
        except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
            raise InputError(f"{path} says no architecture of timm ({type(error).__name__}: {error})") from None
        return cls(folder / "model.safetensors", arch, kwargs, mean, std, px)

    def __post_init__(self) -> None:
        if not re.fullmatch(TIMM_NAME, self.arch):
            raise InputError(
                f'{self.weights}: the architecture "{" ".join(self.arch.split())[:80]}" was given; allowed: a name '
                'of timm, as "mobilenetv3_small_100", and no address or folder'
            )
        _check_kwargs(self.weights, self.kwargs)
        fine = len(self.mean) == len(self.std) == 3 and all(
            isinstance(one, (int, float)) and 0 <= one <= 1 for one in (*self.mean, *self.std)
        )
        if not fine or min(self.std) <= 0 or not (self.px == 0 or LEAST_PX <= self.px <= MOST_PX):
            given = f"mean {list(self.mean)}, std {list(self.std)} and size {self.px}"
            raise InputError(
                f"{self.weights}: {given[:200]} were given; allowed: three numbers from 0 to 1 each, std above 0, "
                f"{LEAST_PX} to {MOST_PX} px"
            )

    def key(self) -> str:
        """A name for everything that decides what the network answers.

        Raises:
            InputError: the weights cannot be read.
        """
        return content_key(self.weights, [self.arch, dict(self.kwargs), self.mean, self.std, self.px])


def content_key(weights: Path, about: object) -> str:
    """A name for the bytes of a file and for what is said about them, as plain values.

    Raises:
        InputError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with _opened(weights) as file:
            while block := file.read(1 << 22):
                digest.update(block)
    except OSError as error:
        raise InputError(f"cannot read {weights}: {error.strerror}; give a .safetensors file") from None
    digest.update(json.dumps(about, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _check_kwargs(weights: Path, kwargs: object) -> None:
    """Refuse arguments that are no plain values, ask for any size, or let a file decide what is opened."""
    if not isinstance(kwargs, Mapping):
        raise InputError(f"{weights}: kwargs {str(kwargs)[:80]} were given; allowed: a JSON object, as {{}}")
    refused = [name for name in kwargs if name in OURS or name.startswith("pretrained")]
    if refused:
        raise InputError(
            f'{weights}: kwargs were given with "{refused[0][:80]}"; allowed: what describes the architecture, without '
            f"{', '.join(OURS)} and pretrained; leave it out"
        )
    for name, value in kwargs.items():
        most = MOST_PX if name == "img_size" else MOST_NUMBER
        if not _is_plain(value, most):
            raise InputError(
                f'{weights}: kwargs were given with {str(value)[:80]} for "{name[:80]}"; allowed: a text, a number up '
                f"to {most:,}, true, false, null, or a list of up to {MOST_ITEMS} of them"
            )


def _is_plain(value: object, most: int, nested: int = MOST_NESTED) -> bool:
    if isinstance(value, (list, tuple)):
        return nested > 0 and len(value) <= MOST_ITEMS and all(_is_plain(one, most, nested - 1) for one in value)
    if isinstance(value, (int, float)):
        return abs(value) <= most  # which no NaN is
    return value is None or isinstance(value, str)


def _header(path: Path) -> dict[str, str]:
    """The texts in the header of a safetensors file."""
    try:
        with _opened(path) as file:
            size = struct.unpack("<Q", file.read(8))[0]
            if size > MAX_HEADER_BYTES:
                raise ValueError(f"a header of {size:,} bytes")
            texts = json.loads(file.read(size)).get("__metadata__", {})
        if not isinstance(texts, dict):
            raise ValueError("no table of texts")
        return {str(name): str(text) for name, text in texts.items()}
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give a .safetensors or .onnx file") from None
    except (ValueError, struct.error, AttributeError, RecursionError) as error:
        raise InputError(f"{path} is no safetensors file ({error}); give one, or an .onnx file") from None


def _opened(path: Path) -> BinaryIO:
    """A regular file, however large, to be read from its beginning."""
    read_small(path, 0)  # refuses what would keep its reader for ever: pipes and devices
    return path.open("rb")


def _numbers(text: str | None) -> tuple[float, ...]:
    """Numbers between commas, perhaps in brackets."""
    return tuple(float(one) for one in text.strip("[]() ").split(",")) if text else ()
