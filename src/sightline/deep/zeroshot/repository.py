"""Where the towers that somebody asks for lie: in a folder, or in the hub's cache, which may fetch them; no torch."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sightline.deep.weights.reaching import ANSWER_S, latest, library, place_of, repositories, unfetched
from sightline.deep.zeroshot.config import FILE
from sightline.errors import InputError, nearest
from sightline.extras import need

WEIGHTS = ("open_clip_model.safetensors", "model.safetensors")
"""As open_clip saves them, and as others do; nothing that is pickled is ever read."""
PICKLED = (".bin", ".pt", ".pth", ".ckpt")
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
MAX_WEIGHTS_BYTES = 8_000_000_000
HUB = "hf-hub:"
REPOSITORY = r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}"
NAMED = r"[A-Za-z0-9][\w.-]{0,80}/[a-z0-9][\w-]{0,80}"
"""ARCHITECTURE/WEIGHTS as open_clip lists them."""
PREFERRED = ("ViT-B-16-SigLIP", "CLIP-ViT-B-32", "ViT-B-32", "clip")
"""What is taken of several in the cache where nobody asked for one: what two cores can bear."""
INSTEAD = f"--backbone a folder with {FILE} and {WEIGHTS[0]}"
EXAMPLE = "a folder as open_clip saves one, hf-hub:ORGANIZATION/NAME, or a name of open_clip, as ViT-B-32/openai"


def is_image_text(asked: str) -> bool:
    """Whether `asked` is of the form that means towers of pictures and texts, rather than weights of pictures alone."""
    return asked.startswith(HUB) or os.path.isfile(Path(asked) / FILE) or _is_named(asked)


def folder_of(asked: str) -> tuple[Path, str]:
    """The folder that holds the configuration and weights, and what people call them.

    Raises:
        InputError: no such folder or name, no weights that can be read, or they are not in the cache and cannot be
            fetched.
        MissingExtraError: a name has to be looked up, and the extra [deep] is not installed.
    """
    if asked.strip() and os.path.isdir(asked):  # never raises, as `Path.is_dir` does of what is too long for a name
        return Path(asked), Path(asked).resolve().name
    if asked.startswith(HUB):
        repository = asked.removeprefix(HUB)
        if not re.fullmatch(REPOSITORY, repository):
            raise InputError(f'"{asked[:120]}" is no repository; allowed: {EXAMPLE}')
        return _hub_folder(repository), repository.split("/")[1]
    if not _is_named(asked):
        raise InputError(f'"{asked[:120]}" is no image-text network: there is no such folder; allowed: {EXAMPLE}')
    _check_reachable(asked)
    return _hub_folder(_repository_of(asked)), asked.replace("/", ".")


def weights_in(folder: Path) -> Path:
    """The weights in a folder.

    Raises:
        InputError: none, pickled ones alone, or larger than allowed.
    """
    found = next((folder / name for name in WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        pickled = sorted(path.name for path in folder.glob("*") if path.suffix.lower() in PICKLED)
        if pickled:
            raise InputError(
                f"{folder} holds {pickled[0]}, which is pickled: it may hold code, and is not read; allowed: "
                f"{' or '.join(WEIGHTS)}; save it again with safetensors"
            )
        raise InputError(f"{folder} holds no weights; allowed: {' or '.join(WEIGHTS)} beside {FILE}")
    if (size := found.stat().st_size) > MAX_WEIGHTS_BYTES:
        raise InputError(f"{found} has {size:,} bytes; allowed: {MAX_WEIGHTS_BYTES:,}")
    return found


def at_hand() -> str | None:
    """Towers that the cache has whole, as `folder_of` takes them; None where there are none."""
    names = sorted(_kept_names())
    liked = (name for kind in PREFERRED for name in names if kind in name.split("/")[1])
    chosen = next(liked, names[0] if names else None)
    return None if chosen is None else f"{HUB}{chosen}"


def _is_named(asked: str) -> bool:
    return re.fullmatch(NAMED, asked) is not None and not os.path.exists(asked)


def _hub_folder(repository: str) -> Path:
    return _kept(repository) or _fetched(repository)


def _kept(repository: str) -> Path | None:
    return latest(place_of(repository), _is_whole)


def _is_whole(folder: Path) -> bool:
    return (folder / FILE).is_file() and any((folder / name).is_file() for name in WEIGHTS)


def _kept_names() -> Iterator[str]:
    for name in repositories():
        if re.fullmatch(REPOSITORY, name) and _kept(name) is not None:
            yield name


def _check_reachable(asked: str) -> None:
    """Tell at once what open_clip, which takes seconds to come, would be asked in vain: nothing is kept or fetched."""
    if next(_kept_names(), None) is None:
        library(asked, INSTEAD)


def _fetched(repository: str) -> Path:
    hub = library(repository, INSTEAD)
    try:
        found = Path(hub.hf_hub_download(repository, FILE, etag_timeout=ANSWER_S))
        _first(hub, repository, WEIGHTS)
    except Exception as error:  # each kind of failure has a class of its own there, by the version of the library
        raise unfetched(repository, INSTEAD, error) from None
    for name in TOKENIZER:
        try:
            hub.hf_hub_download(repository, name, etag_timeout=ANSWER_S)
        except Exception:  # CLIP's own tokenizer needs none; where they are needed it is told later
            continue
    return found.parent


def _first(hub: Any, repository: str, names: Sequence[str]) -> None:
    """Fetch the first of the names that the repository has."""
    for number, name in enumerate(names):
        try:
            hub.hf_hub_download(repository, name, etag_timeout=ANSWER_S)
        except Exception:
            if number == len(names) - 1:
                raise
        else:
            return


def _repository_of(asked: str) -> str:
    """The repository of the hub that open_clip names for an architecture and its weights.

    Raises:
        InputError: it knows none, or only a file that is pickled.
        MissingExtraError: the extra [deep] is not installed.
    """
    listed: Any = need("open_clip.pretrained")
    arch, tag = asked.split("/")
    entry = listed.get_pretrained_cfg(arch, tag)
    if not entry:
        known = [f"{one}/{other}" for one in (listed.list_pretrained_models_by_tag(tag) or [arch]) for other in [tag]]
        known += [f"{arch}/{other}" for other in listed.list_pretrained_tags_by_model(arch)]
        raise InputError(f'"{asked}" is no folder and no name of open_clip; {nearest(asked, known)}')
    repository: str = entry.get("hf_hub", "").rpartition("/")[0]
    if not re.fullmatch(REPOSITORY, repository):
        raise InputError(f'"{asked}" comes as a pickled file alone; allowed: {EXAMPLE}')
    return repository
