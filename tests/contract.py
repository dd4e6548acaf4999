"""A test of the contract that components keep: every check of their kind, one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sightline.checks import checks_for
from sightline.components import build
from sightline.contracts import Component

Check = Callable[[Component], None]


def contract_of(*components: Component | str) -> Callable[[Component, Check], None]:
    """A test function: `test_keeps_the_contract = contract_of(HOG(), "HOG(bins=4)")`."""
    built = [build(one) if isinstance(one, str) else one for one in components]

    @pytest.mark.parametrize(
        ("component", "check"), [(one, check) for one in built for check in checks_for(one)], ids=_id
    )
    def keeps_the_contract(component: Component, check: Check) -> None:
        check(component)

    return keeps_the_contract


def _id(value: Any) -> str:
    return repr(value)[:60] if isinstance(value, Component) else str(value.__name__)
