"""`POST /api/job/create`: what a body may say, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.alfred.calls import (
    FILE,
    JOB,
    JOB_CREATE,
    NOON,
    SESSION,
    WITH_OTHER_KEY,
    freeze,
    get,
    job_of_session,
    new_session,
    rows_of,
    try_job,
    upload,
)
from tests.alfred.seeds import write_seed
from tests.support import UNKNOWN_ID, WITH_KEY

pytestmark = pytest.mark.anyio


async def _session_with_file(client: httpx.AsyncClient, metadata: Any = None) -> str:
    session_id = await new_session(client)
    await upload(client, session_id, metadata=metadata)
    return session_id


async def _job(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    job_id = await job_of_session(client, await _session_with_file(client), **asked)
    job: dict[str, Any] = await get(client, JOB, job_id)
    return job


async def _send(client: httpx.AsyncClient, body: str | bytes) -> httpx.Response:
    return await client.post(JOB_CREATE, content=body, headers=WITH_KEY)


async def test_it_answers_with_nothing_but_the_jobs_id(client: httpx.AsyncClient) -> None:
    answer = await try_job(client, session_id=await _session_with_file(client))
    assert answer.status_code == 200
    assert list(answer.json()) == ["job_id"]


async def test_it_closes_the_session(app: Application, client: httpx.AsyncClient) -> None:
    freeze(app, NOON)
    session_id = await _session_with_file(client)
    freeze(app, NOON + 1_000)
    job_id = await job_of_session(client, session_id)
    session = await get(client, SESSION, session_id)
    assert (session["status"], session["job_id"]) == ("closed", job_id)
    assert session["creation_date"] == "2023-11-14T22:13:20.000"
    assert session["update_date"] == "2023-11-14T22:13:21.000"


async def test_the_job_has_all_files_of_the_session_in_order(client: httpx.AsyncClient) -> None:
    session_id, other = await new_session(client), await new_session(client)
    await upload(client, other, "other.pdf")
    ids = [await upload(client, session_id, name) for name in ("b.pdf", "a.pdf", "c.pdf")]
    job = await get(client, JOB, await job_of_session(client, session_id))
    assert sorted(file["id"] for file in job["files"]) == sorted(ids)
    assert job["file_count"] == job["file_sources_count"] == 3


async def test_an_unknown_session(client: httpx.AsyncClient) -> None:
    answer = await try_job(client, session_id=UNKNOWN_ID)
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Not Found",
        "message": f"Deferred Session with ID {UNKNOWN_ID} does not exist.",
    }


async def test_a_session_becomes_one_job_only(client: httpx.AsyncClient) -> None:
    session_id = await _session_with_file(client)
    job_id = await job_of_session(client, session_id)
    answer = await try_job(client, session_id=session_id)
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "Conflict",
        "message": f"Deferred Session with ID {session_id} is closed.",
    }
    assert (await get(client, SESSION, session_id))["job_id"] == job_id


async def test_a_session_without_files_stays_open(client: httpx.AsyncClient) -> None:
    session_id = await new_session(client)
    answer = await try_job(client, session_id=session_id)
    assert answer.status_code == 400
    assert answer.json()["message"] == f"Deferred Session with ID {session_id} has no files."
    assert (await get(client, SESSION, session_id))["status"] == "open"


class TestAcrossCompanies:
    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path) -> Settings:
        return Settings(_env_file=None, database_url=database_url, seed=write_seed(tmp_path))

    async def test_a_session_of_another_company_does_not_exist(
        self, client: httpx.AsyncClient
    ) -> None:
        session_id = await _session_with_file(client)
        answer = await try_job(client, WITH_OTHER_KEY, session_id=session_id)
        assert answer.status_code == 404
        assert (await get(client, SESSION, session_id))["status"] == "open"


class TestBody:
    """How the body is read does not depend on the database."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    @pytest.mark.parametrize("content_type", ["text/plain", "application/json; charset=x", "?"])
    async def test_the_content_type_does_not_matter(
        self, client: httpx.AsyncClient, content_type: str
    ) -> None:
        body = json.dumps({"session_id": await _session_with_file(client)})
        headers = {**WITH_KEY, "Content-Type": content_type}
        assert (await client.post(JOB_CREATE, content=body, headers=headers)).status_code == 200

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({}, "Field 'session_id' is required."),
            ({"session_id": None}, "Field 'session_id' is required."),
            ({"session_id": "xyz"}, "Field 'session_id' must be a UUID."),
            ({"session_id": ""}, "Field 'session_id' must be a UUID."),
            ({"session_id": 1}, "Field 'session_id' must be a valid string."),
            ({"session_id": "\ud800"}, "Field 'session_id' must be a UUID."),
        ],
        ids=str,
    )
    async def test_a_session_id_that_is_none(
        self, client: httpx.AsyncClient, asked: dict[str, Any], message: str
    ) -> None:
        answer = await _send(client, json.dumps(asked))
        assert answer.status_code == 400
        assert answer.json()["error"] == "Bad Request"
        assert answer.json()["message"].startswith(message)

    async def test_the_id_that_the_net_client_sends_for_none_is_unknown(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await try_job(client, session_id="00000000-0000-0000-0000-000000000000")
        assert answer.status_code == 404

    @pytest.mark.parametrize(
        "body", ["", "[]", "null", "{", "NaN", '{"metadata": NaN}', "[" * 100_000, "\x00", "é"]
    )
    async def test_what_is_no_json_object(self, client: httpx.AsyncClient, body: str) -> None:
        answer = await _send(client, body)
        assert answer.status_code == 400
        assert answer.json() == {
            "error": "Bad Request",
            "message": "The body must be a JSON object.",
        }

    async def test_nulls_are_as_good_as_nothing(self, client: httpx.AsyncClient) -> None:
        names = [
            *("propagate_metadata", "merge", "decompose", "metadata", "channel", "priority"),
            *("parent_file_prefix", "page_rotation", "container", "file_name", "file_names"),
        ]
        job = await _job(client, **dict.fromkeys(names))
        assert (job["channel"], job["priority"], job["merge"]) == ("api", "normal", False)
        assert job["decomposed_page_rotation"] == -1

    async def test_unknown_fields_are_ignored(self, client: httpx.AsyncClient) -> None:
        job = await _job(client, id=UNKNOWN_ID, stage="failed", company_id=1, else_=[{}])
        assert (job["stage"], job["id"] == UNKNOWN_ID) == ("completed", False)

    async def test_what_was_asked_for_is_shown(self, client: httpx.AsyncClient) -> None:
        job = await _job(
            client,
            propagate_metadata=True,
            merge=True,
            decompose=True,
            metadata={"a": 1},
            channel="library",
            parent_file_prefix="In/box",
            page_rotation=90,
            container="c",
            file_name="n",
            file_names=["x", "y"],
            priority="high",
        )
        expected = {
            "propagate_metadata": True,
            "merge": True,
            "decompose": True,
            "metadata": '{"a":1}',
            "channel": "library",
            "parent_file_prefix": "In/box",
            "decomposed_page_rotation": 90,
            "container": "c",
            "remote_file_name": "n",
            "remote_file_names": ["x", "y"],
            "priority": "high",
        }
        assert {name: job[name] for name in expected} == expected

    async def test_camel_case_is_understood(self, client: httpx.AsyncClient) -> None:
        body = {
            "sessionId": (await _session_with_file(client)).upper(),
            "propagateMetadata": True,
            "parentFilePrefix": "p",
            "pageRotation": 180,
            "fileName": "n",
            "fileNames": ["x"],
        }
        job_id = (await _send(client, json.dumps(body))).json()["job_id"]
        job = await get(client, JOB, job_id)
        shown = ("propagate_metadata", "parent_file_prefix", "decomposed_page_rotation")
        assert [job[name] for name in shown] == [True, "p", 180]
        assert (job["remote_file_name"], job["remote_file_names"]) == ("n", ["x"])

    @pytest.mark.parametrize("names", [("filename", "filenames"), ("file_name", "file_names")])
    async def test_either_spelling_of_file_names_is_understood(
        self, client: httpx.AsyncClient, names: tuple[str, str]
    ) -> None:
        job = await _job(client, **{names[0]: "n", names[1]: ["x"]})
        assert (job["remote_file_name"], job["remote_file_names"]) == ("n", ["x"])

    @pytest.mark.parametrize("field", ["channel", "parent_file_prefix", "container", "file_name"])
    @pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 1_025, 1, {}], ids=ascii)
    async def test_a_text_that_no_database_takes_is_a_bad_request(
        self, client: httpx.AsyncClient, field: str, text: Any
    ) -> None:
        session_id = await _session_with_file(client)
        answer = await _send(client, json.dumps({"session_id": session_id, field: text}))
        assert answer.status_code == 400
        assert f"'{field}'" in answer.json()["message"] or field == "file_name"
        assert (await get(client, SESSION, session_id))["status"] == "open"

    @pytest.mark.parametrize("text", ["", "é€😀", "\u202e", "'; DROP TABLE job; --", "x" * 1_024])
    async def test_any_other_text_is_kept(self, client: httpx.AsyncClient, text: str) -> None:
        assert (await _job(client, channel=text))["channel"] == text

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("priority", "urgent"),
            ("merge", "perhaps"),
            ("decompose", []),
            ("page_rotation", 10**30),
            ("page_rotation", 361),
            ("page_rotation", 1.5),
            ("file_names", "x"),
            ("file_names", ["\x00"]),
            ("file_names", [None]),
        ],
        ids=str,
    )
    async def test_a_field_that_is_not_what_it_should_be(
        self, client: httpx.AsyncClient, field: str, value: Any
    ) -> None:
        answer = await try_job(
            client, session_id=await _session_with_file(client), **{field: value}
        )
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Field '")

    @pytest.mark.parametrize(
        ("given", "shown", "objects"),
        [
            (None, None, 0),
            ("", None, 0),
            ("null", None, 0),
            ({}, "{}", 1),
            ({"a": {"b": [1.5, None, True]}}, '{"a":{"b":[1.5,null,true]}}', 1),
            ('{ "a" : 1 }', '{"a":1}', 1),
            ("just text", '"just text"', 1),
            ("[1, 2]", "[1,2]", 2),
            ([], "[]", 0),
            ([{"a": 1}, {"b": 2}, 3], '[{"a":1},{"b":2},3]', 3),
            (1, "1", 1),
            (False, "false", 1),
            ({"a\x00": "\ud800"}, '{"a\\u0000":"\\ud800"}', 1),
            (10**300, "1" + "0" * 300, 1),
        ],
        ids=ascii,
    )
    async def test_metadata_is_shown_as_json_text(
        self, client: httpx.AsyncClient, given: Any, shown: str | None, objects: int
    ) -> None:
        job = await _job(client, metadata=given)
        assert (job["metadata"], job["metadata_objects_count"]) == (shown, objects)

    @pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5_000])
    async def test_a_number_beyond_all_bounds_is_a_bad_request(
        self, client: httpx.AsyncClient, number: str
    ) -> None:
        session_id = await _session_with_file(client)
        body = f'{{"session_id": "{session_id}", "metadata": {{"a": {number}}}}}'
        assert (await _send(client, body)).status_code == 400

    async def test_metadata_is_as_deep_as_is_allowed_or_refused(
        self, client: httpx.AsyncClient
    ) -> None:
        for depth in (1, 100, 101, *range(800, 1_010, 10)):
            session_id = await _session_with_file(client)
            metadata = "[" * depth + "]" * depth
            body = f'{{"session_id": "{session_id}", "metadata": {metadata}}}'
            answer = await _send(client, body)
            assert answer.status_code == (200 if depth <= 100 else 400), depth
            if depth <= 100:
                assert (await get(client, JOB, answer.json()["job_id"]))["metadata"] == metadata

    async def test_a_body_of_more_than_a_mebibyte_is_too_large(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await try_job(client, metadata="x" * 1_048_576)
        assert answer.status_code == 413


class TestPropagation:
    """`propagate_metadata` attaches the job's metadata to its files."""

    @pytest.mark.parametrize(
        ("propagate", "of_file", "of_job", "shown"),
        [
            (False, {"a": 1}, {"b": 2}, '{"a":1}'),
            (False, None, {"b": 2}, ""),
            (True, None, {"b": 2}, '{"b":2}'),
            (True, {"a": 1}, {"b": 2}, '{"a":1,"b":2}'),
            (True, {"a": 1}, {"a": 2}, '{"a":2}'),
            (True, {"a": 1}, None, '{"a":1}'),
            (True, [1], {"b": 2}, '{"b":2}'),
            (True, {"a": 1}, [2], "[2]"),
            (True, {"a": 1}, '{"b": 2}', '{"a":1,"b":2}'),
        ],
    )
    async def test_each_file_has_the_metadata_that_results(
        self,
        client: httpx.AsyncClient,
        propagate: bool,
        of_file: Any,
        of_job: Any,
        shown: str,
    ) -> None:
        session_id = await _session_with_file(client, of_file)
        asked = {"propagate_metadata": propagate, "metadata": of_job}
        job = await get(client, JOB, await job_of_session(client, session_id, **asked))
        assert (await get(client, FILE, job["files"][0]["id"]))["metadata"] == shown

    async def test_what_is_propagated_chooses_the_outcome(self, client: httpx.AsyncClient) -> None:
        job = await _job(
            client, propagate_metadata=True, metadata={"alfred_mock_outcome": "file_failed"}
        )
        assert job["files"][0]["status"] == "failed"


async def test_nothing_is_stored_of_a_job_that_is_refused(
    app: Application, client: httpx.AsyncClient
) -> None:
    session_id = await _session_with_file(client)
    await try_job(client, session_id=session_id, priority="?")
    await try_job(client, session_id=UNKNOWN_ID)
    await try_job(client, session_id=await new_session(client))
    assert await rows_of(app.services.database, "job") == 0
    assert await rows_of(app.services.database, "file_value") == 0
