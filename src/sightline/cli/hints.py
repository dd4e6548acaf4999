"""What a word of timm, fastai or Keras is called here, for who types it first."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NETWORK = "a trained network is given with --backbone NAME_OR_FILE"
_EPOCHS = (
    'fit is told how long (--time 20m), not how often; to fine-tune: --backbone WEIGHTS --only "FineTuned(epochs=5) > '
    'LogisticRegression()"'
)
_OPTIONS_OF_FIT = {"--model": _NETWORK, "--arch": _NETWORK, "--epochs": _EPOCHS, "--epoch": _EPOCHS}
_VERBS = {"train": "the verb is fit: sightline fit DATA"}


def hint(arguments: Sequence[str], misunderstood: str) -> str | None:
    """How what is asked for is said here; None where nobody else says it so.

    Args:
        arguments: the command line without its first word.
        misunderstood: what Typer said of it.

    >>> hint(["fit", "d", "--arch", "resnet18"], "No such option: --arch")
    'a trained network is given with --backbone NAME_OR_FILE'
    """
    unknown = re.match(r"No such (?:option: (--[\w-]+)|command '(\w+)')", misunderstood)
    if unknown is None:
        return None
    option, verb = unknown.groups()
    if option is None:
        return _VERBS.get(verb)
    return _OPTIONS_OF_FIT.get(option) if arguments[:1] == ["fit"] else None
