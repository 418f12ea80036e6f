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
from collections.abc import Callable, Coroutine, Iterable, Mapping
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

Endpoint = Callable[..., Any]


class _NotPlain(Exception):
    """The endpoint declares what only FastAPI can do."""


class Plan:
    """Calls an endpoint after everything that it depends on, each thing once and in order."""

    adapter: TypeAdapter[Any] | None = None
    """Reads the parameter."""
    is_plain: bool
    """Whether all that the endpoint answers is a `JsonReply`."""

    def __init__(
        self, endpoint: Endpoint, path: str, parameter: str | None, known: Mapping[Endpoint, Any]
    ) -> None:
        """`path` is the route's template, and `parameter` the one that it ends in."""
        self.path = path
        self.parameter = parameter
        self.is_plain = inspect.signature(endpoint, eval_str=True).return_annotation is JsonReply
        self._known = known
        self._names: dict[Endpoint, str] = {}
        self._values: dict[str, Any] = {}
        self._lines: list[str] = []
        answer = self._add(endpoint)
        if parameter is not None and self.adapter is None:
            raise _NotPlain
        self._call = self._compiled(answer)

    def run(self, request: Request, argument: Any) -> Coroutine[Any, Any, Any]:
        """The endpoint's answer; `argument` is what comes out of the path, if anything does."""
        return self._call(request, argument)

    def _add(self, call: Endpoint) -> str:
        """The variable that has what a call returns, once the lines so far have run."""
        if call in self._names:
            return self._names[call]
        name = self._names[call] = f"value_{len(self._names)}"
        if call in self._known:
            self._values[name] = self._known[call]
            return name
        if not inspect.iscoroutinefunction(call):
            raise _NotPlain
        given = []
        for own, declared in inspect.signature(call, eval_str=True).parameters.items():
            marks: tuple[Any, ...] = getattr(declared.annotation, "__metadata__", ())
            if declared.annotation is Request:
                given.append(f"{own}=request")
            elif own == self.parameter:
                self.adapter = TypeAdapter(declared.annotation)
                given.append(f"{own}=argument")
            elif len(marks) == 1 and type(marks[0]) is Depends and marks[0].dependency is not None:
                given.append(f"{own}={self._add(marks[0].dependency)}")
            else:
                raise _NotPlain
        self._values[f"call_{name}"] = call
        self._lines.append(f"    {name} = await call_{name}({', '.join(given)})")
        return name

    def _compiled(self, answer: str) -> Callable[[Request, Any], Coroutine[Any, Any, Any]]:
        """The calls as one function; all names in its text are of functions, or made here."""
        lines = ["async def run(request, argument):", *self._lines, f"    return {answer}"]
        exec("\n".join(lines), self._values)  # noqa: S102
        run: Callable[[Request, Any], Coroutine[Any, Any, Any]] = self._values["run"]
        return run


class FastLane:
    """Runs the requests that a plan fits, and leaves the rest to the application it wraps."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routers: Iterable[APIRouter],
        known: Mapping[Endpoint, Any] | None = None,
    ) -> None:
        """`known` has the dependencies that are the same for each request, and what they are."""
        self._app = app
        self._known = known or {}
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
        argument = None
        if plan is None or plan.adapter is not None:
            before, _, last = path.rpartition("/")
            plan = self.plan_of(method, before + "/")
            if plan is None or plan.adapter is None:
                await self._app(scope, receive, send)
                return
            try:
                argument = plan.adapter.validate_python(last)
            except ValidationError:
                await self._app(scope, receive, send)
                return
        scope[ROUTE] = plan.path
        request = Request(scope, receive, send)
        try:
            response: Response = await plan.run(request, argument)
        except Exception as error:
            response = await answer_to(request, error)
        await response(scope, receive, send)

    def plan_of(self, method: str, path: str) -> Plan | None:
        """The plan of an endpoint, if there can be one; `path` is without its parameter."""
        key = method, path
        if key not in self._plans and key in self._not_compiled:
            self._plans[key] = self._compile(self._not_compiled.pop(key))
        return self._plans.get(key)

    def _compile(self, route: APIRoute) -> Plan | None:
        if not all(isinstance(needed.dependency, SecurityBase) for needed in route.dependencies):
            return None  # only those of the security schemes are mere documentation
        _, brace, rest = route.path.partition("{")
        parameter = rest.removesuffix("}") if brace else None
        try:
            return Plan(route.endpoint, route.path, parameter, self._known)
        except _NotPlain:
            return None


def _ends_in_parameter(path: str) -> bool:
    """Whether a path has no parameter but one at its end; to have none is as good."""
    _, brace, rest = path.partition("{")
    return not brace or rest.removesuffix("}").isidentifier()
