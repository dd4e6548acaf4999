"""Which network some weights belong to and what it is fed, as the files beside the numbers say; no torch is needed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from sightline.errors import InputError
from sightline.networks.feed import MOST_PX, USUAL_MEAN, USUAL_PX, USUAL_STD

MAX_HEADER_BYTES = 50_000_000
MAX_CONFIG_BYTES = 1_000_000
HOW = "the header of a .safetensors file says them: arch (a timm name), and if need be kwargs, mean, std, size"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A timm network and the file of its weights.

    Attributes:
        weights: a safetensors file in timm's naming.
        arch: timm's name of the architecture.
        kwargs: arguments of `timm.create_model`.
        mean, std: of each channel in [0, 1], red first.
        px: longer and shorter side of the input.
    """

    weights: Path
    arch: str
    kwargs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    mean: tuple[float, ...] = USUAL_MEAN
    std: tuple[float, ...] = USUAL_STD
    px: int = USUAL_PX

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """The recipe in the header of a .safetensors file, as "arch", "kwargs", "mean", "std" and "size".

        Raises:
            InputError: no such file, no safetensors file, or a header that does not say which architecture it is.
        """
        texts = _header(path)
        if "arch" not in texts:
            raise InputError(f"{path} does not say which architecture its weights belong to; {HOW}")
        try:
            kwargs = json.loads(texts.get("kwargs", "{}"))
            mean, std = (_numbers(texts.get(name)) for name in ("mean", "std"))
            px = int(texts.get("size", USUAL_PX))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}: its header cannot be understood ({error}); {HOW}") from None
        return cls(path, texts["arch"], kwargs, mean or USUAL_MEAN, std or USUAL_STD, px)._checked()

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """The recipe in a folder as timm's models are kept by the hub's cache: config.json and model.safetensors.

        Raises:
            InputError: a file is missing, or the configuration does not say which architecture it is.
        """
        path = folder / "config.json"
        try:
            with path.open("rb") as file:
                plain = json.loads(file.read(MAX_CONFIG_BYTES))
            trained = plain.get("pretrained_cfg") or {}
            size = trained.get("input_size") or (3, USUAL_PX, USUAL_PX)
            mean, std = trained.get("mean") or USUAL_MEAN, trained.get("std") or USUAL_STD
            kwargs = plain.get("model_args") or {}
            recipe = cls(
                folder / "model.safetensors", str(plain["architecture"]), kwargs, tuple(mean), tuple(std), int(size[1])
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path} says no architecture of timm ({type(error).__name__}: {error})") from None
        return recipe._checked()

    def _checked(self) -> Self:
        numbers = [*self.mean, *self.std]
        fine = len(self.mean) == len(self.std) == 3 and all(isinstance(one, (int, float)) for one in numbers)
        if not fine or min(self.std) <= 0 or not 16 <= self.px <= MOST_PX or not isinstance(self.kwargs, Mapping):
            raise InputError(
                f"{self.weights}: mean {self.mean}, std {self.std} and size {self.px} were given; allowed: three "
                f"numbers each, std above 0, 16 to {MOST_PX} px"
            )
        return self

    def key(self) -> str:
        """A name for everything that decides what the network answers.

        Raises:
            InputError: the weights cannot be read.
        """
        digest = hashlib.sha256()
        try:
            with self.weights.open("rb") as file:
                while block := file.read(1 << 22):
                    digest.update(block)
        except OSError as error:
            raise InputError(f"cannot read {self.weights}: {error.strerror}; give a .safetensors file") from None
        about = [self.arch, dict(self.kwargs), self.mean, self.std, self.px]
        digest.update(json.dumps(about, sort_keys=True, default=str).encode())
        return digest.hexdigest()


def _header(path: Path) -> dict[str, str]:
    """The texts in the header of a safetensors file."""
    try:
        with path.open("rb") as file:
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


def _numbers(text: str | None) -> tuple[float, ...]:
    """Numbers between commas, perhaps in brackets."""
    return tuple(float(one) for one in text.strip("[]() ").split(",")) if text else ()
