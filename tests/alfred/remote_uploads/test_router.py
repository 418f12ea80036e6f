"""`POST /api/file/upload`: files from elsewhere, as a job at once."""

import json
import socket
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.alfred.calls import (
    DOWNLOAD,
    FILE,
    JOB,
    NOTHING_STORED,
    REMOTE,
    get,
    stored,
)
from tests.control.journal.calls import last
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

URL = "https://files.example/folder/a.pdf?x=1#y"
SOURCE = {"source": "s3", "container": "bucket"}


async def _send(client: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await client.post(REMOTE, content=json.dumps(asked), headers=WITH_KEY)


async def _job(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await _send(client, **asked)
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = await get(client, JOB, answer.json()["job_id"])
    return job


async def _files(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    job = await _job(client, **asked)
    return [await get(client, FILE, file["id"]) for file in job["files"]]


async def test_both_names_of_the_answer_are_the_jobs_id(client: httpx.AsyncClient) -> None:
    answer = (await _send(client, url=URL)).json()
    assert list(answer) == ["job_id", "file_id"]
    assert answer["job_id"] == answer["file_id"]
    assert (await get(client, JOB, answer["job_id"]))["id"] == answer["job_id"]


async def test_one_url_is_a_job_of_one_file(client: httpx.AsyncClient) -> None:
    job = await _job(client, url=URL)
    expected = {
        "deferred_session_id": None,
        "input_source_type": "remote_upload",
        "file_urls": [URL],
        "source": None,
        "container": None,
        "remote_file_name": None,
        "remote_file_names": None,
        "parent_file_prefix": "Inbox",
        "channel": "api",
        "priority": "normal",
        "file_count": 1,
        "file_sources_count": 1,
        "stage": "completed",
    }
    assert {name: job[name] for name in expected} == expected
    assert job["files"][0]["file_name"] == "a.pdf"


async def test_several_urls_are_files_in_the_same_order(client: httpx.AsyncClient) -> None:
    urls = [f"https://files.example/{number}.pdf" for number in range(100)]
    job = await _job(client, urls=urls)
    assert job["file_urls"] == urls
    assert [file["file_name"] for file in job["files"]] == [f"{n}.pdf" for n in range(100)]


async def test_a_source_with_one_file(client: httpx.AsyncClient) -> None:
    job = await _job(client, **SOURCE, file_name="folder/b.pdf")
    assert (job["source"], job["container"]) == ("s3", "bucket")
    assert (job["remote_file_name"], job["remote_file_names"]) == ("folder/b.pdf", None)
    assert [file["file_name"] for file in job["files"]] == ["b.pdf"]
    assert job["file_urls"][0].endswith(job["files"][0]["id"])


async def test_a_source_with_several_files(client: httpx.AsyncClient) -> None:
    job = await _job(client, **SOURCE, file_names=["x/b.pdf", "y/b.pdf"])
    assert (job["remote_file_name"], job["remote_file_names"]) == (None, ["x/b.pdf", "y/b.pdf"])
    assert [file["file_name"] for file in job["files"]] == ["b.pdf", "b-1.pdf"]


async def test_the_content_stands_in_for_the_file_and_is_always_the_same(
    client: httpx.AsyncClient,
) -> None:
    files = [(await _files(client, url=URL))[0] for _ in range(2)]
    assert files[0]["md5_hash"] == files[1]["md5_hash"]
    assert files[0]["content_type"] == "application/pdf"
    contents = [
        (await client.get(f"{DOWNLOAD}/{file['id']}", headers=WITH_KEY)).content for file in files
    ]
    assert contents[0] == contents[1]
    assert contents[0].startswith(b"%PDF")
    assert len(contents[0]) == files[0]["file_size"]


async def test_by_default_nobody_is_connected_to(client: httpx.AsyncClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        await _job(client, url=f"http://127.0.0.1:{port}/a.pdf")
        with pytest.raises(BlockingIOError):
            server.accept()


class TestBody:
    """How the body is read does not depend on the database."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"url": None},
            {"url": URL, "urls": [URL]},
            {"url": URL, **SOURCE, "file_name": "a"},
            {"urls": [URL], **SOURCE, "file_name": "a"},
            {"urls": []},
            {"urls": [URL] * 101},
            {"urls": URL},
            {"urls": [None]},
            {"url": [URL]},
            {"url": ""},
            {"url": "a.pdf"},
            {"url": "https://"},
            {"url": "https:///a.pdf"},
            {"url": "https://h/a\x00"},
            {"url": "https://h/a b"},
            {"url": "ftp://h/a.pdf"},
            {"url": "s3://bucket/a.pdf"},
            {"url": "https://h/a\x7f\x01"},
            {"url": "https://[h/a.pdf"},
            {"url": "https://h/%00"},
            {"url": "https://h/\ud800"},
            {"url": "https://h/" + "x" * 2_048},
            SOURCE,
            {"source": "s", "file_name": "a"},
            {"container": "c", "file_name": "a"},
            {**SOURCE, "file_name": "a", "file_names": ["b"]},
            {**SOURCE, "file_names": []},
            {**SOURCE, "file_names": ["a"] * 101},
            {**SOURCE, "file_name": ""},
            {**SOURCE, "file_name": "\x00"},
            {**SOURCE, "file_name": ".."},
            {**SOURCE, "file_name": "x" * 256},
            {"url": URL, "priority": "urgent"},
            {"url": URL, "channel": "\x00"},
            {"url": URL, "merge": []},
        ],
        ids=lambda asked: ascii(asked)[:60],
    )
    async def test_what_is_not_understood_is_a_bad_request(
        self, app: Application, client: httpx.AsyncClient, asked: dict[str, Any]
    ) -> None:
        answer = await _send(client, **asked)
        assert answer.status_code == 400
        assert answer.json()["error"] == "Bad Request"
        assert await stored(app.services.database) == NOTHING_STORED

    @pytest.mark.parametrize("asked", [{}, {"url": URL, "urls": [URL]}])
    async def test_exactly_one_of_three_is_required(
        self, client: httpx.AsyncClient, asked: dict[str, Any]
    ) -> None:
        message = (await _send(client, **asked)).json()["message"]
        assert message == "Exactly one of 'url', 'urls' and 'source' is required."

    async def test_a_body_that_is_too_large(self, client: httpx.AsyncClient) -> None:
        assert (await _send(client, url=URL, else_="x" * 1_048_576)).status_code == 413

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("https://h/a.pdf", "a.pdf"),
            ("https://h/x/y/a%20b.pdf", "a b.pdf"),
            ("https://h/%C3%A9.pdf", "é.pdf"),
            ("https://h/é.pdf", "é.pdf"),
            ("https://h/..%2F..%2Fpasswd", "passwd"),
            ("https://h/folder/", "folder"),
            ("https://h/", "file"),
            ("https://h", "file"),
            ("https://h?x=/a.pdf", "file"),
            ("HTTP://h/key", "key"),
        ],
    )
    async def test_a_file_is_called_after_its_url(
        self, client: httpx.AsyncClient, url: str, name: str
    ) -> None:
        job = await _job(client, url=url)
        assert [file["file_name"] for file in job["files"]] == [name]

    @pytest.mark.parametrize("name", ["file_name", "filename", "fileName"])
    async def test_a_files_name_has_three_spellings(
        self, client: httpx.AsyncClient, name: str
    ) -> None:
        assert (await _job(client, **SOURCE, **{name: "b"}))["remote_file_name"] == "b"

    @pytest.mark.parametrize("name", ["file_names", "filenames", "fileNames"])
    async def test_so_have_several_names(self, client: httpx.AsyncClient, name: str) -> None:
        assert (await _job(client, **SOURCE, **{name: ["b"]}))["remote_file_names"] == ["b"]

    async def test_camel_case_nulls_and_unknown_fields(self, client: httpx.AsyncClient) -> None:
        job = await _job(
            client,
            url=URL,
            urls=None,
            source=None,
            metadata=None,
            propagateMetadata=True,
            parentFilePrefix="In",
            unknown={},
        )
        assert (job["propagate_metadata"], job["parent_file_prefix"]) == (True, "In")

    async def test_what_was_asked_for_is_shown(self, client: httpx.AsyncClient) -> None:
        asked = {"merge": True, "priority": "low", "channel": "email"}
        job = await _job(client, url=URL, **asked)
        assert {name: job[name] for name in asked} == asked

    @pytest.mark.parametrize(
        ("asked", "of_files"),
        [
            ({"metadata": [{"a": 1}, {"b": 2}]}, ['{"a":1}', '{"b":2}']),
            ({"metadata": [{"a": 1}, None]}, ['{"a":1}', ""]),
            ({"metadata": {"a": 1}}, ['{"a":1}', '{"a":1}']),
            ({"metadata": {"a": 1}, "merge": True}, ['{"a":1}', '{"a":1}']),
            ({"metadata": {"a": 1}, "propagate_metadata": True}, ['{"a":1}', '{"a":1}']),
            ({}, ["", ""]),
        ],
    )
    async def test_metadata_is_of_each_file_or_of_all(
        self, client: httpx.AsyncClient, asked: dict[str, Any], of_files: list[str]
    ) -> None:
        files = await _files(client, urls=["https://h/1", "https://h/2"], **asked)
        assert [file["metadata"] for file in files] == of_files

    @pytest.mark.parametrize("metadata", [[], [{}], [{}, {}, {}]])
    async def test_a_list_of_metadata_is_as_long_as_that_of_the_files(
        self, client: httpx.AsyncClient, metadata: list[Any]
    ) -> None:
        answer = await _send(client, urls=["https://h/1", "https://h/2"], metadata=metadata)
        assert answer.status_code == 400
        assert answer.json()["message"] == (
            "Field 'metadata' must have an object for each of the 2 files."
        )

    @pytest.mark.parametrize(
        ("asked", "what"),
        [
            ({"url": URL}, "one file"),
            ({**SOURCE, "file_name": "a"}, "one file"),
            ({"urls": [URL, URL], "merge": True}, "'merge'"),
            ({**SOURCE, "file_names": ["a", "b"], "merge": True}, "'merge'"),
            ({"urls": [URL, URL], "propagate_metadata": True}, "'propagate_metadata'"),
        ],
    )
    @pytest.mark.parametrize("metadata", [[{}, {}], '[{"a": 1}]'], ids=str)
    async def test_one_file_and_a_merged_one_have_one_object_of_metadata(
        self, client: httpx.AsyncClient, asked: dict[str, Any], what: str, metadata: Any
    ) -> None:
        answer = await _send(client, **asked, metadata=metadata)
        assert answer.status_code == 400
        message = f"Field 'metadata' must be one object, no list, with {what}."
        assert answer.json()["message"] == message

    async def test_a_list_of_metadata_may_be_text(self, client: httpx.AsyncClient) -> None:
        urls = ["https://h/1", "https://h/2"]
        files = await _files(client, urls=urls, metadata='[{"a": 1}, {"b": 2}]')
        assert [file["metadata"] for file in files] == ['{"a":1}', '{"b":2}']

    async def test_metadata_chooses_the_outcome_of_its_file(
        self, client: httpx.AsyncClient
    ) -> None:
        metadata = [{}, {"alfred_mock_outcome": "file_failed"}]
        job = await _job(client, urls=["https://h/1", "https://h/2"], metadata=metadata)
        assert [file["status"] for file in job["files"]] == ["finished", "failed"]

    async def test_a_name_chooses_the_outcome(self, client: httpx.AsyncClient) -> None:
        job = await _job(client, url="https://h/alfred-mock-download-failed.pdf")
        assert (job["stage"], job["finished_files"]) == ("invalid", 0)


class TestNotFetched:
    """Why a file was not fetched is in the log and in the journal, and nowhere else."""

    @pytest.fixture
    def settings(self, database_url: str) -> Settings:
        hosts = ("127.0.0.1:1",)
        return Settings(_env_file=None, database_url=database_url, fetch_hosts=hosts)

    async def test_the_tester_is_told_why(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        urls = [f"http://127.0.0.1:1/{name}.pdf?secret" for name in "ab"]
        job = await _job(client, urls=[*urls, "http://elsewhere.test/c.pdf"])
        assert [file["status"] for file in job["files"]] == ["failed", "failed", "uploaded"]
        reasons = [
            f"'{name}.pdf' was not fetched: The host's address is not a public one."
            for name in "ab"
        ]
        assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
            f"job {job['id']}: {reason}" for reason in reasons
        ]
        entry = await last(client, path=REMOTE)
        assert (entry["status"], entry["reason"]) == (200, " ".join(reasons))

    async def test_an_upload_that_went_well_has_no_reason(self, client: httpx.AsyncClient) -> None:
        await _job(client, url="http://elsewhere.test/c.pdf")
        assert (await last(client, path=REMOTE))["reason"] is None
