"""The setting `strict`: names are accepted only as they are documented."""

import json
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from tests.alfred.calls import JOB_CREATE, JOBS, REMOTE
from tests.support import UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio

SOURCE = {"source": "s3", "container": "c"}


@pytest.fixture(params=[False, True], ids=["lenient", "strict"])
def strict(request: pytest.FixtureRequest) -> bool:
    given: bool = request.param
    return given


@pytest.fixture
def settings(strict: bool) -> Settings:
    return Settings(_env_file=None, database_url="sqlite:///:memory:", strict=strict)


@pytest.mark.parametrize(
    ("where", "body", "problem"),
    [
        (JOB_CREATE, {"sessionId": UNKNOWN_ID}, "'sessionId' is spelled 'session_id'"),
        (
            JOB_CREATE,
            {"session_id": UNKNOWN_ID, "fileName": None},
            "'fileName' is spelled 'file_name'",
        ),
        (REMOTE, {**SOURCE, "filename": "a"}, "'filename' is spelled 'file_name'"),
        (REMOTE, {**SOURCE, "filenames": ["a"]}, "'filenames' is spelled 'file_names'"),
        (REMOTE, {"URL": "https://h/a", "url": "https://h/a"}, "'URL' is spelled 'url'"),
        (
            REMOTE,
            {"url": "https://h/a", "propagateMetadata": True},
            "'propagateMetadata' is spelled 'propagate_metadata'",
        ),
    ],
)
async def test_a_field_in_another_spelling(
    client: httpx.AsyncClient, strict: bool, where: str, body: dict[str, Any], problem: str
) -> None:
    answer = await client.post(where, content=json.dumps(body), headers=WITH_KEY)
    if strict:
        message = f"Field {problem} in the documentation."
        assert (answer.status_code, answer.json()["message"]) == (400, message)
    else:
        assert answer.status_code == (404 if where == JOB_CREATE else 200)


@pytest.mark.parametrize("name", ["currentpage", "current_page", "PageSize"])
async def test_a_parameter_in_another_spelling(
    client: httpx.AsyncClient, strict: bool, name: str
) -> None:
    answer = await client.get(JOBS, params={name: "x"}, headers=WITH_KEY)
    assert answer.status_code == (400 if strict else 200)
    if strict:
        assert f"'{name}' is spelled '" in answer.json()["message"]


@pytest.mark.parametrize(
    ("where", "body"),
    [
        (JOB_CREATE, {"session_id": UNKNOWN_ID, "propagate_metadata": True, "unknown": 1}),
        (REMOTE, {"url": "https://h/a", "file_name": None, "metadata": {"fileName": 1}}),
    ],
)
async def test_documented_and_unknown_names_are_accepted(
    client: httpx.AsyncClient, where: str, body: dict[str, Any]
) -> None:
    answer = await client.post(where, content=json.dumps(body), headers=WITH_KEY)
    assert answer.status_code == (404 if where == JOB_CREATE else 200)
    answer = await client.get(f"{JOBS}?currentPage=1&pageSize=2&other=3", headers=WITH_KEY)
    assert answer.status_code == 200
