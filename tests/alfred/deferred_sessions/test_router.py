"""`/api/deferred` as the documentation page shows it, on both databases."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest

from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.settings import Settings
from tests.support import COMPANY, UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).parents[3] / "examples"
CREATE = "/api/deferred/create"
DETAIL = "/api/deferred/detail"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")


async def _create(client: httpx.AsyncClient) -> str:
    answer = await client.post(CREATE, headers=WITH_KEY)
    assert answer.status_code == 200
    session_id: str = answer.json()["session_id"]
    return session_id


async def test_create_answers_with_nothing_but_an_id(client: httpx.AsyncClient) -> None:
    answer = await client.post(CREATE, headers=WITH_KEY)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json()) == ["session_id"]
    session_id = answer.json()["session_id"]
    assert parse_uuid(session_id) == session_id


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain", "nonsense"])
@pytest.mark.parametrize("body", [b"", b"{}", b'{"any": ["thing"]}', b"null", b"{not json", b"\0"])
async def test_create_ignores_whatever_body_comes(
    client: httpx.AsyncClient, content_type: str | None, body: bytes
) -> None:
    headers = {**WITH_KEY, **({"Content-Type": content_type} if content_type else {})}
    assert (await client.post(CREATE, headers=headers, content=body)).status_code == 200


async def test_a_new_session_is_open_and_belongs_to_its_creator(client: httpx.AsyncClient) -> None:
    session_id = await _create(client)
    answer = await client.get(f"{DETAIL}/{session_id}", headers=WITH_KEY)
    assert answer.status_code == 200
    session = answer.json()
    assert _DATE.fullmatch(session["creation_date"])
    assert session == {
        "id": session_id,
        "creation_date": session["creation_date"],
        "update_date": session["creation_date"],
        "status": "open",
        "user_name": "API Key 1",
        "company_id": COMPANY,
        "job_id": None,
    }


async def test_the_fields_are_in_the_documented_order(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{DETAIL}/{await _create(client)}", headers=WITH_KEY)
    assert list(answer.json()) == [
        "id",
        "creation_date",
        "update_date",
        "status",
        "user_name",
        "company_id",
        "job_id",
    ]


async def test_an_id_is_found_in_upper_case(client: httpx.AsyncClient) -> None:
    session_id = await _create(client)
    answer = await client.get(f"{DETAIL}/{session_id.upper()}", headers=WITH_KEY)
    assert answer.json()["id"] == session_id


@pytest.mark.parametrize("asked", [UNKNOWN_ID, UNKNOWN_ID.upper()])
async def test_an_unknown_id_is_answered_with_the_documented_body(
    client: httpx.AsyncClient, asked: str
) -> None:
    answer = await client.get(f"{DETAIL}/{asked}", headers=WITH_KEY)
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Not Found",
        "message": f"Deferred Session with ID {UNKNOWN_ID} does not exist.",
    }


@pytest.mark.parametrize(
    "asked", ["xyz", "1", UNKNOWN_ID[:-1], UNKNOWN_ID.replace("-", ""), "%00", "%F0%9F%92%A9"]
)
async def test_an_id_that_is_no_uuid_is_a_bad_request(
    client: httpx.AsyncClient, asked: str
) -> None:
    answer = await client.get(f"{DETAIL}/{asked}", headers=WITH_KEY)
    assert answer.status_code == 400
    assert answer.json() == {"error": "Bad Request", "message": "Parameter 'id' must be a UUID."}


async def test_concurrent_creates_all_get_sessions_of_their_own(client: httpx.AsyncClient) -> None:
    ids = await asyncio.gather(*(_create(client) for _ in range(50)))
    assert len(set(ids)) == 50
    for session_id in ids:
        assert (await client.get(f"{DETAIL}/{session_id}", headers=WITH_KEY)).status_code == 200


class TestDocumentedExamples:
    """With the example seed the page's own examples come back byte for byte."""

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        return Settings(
            _env_file=None, database_url=database_url, seed=EXAMPLES / "documented.yaml"
        )

    async def test_the_documented_session_is_served_to_the_letter(
        self, client: httpx.AsyncClient
    ) -> None:
        documented = {
            "id": "0f767925-b464-4ffa-b621-1a0aeacad257",
            "creation_date": "2022-11-17T00:00:00.000",
            "update_date": "2022-11-17T00:00:00.000",
            "status": "open",
            "user_name": "SuperTagShelf",
            "company_id": "286e2ed0-3626-4faa-a745-8ebf3488fbd7",
            "job_id": None,
        }
        answer = await client.get(f"{DETAIL}/{documented['id']}", headers=WITH_KEY)
        assert answer.content == json.dumps(documented, separators=(",", ":")).encode()

    async def test_the_documented_error_is_served_to_the_letter(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get(
            f"{DETAIL}/456f1234-e89b-12d3-a456-426655440000", headers=WITH_KEY
        )
        assert answer.content == (
            b'{"error":"Not Found","message":"Deferred Session with ID'
            b' 456f1234-e89b-12d3-a456-426655440000 does not exist."}'
        )

    async def test_a_closed_session_shows_its_job(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(
            f"{DETAIL}/0f767925-b464-4ffa-b621-1a0aeacac256", headers=WITH_KEY
        )
        session = answer.json()
        assert session["status"] == "closed"
        assert session["job_id"] == "b0d2f5c6-7f6d-4a55-9b0c-0f6a2f1c9d11"
        assert session["update_date"] > session["creation_date"]

    async def test_a_session_of_another_company_does_not_exist(
        self, client: httpx.AsyncClient
    ) -> None:
        other = {"X-TagshelfAPI-Key": "another-company-key"}
        theirs = (await client.post(CREATE, headers=other)).json()["session_id"]
        answer = await client.get(f"{DETAIL}/{theirs}", headers=WITH_KEY)
        assert answer.status_code == 404
        assert answer.json()["message"] == f"Deferred Session with ID {theirs} does not exist."
