"""The sections of the console, and the pages that need no section."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.routing import BaseRoute


class Section(NamedTuple):
    """An entry of the navigation, with the routes of its pages."""

    title: str
    path: str
    """Where its first page is."""
    routes: Sequence[BaseRoute]
