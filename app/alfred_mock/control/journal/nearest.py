"""The route that somebody may have meant."""

import difflib
from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.routing import APIRoute

_MOST_REMEMBERED = 500
_LONGEST_PATH = 200


class NearestRoute:
    """Finds the route that is most like what was called."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes = [
            (method, route.path)
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute)
            for method in sorted(route.methods or ())
        ]
        self._found: dict[tuple[str, str], str] = {}

    def to(self, method: str, path: str) -> str:
        """Method and path of the nearest route; how alike two paths are weighs most."""
        path = path[:_LONGEST_PATH]
        if (method, path) not in self._found:
            if len(self._found) >= _MOST_REMEMBERED:
                self._found.clear()
            nearest = max(self._routes, key=lambda route: _likeness(method, path, route))
            self._found[method, path] = " ".join(nearest)
        return self._found[method, path]


def _likeness(method: str, path: str, route: tuple[str, str]) -> tuple[float, bool]:
    route_method, route_path = route
    segments = path.split("/")
    # A parameter is like anything that stands in its place.
    filled = [
        segments[index] if part.startswith("{") and index < len(segments) else part
        for index, part in enumerate(route_path.split("/"))
    ]
    alike = difflib.SequenceMatcher(None, path.lower(), "/".join(filled).lower()).ratio()
    return round(alike, 2), method == route_method
