"""Routes that FastAPI builds when they are first used, instead of when they are declared.

To build a route takes milliseconds: a validator for each answer and each error that it documents,
and the dependencies of its endpoint. FastAPI does so at import, for every route. A test run uses
few of the routes, and the fast lane needs none of it.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import get_name

_building = RLock()
"""Routers are shared by all applications of a process, and each may run in its own thread."""


class LateRoute(APIRoute):
    """A route that keeps its declaration, and is built as soon as something asks for more.

    The declaration is all that FastAPI reads from the route of a router that an application
    includes: from it, FastAPI builds one for the application, and again no sooner than needed.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, name: str | None = None, **declared: Any
    ) -> None:
        self.path, self.endpoint = path, endpoint
        self.name = name or get_name(endpoint)
        self.form_limits = declared.pop("form_limits", {})
        self.stream_item_type = None
        self.__dict__.update(declared)
        self.methods = {method.upper() for method in declared["methods"] or ["GET"]}
        self._declared: dict[str, Any] | None = declared

    def __getattr__(self, name: str) -> Any:
        """Build what `__init__` has not set."""
        with _building:
            declared = self.__dict__.get("_declared")
            if declared is not None:
                self._declared = None
                super().__init__(self.path, self.endpoint, name=self.name, **declared)
        if name not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no {name}")
        return self.__dict__[name]
