"""What a section of the console is.

A new one is a module with a `SECTION`, a line in `application.SECTIONS`, and templates that extend
`base.html`. Endpoints are Starlette's: they read with `console_of` and `companies_of`, change
things with `calls.call`, and answer with `rendering.page`, or `rendering.fragment` for htmx. An
`ApiError` becomes a page or, for htmx, a notice. The tests of `tests/control/console/test_pages.py`
hold for every section by themselves.
"""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.routing import BaseRoute


class Section(NamedTuple):
    """An entry of the navigation, with the routes of its pages."""

    title: str
    path: str
    """Where its first page is."""
    routes: Sequence[BaseRoute]
    within: str = ""
    """What the paths of its other pages begin with, `path` unless given."""

    def has(self, path: str) -> bool:
        """Whether a page belongs to the section."""
        return path == self.path or path.startswith(self.within or f"{self.path}/")
