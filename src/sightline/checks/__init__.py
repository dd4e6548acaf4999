"""The public battery that every component passes, ours and those of others.

    check_component(MyDescriptor())                     # all checks, at the first failure CheckFailure

    @pytest.mark.parametrize("check", checks_for(MyDescriptor()), ids=lambda check: check.__name__)
    def test_my_descriptor(check):                      # or one by one
        check(MyDescriptor())

A check is a function of one component; it works on clones that it fits on small data drawn here, and its name says what
must hold.
"""

from sightline.checks.battery import check_component, checks_for
from sightline.checks.items import CheckFailure

__all__ = ["CheckFailure", "check_component", "checks_for"]
