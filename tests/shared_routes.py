"""Routes are worked out once in a process, not once for each application."""

from typing import Any

from fastapi import routing

_made: dict[tuple[int, str], tuple[Any, Any]] = {}


def share_routes() -> None:
    """Let all applications of a process share what FastAPI works out about their routes.

    It does so at the first request of each application. That takes longer than most tests, and
    comes to the same each time: the routers are those of the modules.
    """
    contexts = getattr(routing, "_EffectiveRouteContext", None)
    if contexts is None:  # another version of FastAPI: the tests only take longer
        return
    make = contexts.from_api_route

    def shared(*, original_route: Any, include_context: Any) -> Any:
        app = include_context.dependency_overrides_provider
        # What a control API declares for all of its routes depends on its settings.
        if type(app).__name__ != "Application" or app.dependency_overrides:
            return make(original_route=original_route, include_context=include_context)
        key = id(original_route), include_context.prefix
        if key not in _made:
            made = make(original_route=original_route, include_context=include_context)
            _made[key] = original_route, made  # with the route, so that its id is not used again
        return _made[key][1]

    contexts.from_api_route = shared
