"""Recorded answers are given for routes that the server has not, and for no others."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.control.playback import FILE
from alfred_mock.core.environment import settings_of
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

_SOURCE = "x-alfred-mock-source"
ROUTES: list[dict[str, Any]] = [
    {"method": "GET", "path": f"/api/file/events/{UNKNOWN_ID}", "status": 200, "answer": [1]},
    {"method": "POST", "path": "/api/account/webhooks", "status": 202, "answer": {"id": "x"}},
    # Both are routes of this server.
    {"method": "GET", "path": "/api/tag/all", "status": 200, "answer": "recorded"},
    {"method": "DELETE", "path": "/api/tag/all", "status": 200, "answer": {}},
]


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    (tmp_path / FILE).write_text(json.dumps({"routes": ROUTES, "more": []}))
    return Settings(_env_file=None, database_url=sqlite_url, playback=tmp_path)


@pytest.mark.parametrize("id_", [UNKNOWN_ID, "0f767925-b464-4ffa-b621-1a0aeacad257"])
async def test_an_answer_is_given_for_any_id(client: httpx.AsyncClient, id_: str) -> None:
    answer = await client.get(f"/api/file/events/{id_}?page=2")
    assert (answer.status_code, answer.json()) == (200, [1])
    assert answer.headers[_SOURCE] == "recording"
    assert "x-ratelimit-limit" in answer.headers


async def test_a_body_is_no_obstacle(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/account/webhooks", json={"url": "https://a.test"})
    assert (answer.status_code, answer.json()) == (202, {"id": "x"})


async def test_another_method_of_a_path_may_be_recorded(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/api/tag/all")).headers[_SOURCE] == "recording"


async def test_what_the_server_has_it_answers_itself(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/tag/all", headers=WITH_KEY)
    assert _SOURCE not in answer.headers
    assert answer.json() != "recorded"


async def test_anything_else_is_unknown(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/file/versions/1")).status_code == 404
    assert (await client.post(f"/api/file/events/{UNKNOWN_ID}")).status_code == 404


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"routes": [{}]}', '{"routes": 7}'])
async def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(Refusal, match="not what alfred-mock record writes"):
        create_app(settings_of(playback=tmp_path))


async def test_a_folder_without_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"unknown\.json: No such file"):
        create_app(settings_of(playback=tmp_path))
