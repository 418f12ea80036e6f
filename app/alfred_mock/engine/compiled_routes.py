"""The fast lane: how a request reaches its endpoint without passing through the framework.

The routers are ordinary FastAPI: they declare dependencies, parameters and answers, OpenAPI is
made from them, and without this module they are served all the same. But between the socket and
an endpoint FastAPI walks every route's pattern, opens two exit stacks, resolves the tree of
dependencies anew and guards each step, which together takes longer than authentication and the
database. So an endpoint is compiled into a plan when it is first called, and a request that exactly
one plan fits is run by it. Everything else (other paths and methods, parameters that are
not valid, endpoints that declare what no plan can do, overridden dependencies) goes the ordinary
way, which is also what words the errors. `docs/performance.md` has the measurements.
"""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.params import Depends
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from alfred_mock.core.error_handlers import answer_to
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.scope_keys import ROUTE


class _NotPlain(Exception):
    """The endpoint declares what only FastAPI can do."""


class Plan:
    """Calls an endpoint after everything that it depends on, each thing once and in order."""

    adapter: TypeAdapter[Any] | None = None
    """Reads the parameter."""
    is_plain: bool
    """Whether all that the endpoint answers is a `JsonReply`."""

    def __init__(self, endpoint: Callable[..., Any], path: str, parameter: str | None) -> None:
        """`path` is the route's template, and `parameter` the one that it ends in."""
        self.path = path
        self.parameter = parameter
        self._steps: list[tuple[Callable[..., Any], str | None, list[tuple[str, int]]]] = []
        self._index: dict[Callable[..., Any], int] = {}
        self.is_plain = inspect.signature(endpoint, eval_str=True).return_annotation is JsonReply
        self._add(endpoint)
        self._call, self._request_name, self._needs = self._steps.pop()
        if parameter is not None and self.adapter is None:
            raise _NotPlain

    def _add(self, call: Callable[..., Any]) -> int:
        if call in self._index:
            return self._index[call]
        if not inspect.iscoroutinefunction(call):
            raise _NotPlain
        request_name, needs = None, []
        for name, declared in inspect.signature(call, eval_str=True).parameters.items():
            marks: tuple[Any, ...] = getattr(declared.annotation, "__metadata__", ())
            if declared.annotation is Request:
                request_name = name
            elif name == self.parameter:
                self.adapter = TypeAdapter(declared.annotation)
            elif len(marks) == 1 and type(marks[0]) is Depends and marks[0].dependency is not None:
                needs.append((name, self._add(marks[0].dependency)))
            else:
                raise _NotPlain
        self._index[call] = len(self._steps)
        self._steps.append((call, request_name, needs))
        return self._index[call]

    async def run(self, request: Request, arguments: dict[str, Any]) -> Any:
        """The endpoint's answer; `arguments` are those that come out of the path."""
        results: list[Any] = []
        for call, request_name, needs in self._steps:
            given = {name: results[index] for name, index in needs}
            if request_name is not None:
                given[request_name] = request
            results.append(await call(**given))
        for name, index in self._needs:
            arguments[name] = results[index]
        if self._request_name is not None:
            arguments[self._request_name] = request
        return await self._call(**arguments)


class FastLane:
    """Runs the requests that a plan fits, and leaves the rest to the application it wraps."""

    def __init__(self, app: ASGIApp, *, routers: Iterable[APIRouter]) -> None:
        self._app = app
        self._plans: dict[tuple[str, str], Plan | None] = {}
        self._not_compiled = {
            (method, route.path.partition("{")[0]): route
            for router in routers
            for route in router.routes
            if isinstance(route, APIRoute) and _ends_in_parameter(route.path)
            for method in route.methods or ()
        }
        self.paths = list(self._not_compiled)
        """The method and the path of each route that may have a plan, without its parameter."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope.get("root_path")
            or scope["app"].dependency_overrides  # they are not in the plans
        ):
            await self._app(scope, receive, send)
            return
        method, path = scope["method"], scope["path"]
        plan = self.plan_of(method, path)
        arguments: dict[str, Any] = {}
        if plan is None or plan.adapter is not None:
            before, _, last = path.rpartition("/")
            plan = self.plan_of(method, before + "/")
            if plan is None or plan.adapter is None or plan.parameter is None:
                await self._app(scope, receive, send)
                return
            try:
                arguments[plan.parameter] = plan.adapter.validate_python(last)
            except ValidationError:
                await self._app(scope, receive, send)
                return
        scope[ROUTE] = plan.path
        request = Request(scope, receive, send)
        try:
            response: Response = await plan.run(request, arguments)
        except Exception as error:
            response = await answer_to(request, error)
        await response(scope, receive, send)

    def plan_of(self, method: str, path: str) -> Plan | None:
        """The plan of an endpoint, if there can be one; `path` is without its parameter."""
        key = method, path
        if key not in self._plans and key in self._not_compiled:
            self._plans[key] = _compile(self._not_compiled.pop(key))
        return self._plans.get(key)


def _ends_in_parameter(path: str) -> bool:
    """Whether a path has no parameter but one at its end; to have none is as good."""
    _, brace, rest = path.partition("{")
    return not brace or rest.removesuffix("}").isidentifier()


def _compile(route: APIRoute) -> Plan | None:
    if not all(isinstance(needed.dependency, SecurityBase) for needed in route.dependencies):
        return None  # only those of the security schemes are mere documentation
    _, brace, rest = route.path.partition("{")
    try:
        return Plan(route.endpoint, route.path, rest.removesuffix("}") if brace else None)
    except _NotPlain:
        return None
