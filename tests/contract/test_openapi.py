"""The OpenAPI document says what the server does."""

from typing import Any

import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app

DETAIL = "/api/deferred/detail/{id}"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    return app.openapi()


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")


def test_the_operation_ids_are_stable(document: dict[str, Any]) -> None:
    ids = {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert ids == {
        "deferred-session-create": "POST /api/deferred/create",
        "deferred-session-detail": f"GET {DETAIL}",
        "authentication-token": "POST /token",
        "alfred-status": "GET /api/tagshelf/status",
        "alfred-who-am-i": "GET /api/tagshelf/who-am-i",
        "alfred-ping": "GET /api/tagshelf/ping",
        "health-livez": "GET /livez",
        "health-readyz": "GET /readyz",
    }


def test_the_three_security_schemes_are_alternatives(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["ApiKey"]["name"] == "X-TagshelfAPI-Key"
    assert schemes["OAuth2"]["flows"]["password"]["tokenUrl"] == "/token"
    assert schemes["HMAC"]["scheme"] == "amx"
    for method, path in (("post", "/api/deferred/create"), ("get", DETAIL)):
        security = document["paths"][path][method]["security"]
        assert security == [{"ApiKey": []}, {"OAuth2": []}, {"HMAC": []}]


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/api/deferred/create", "post", {"200", "401", "503"}),
        (DETAIL, "get", {"200", "400", "401", "404", "503"}),
        ("/token", "post", {"200", "400", "503"}),
        ("/api/tagshelf/status", "get", {"200", "503"}),
        ("/api/tagshelf/who-am-i", "get", {"200", "401", "503"}),
        ("/readyz", "get", {"200", "503"}),
        ("/livez", "get", {"200"}),
    ],
)
def test_every_status_that_can_occur_is_documented_and_no_other(
    document: dict[str, Any], path: str, method: str, statuses: set[str]
) -> None:
    assert set(document["paths"][path][method]["responses"]) == statuses


def test_the_documented_examples_are_in_it(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["SessionCreated"]["example"] == {
        "session_id": "0f767925-b464-4ffa-b621-1a0aeacac256"
    }
    assert schemas["SessionDetail"]["example"]["id"] == "0f767925-b464-4ffa-b621-1a0aeacad257"
    missing = document["paths"][DETAIL]["get"]["responses"]["404"]["content"]["application/json"]
    assert missing["example"] == {
        "error": "Not Found",
        "message": (
            "Deferred Session with ID 456f1234-e89b-12d3-a456-426655440000 does not exist."
        ),
    }
