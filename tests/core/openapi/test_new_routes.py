"""A route that is added is described in full by itself."""

from typing import Any

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from alfred_mock.core.errors import BadRequest, ErrorBody, Unavailable, describe_errors
from alfred_mock.core.openapi import DocumentedApp, Links


class Made(BaseModel):
    """What was made."""

    thing_id: str
    comment: str | None
    error: ErrorBody


def _document(links: Links) -> dict[str, Any]:
    router = APIRouter(tags=["Thing"])

    @router.post("/thing", response_model=Made, responses=describe_errors(Unavailable))
    async def make() -> None:
        """Make a thing."""

    @router.get("/thing/{id}", response_model=list[Made], responses=describe_errors(BadRequest))
    async def show(id: str) -> None:  # noqa: A002
        """Show a thing."""

    app = DocumentedApp(links=links, public_url="https://mock.example/base")
    app.include_router(router)
    return app.openapi()


def test_it_gets_headers_answers_examples_and_words() -> None:
    document = _document({})
    made = document["paths"]["/thing"]["post"]
    assert set(made["responses"]) == {"200", "400", "405", "503"}
    assert made["responses"]["405"]["headers"]["Allow"]["example"] == "POST"
    assert made["responses"]["503"]["headers"]["Retry-After"]["schema"] == {"type": "integer"}
    assert "X-Request-ID" in made["responses"]["200"]["headers"]
    assert made["responses"]["200"]["description"] == "What was made."
    assert made["responses"]["200"]["content"]["application/json"]["example"] == {
        "thing_id": "thing id",
        "comment": None,
        "error": {"error": "error", "message": "message"},
    }
    assert made["security"] == []
    assert document["servers"][0]["url"] == "https://mock.example/base"
    assert document["tags"] == [
        {"name": "Thing", "description": "A route that is added is described in full by itself."}
    ]


def test_its_ids_are_linked() -> None:
    document = _document({"Made.thing_id": ["thing-show"]})
    links = document["paths"]["/thing"]["post"]["responses"]["200"]["links"]
    assert links["thing-show"]["parameters"] == {"id": "$response.body#/thing_id"}
    assert "422" not in document["paths"]["/thing/{id}"]["get"]["responses"]


def test_a_link_to_nowhere_is_an_error() -> None:
    with pytest.raises(ValueError, match="no operation is called thing-hide"):
        _document({"Made.thing_id": ["thing-hide"]})
