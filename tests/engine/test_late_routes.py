"""Late routes answer as FastAPI's own do, and nothing of them is built before it is needed."""

from threading import Barrier, Thread
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from alfred_mock.engine.late_routes import LateRoute

pytestmark = pytest.mark.anyio


class Answer(BaseModel):
    """An answer."""

    word: str


async def _word() -> str:
    return "yes"


def _routed(route_class: type[APIRoute]) -> APIRouter:
    router = APIRouter(prefix="/r", tags=["Tag"], route_class=route_class)

    @router.post("/{number}", status_code=201, responses={404: {"model": Answer}}, name="named")
    async def answer(number: int, word: Annotated[str, Depends(_word)]) -> Answer:
        """The description."""
        return Answer(word=word * number)

    return router


def _included(route_class: type[APIRoute]) -> FastAPI:
    app = FastAPI()
    app.include_router(_routed(route_class), prefix="/p")
    return app


def _is_built(route: Any) -> bool:
    return "dependant" in vars(route)


def test_neither_declaring_nor_including_builds_a_route() -> None:
    router = _routed(LateRoute)
    FastAPI().include_router(router)
    route: Any = router.routes[0]
    assert not _is_built(route)
    assert (route.path, route.name, route.methods) == ("/r/{number}", "named", {"POST"})
    assert not _is_built(route)


def test_documentation_is_the_same() -> None:
    assert _included(LateRoute).openapi() == _included(APIRoute).openapi()


@pytest.mark.parametrize("path", ["/p/r/2", "/p/r/x", "/p/r", "/r/2"])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_answers_are_the_same(method: str, path: str) -> None:
    late, own = [
        await _ask(_included(route_class), method, path) for route_class in (LateRoute, APIRoute)
    ]
    assert (late.status_code, late.text) == (own.status_code, own.text)


async def test_it_needs_no_router() -> None:
    app = FastAPI()
    app.router.routes.extend(_routed(LateRoute).routes)
    assert (await _ask(app, "POST", "/r/2")).json() == {"word": "yesyes"}


async def test_an_overridden_dependency_is_overridden() -> None:
    app = _included(LateRoute)
    app.dependency_overrides[_word] = lambda: "no"
    assert (await _ask(app, "POST", "/p/r/1")).json() == {"word": "no"}


def test_threads_that_need_a_route_at_once_all_get_it() -> None:
    route: Any = _routed(LateRoute).routes[0]
    together, found = Barrier(8), []

    def look() -> None:
        together.wait()
        found.append(route.dependant)

    threads = [Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [route.dependant] * 8


def test_what_no_route_has_is_an_attribute_error() -> None:
    route: Any = _routed(LateRoute).routes[0]
    with pytest.raises(AttributeError, match="LateRoute has no nonsense"):
        route.nonsense  # noqa: B018


async def _ask(app: FastAPI, method: str, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.request(method, path)
