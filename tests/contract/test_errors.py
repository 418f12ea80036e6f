"""Every error of every route has the documented shape."""

import re

import httpx
import pytest
from fastapi.routing import APIRoute

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application, create_app
from tests.support import UNKNOWN_ID

pytestmark = pytest.mark.anyio

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"]


def _paths() -> list[str]:
    document = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:")).openapi()
    return [re.sub(r"\{\w+\}", "xyz", path) for path in document["paths"]]


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, database_url="sqlite:///:memory:")


@pytest.mark.parametrize("method", _METHODS)
@pytest.mark.parametrize("path", [*_paths(), "/", "/nowhere", "/api/deferred/create/", "/token/x"])
async def test_whatever_is_not_a_success_says_error_and_message(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    if answer.status_code == 200:
        return
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"] == "application/json"
    if method == "HEAD" and not answer.content:
        return
    expected = {"error", "message"}
    if path == "/token" and answer.status_code == 400:
        expected = {"error", "error_description"}
    assert set(answer.json()) == expected
    assert all(isinstance(text, str) and text for text in answer.json().values())


async def test_a_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.put("/api/deferred/create")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["error"] == "Method Not Allowed"


async def _paths_and_methods(client: httpx.AsyncClient, document: str) -> dict[str, set[str]]:
    paths = (await client.get(document)).json()["paths"]
    return {
        re.sub(r"\{\w+\}", UNKNOWN_ID, path): {method.upper() for method in operations}
        for path, operations in paths.items()
    }


@pytest.mark.parametrize("document", ["/openapi.json", "/__admin/openapi.json"])
@pytest.mark.parametrize("method", ["OPTIONS", "BREW"])
async def test_all_methods_of_a_path_are_named(
    client: httpx.AsyncClient, document: str, method: str
) -> None:
    shared = 0
    for path, methods in (await _paths_and_methods(client, document)).items():
        answer = await client.request(method, path)
        assert answer.status_code == (200 if method == "OPTIONS" else 405), path
        assert set(answer.headers["Allow"].split(", ")) == methods, path
        shared += len(methods) > 1
    assert shared or document == "/openapi.json"


async def test_a_page_names_its_methods_too(client: httpx.AsyncClient) -> None:
    answer = await client.options("/docs")
    assert (answer.status_code, answer.headers["Allow"]) == (200, "GET, HEAD")
    assert (await client.options("/nowhere")).status_code == 404


async def test_every_route_is_in_the_document(app: Application) -> None:
    documented = set(app.openapi()["paths"])
    assert {r.path for r in app.routes if isinstance(r, APIRoute) and r.include_in_schema} <= (
        documented
    )
