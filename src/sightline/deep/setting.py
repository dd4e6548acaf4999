"""What components that learn a network take as a parameter."""

from __future__ import annotations

from sightline.contracts import Component


class Setting(Component):
    """A parameter of other components with parameters of its own: no step of a pipeline, and nothing that is fitted.

    The name of the parameter is the name of the class in small letters.
    """
