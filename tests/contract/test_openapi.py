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
        "file-uploadfile": "POST /api/file/uploadfile",
        "file-detail": "GET /api/file/detail/{id}",
        "file-download": "GET /api/file/download/{id}",
        "file-upload": "POST /api/file/upload",
        "job-create": "POST /api/job/create",
        "job-detail": "GET /api/job/detail/{id}",
        "job-all-jobs": "GET /api/job/all",
        "tag-all-tags": "GET /api/tag/all",
        "metadata-values-values-of-file": "GET /api/values/file/{id}",
        "metadata-values-values-of-tag": "GET /api/values/tag/{id}",
        "report-report-of-tag": "GET /api/report/tag/{id}",
        "account-companies": "GET /api/account/companies",
        "account-tags": "GET /api/account/tags/{company_id}",
        "account-webhook": "POST /api/account/webhook",
        "company-cloudinfo": "GET /api/company/cloudinfo",
        "health-livez": "GET /livez",
        "health-readyz": "GET /readyz",
    }


def test_the_three_security_schemes_are_alternatives(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["ApiKey"]["name"] == "X-TagshelfAPI-Key"
    assert schemes["OAuth2"]["flows"]["password"]["tokenUrl"] == "/token"
    assert (schemes["HMAC"]["in"], schemes["HMAC"]["name"]) == ("header", "Authorization")
    needing = {
        path
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if operation["security"]
    }
    assert needing == {path for path in document["paths"] if path.startswith("/api/")} - {
        "/api/tagshelf/status"
    }
    for path in needing:
        for operation in document["paths"][path].values():
            assert operation["security"] == [{"ApiKey": []}, {"OAuth2": []}, {"HMAC": []}]


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/api/deferred/create", "post", {"200", "401", "413", "429", "503"}),
        (DETAIL, "get", {"200", "400", "401", "404", "429", "503"}),
        (
            "/api/file/uploadfile",
            "post",
            {"200", "400", "401", "404", "409", "413", "415", "429", "503"},
        ),
        ("/api/file/detail/{id}", "get", {"200", "400", "401", "404", "429", "503"}),
        (
            "/api/file/download/{id}",
            "get",
            {"200", "206", "304", "400", "401", "404", "412", "416", "429", "503"},
        ),
        ("/api/file/upload", "post", {"200", "400", "401", "413", "415", "429", "503"}),
        (
            "/api/job/create",
            "post",
            {"200", "400", "401", "404", "409", "413", "415", "429", "503"},
        ),
        ("/api/job/detail/{id}", "get", {"200", "400", "401", "404", "429", "503"}),
        ("/api/job/all", "get", {"200", "400", "401", "429", "503"}),
        ("/api/tag/all", "get", {"200", "401", "429", "503"}),
        ("/api/values/file/{id}", "get", {"200", "400", "401", "404", "429", "503"}),
        ("/api/values/tag/{id}", "get", {"200", "400", "401", "404", "429", "503"}),
        ("/api/report/tag/{id}", "get", {"200", "400", "401", "404", "429", "503"}),
        ("/api/account/companies", "get", {"200", "401", "429", "503"}),
        ("/api/account/tags/{company_id}", "get", {"200", "400", "401", "404", "429", "503"}),
        ("/api/company/cloudinfo", "get", {"200", "401", "429", "503"}),
        ("/api/tagshelf/ping", "get", {"200", "401", "429", "503"}),
        ("/token", "post", {"200", "400", "415", "503"}),
        ("/api/tagshelf/status", "get", {"200", "503"}),
        ("/api/tagshelf/who-am-i", "get", {"200", "401", "429", "503"}),
        ("/readyz", "get", {"200", "503"}),
        ("/livez", "get", {"200"}),
    ],
)
def test_every_status_that_can_occur_is_documented_and_no_other(
    document: dict[str, Any], path: str, method: str, statuses: set[str]
) -> None:
    # A second Host header, and another method: what every path answers.
    assert set(document["paths"][path][method]["responses"]) == statuses | {"400", "405"}


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


@pytest.mark.parametrize(
    ("path", "content_type", "required"),
    [
        ("/api/file/uploadfile", "multipart/form-data", ["session_id", "file"]),
        ("/api/job/create", "application/json", ["session_id"]),
    ],
)
def test_the_bodies_are_documented(
    document: dict[str, Any], path: str, content_type: str, required: list[str]
) -> None:
    content = document["paths"][path]["post"]["requestBody"]["content"]
    assert list(content) == [content_type]
    name = content[content_type]["schema"]["$ref"].rpartition("/")[2]
    assert document["components"]["schemas"][name]["required"] == required


def test_of_remote_sources_exactly_one_is_documented(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/file/upload"]["post"]["requestBody"]["content"]
    named = [
        each["$ref"].rpartition("/")[2] for each in content["application/json"]["schema"]["oneOf"]
    ]
    schemas = document["components"]["schemas"]
    assert {name: set(schemas[name]["required"]) for name in named} == {
        "UploadFromUrl": {"url"},
        "UploadFromUrls": {"urls"},
        "UploadFromSource": {"source", "container"},
    }
    assert schemas["UploadFromUrls"]["properties"]["urls"]["maxItems"] == 100


def test_its_ids_lead_from_create_to_values(document: dict[str, Any]) -> None:
    def linked(path: str, method: str) -> set[str]:
        return set(document["paths"][path][method]["responses"]["200"]["links"])

    assert "deferred-session-detail" in linked("/api/deferred/create", "post")
    assert {"file-detail", "file-download"} <= linked("/api/file/uploadfile", "post")
    assert "job-detail" in linked("/api/job/create", "post")
    assert "job-detail" in linked("/api/file/upload", "post")
    assert "metadata-values-values-of-file" in linked("/api/file/detail/{id}", "get")
