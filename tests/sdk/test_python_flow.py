"""Files and jobs with the official Python client, unmodified, as its README uses it."""

import base64
import hashlib
import json
import time
from io import BytesIO
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
import requests

from tests.sdk.python_sdk import (
    BY_KEY,
    BY_PASSWORD,
    CREDENTIALS,
    WITH_HMAC,
    WITH_KEY,
    Connect,
    ignore_utcfromtimestamp,
)
from tests.support import COMPANY

pytestmark = ignore_utcfromtimestamp

PDF = b"%PDF-1.4\nan invoice\n"
STAGES = ["queued", "started", "in_progress", "completed"]
WAIT_SECONDS = 20
NULL_WHEN_CAPTURED = {
    "user_name",
    "classifier",
    "duplicate_origin_id",
    "tag_id",
    "tag_name",
    "parent_id",
    "deferred_session_id",
    "proposed_tag_id",
    "confirmed_tag_id",
    "confirmed_by",
}


def upload(client: Any, session_id: str, name: str, content: bytes = PDF, **more: Any) -> str:
    file = BytesIO(content)
    answer = client.files.upload_file(
        {"file": file, "filename": name, "session_id": session_id, **more}
    )
    assert list(answer) == ["file_id"]
    file_id: str = answer["file_id"]
    return file_id


def new_job(client: Any, name: str = "invoice.pdf", **more: Any) -> tuple[str, str]:
    """A job of one file: the ids of both."""
    session_id = client.sessions.create()["session_id"]
    file_id = upload(client, session_id, name)
    return client.jobs.create({"session_id": session_id, **more})["job_id"], file_id


@pytest.mark.parametrize(CREDENTIALS, [BY_KEY, BY_PASSWORD])
def test_takes_a_session_through_its_life(
    connect_python: Connect,
    credentials: dict[str, Any],
    user_name: str,
    unique: str,
    tmp_path: Path,
) -> None:
    client = connect_python(credentials)
    session_id = client.sessions.create()["session_id"]
    first = upload(client, session_id, f"{unique}.pdf", metadata={"number": 1})
    assert client.sessions.get(session_id)["status"] == "open"
    path = tmp_path / f"{unique}.txt"
    path.write_text("a letter\n")
    with path.open("rb") as file:
        payload = {"file": file, "session_id": session_id}
        second = client.files.upload_file(payload)["file_id"]
    session = client.sessions.get(session_id)
    assert (session["status"], session["job_id"]) == ("open", None)
    assert client.files.get(first)["status"] == "uploaded"
    assert client.data_points.get_values(first) == []

    created = client.jobs.create({"session_id": session_id, "metadata": {"batch": 17}})
    job_id = created["job_id"]
    session = client.sessions.get(session_id)
    assert (session["status"], session["job_id"]) == ("closed", job_id)
    job = client.jobs.get(job_id)
    assert (job["stage"], job["finished_files"]) == ("completed", 2)
    assert (job["user_name"], job["deferred_session_id"]) == (user_name, session_id)
    # The client makes an object of the text that comes.
    assert job["metadata"] == {"batch": 17}
    assert [file["id"] for file in job["files"]] == [first, second]

    detail = client.files.get(first)
    assert (detail["status"], detail["tag_name"]) == ("finished", "FACTURA")
    assert (detail["content_type"], json.loads(detail["metadata"])) == (
        "application/pdf",
        {"number": 1},
    )
    downloaded = client.files.download(second)
    assert downloaded["file"].getvalue() == b"a letter\n"
    assert (downloaded["original_name"], downloaded["mime_type"]) == (path.name, "text/plain")
    values = client.data_points.get_values(first)
    assert {value["metadata_name"]: value["value"] for value in values} == {
        "rnc": "1923829",
        "monto": "390.00",
        "fecha": "2022-02-03",
    }
    assert {value["file_log_id"] for value in values} == {first}

    with pytest.raises(requests.HTTPError) as raised:
        upload(client, session_id, f"{unique}-late.pdf")
    assert raised.value.response.status_code == 409


@pytest.mark.parametrize("name", ["{}.pdf", "my {}.pdf", "año {}.pdf", '"{}".pdf', "{};a=b.pdf"])
def test_downloads_under_the_name_that_was_uploaded(
    connect_python: Connect, unique: str, name: str
) -> None:
    client = connect_python(WITH_KEY)
    session_id = client.sessions.create()["session_id"]
    # Between quotes, the client's HTTP library escapes quotes as browsers do.
    given = name.format(unique)
    file_id = upload(client, session_id, given)
    kept = client.files.get(file_id)["file_name"]
    assert kept == given.replace('"', "%22")
    downloaded = client.files.download(file_id)
    assert downloaded["file"].getvalue() == PDF
    assert (downloaded["original_name"], downloaded["mime_type"]) == (kept, "application/pdf")


def test_uploads_20_mib_within_its_time_out(connect_python: Connect, unique: str) -> None:
    client = connect_python(WITH_KEY)
    assert client.http_client.timeout == 5
    content = PDF + bytes(20 * 2**20)
    file_id = upload(client, client.sessions.create()["session_id"], f"{unique}.pdf", content)
    detail = client.files.get(file_id)
    assert detail["file_size"] == len(content)
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    assert detail["md5_hash"] == base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        pytest.param({"url": "https://example.com/a/{}.pdf"}, ["{}.pdf"], id="url"),
        pytest.param(
            {"urls": ["https://example.com/{}-a.pdf", "https://example.com/{}-b.png"]},
            ["{}-a.pdf", "{}-b.png"],
            id="urls",
        ),
        pytest.param(
            {"source": "archive", "container": "scans", "filename": "2024/{}.pdf"},
            ["{}.pdf"],
            id="source",
        ),
        pytest.param(
            {"source": "archive", "container": "scans", "filenames": ["{}-1.pdf", "{}-2.pdf"]},
            ["{}-1.pdf", "{}-2.pdf"],
            id="source, several",
        ),
    ],
)
def test_uploads_remote_files(
    connect_python: Connect, unique: str, payload: dict[str, Any], names: list[str]
) -> None:
    client = connect_python(WITH_KEY)
    named = json.loads(json.dumps(payload).replace("{}", unique))
    answer = client.files.upload({**named, "metadata": {"a": 1}, "propagate_metadata": True})
    # The client's type says `file_id`; it is a job's all the same.
    job = client.jobs.get(answer["file_id"])
    assert job["id"] == answer["job_id"]
    assert (job["stage"], job["deferred_session_id"]) == ("completed", None)
    assert (job["source"], job["container"]) == (named.get("source"), named.get("container"))
    assert [file["file_name"] for file in job["files"]] == [name.format(unique) for name in names]
    detail = client.files.get(job["files"][0]["id"])
    assert json.loads(detail["metadata"]) == {"a": 1}
    downloaded = client.files.download(detail["id"])
    assert downloaded["file"].getvalue().startswith(b"%PDF-")
    assert downloaded["original_name"] == detail["file_name"]


def test_turns_the_pages_of_the_list_of_jobs(connect_python: Connect) -> None:
    client = connect_python(WITH_KEY)
    before = client.jobs.get_all()["total"]
    created = [new_job(client, metadata={"number": number})[0] for number in range(3)]
    first = client.jobs.get_all(page_size=2, current_page=1)
    second = client.jobs.get_all(page_size=2, current_page=2)
    assert [job["id"] for job in (*first["result"], second["result"][0])] == created[::-1]
    assert [job["metadata"] for job in first["result"]] == [{"number": 2}, {"number": 1}]
    assert first["total"] == before + 3
    assert first["is_empty"] is False
    assert first["result"][0] == client.jobs.get(created[2])
    # Nothing is asked for by default, nor with 0, which the client takes for nothing.
    assert client.jobs.get_all(page_size=0) == client.jobs.get_all()
    assert client.jobs.get_all(page_size=40, current_page=1000) == {
        "result": [],
        "total": before + 3,
        "is_empty": True,
    }
    with pytest.raises(requests.HTTPError) as raised:
        client.jobs.get_all(page_size=41)
    assert raised.value.response.status_code == 400


def test_follows_a_timed_job_to_its_end(connect_python: Connect, timed: str) -> None:
    client = connect_python(WITH_KEY, timed)
    job_id, file_id = new_job(client)
    seen: list[str] = []
    deadline = time.monotonic() + WAIT_SECONDS
    while "completed" not in seen:
        assert time.monotonic() < deadline, seen
        job = client.jobs.get(job_id)
        if job["stage"] not in seen:
            seen.append(job["stage"])
        time.sleep(0.005)
    assert len(seen) > 1
    assert seen == [stage for stage in STAGES if stage in seen]
    assert client.files.get(file_id)["status"] == "finished"
    assert job["start_date"] > job["creation_date"]


def test_reads_with_signed_requests(connect_python: Connect, unique: str) -> None:
    job_id, file_id = new_job(connect_python(WITH_KEY), f"{unique}.pdf")
    client = connect_python(WITH_HMAC)
    assert client.jobs.get(job_id)["stage"] == "completed"
    assert client.files.get(file_id)["file_name"] == f"{unique}.pdf"
    assert client.files.download(file_id)["file"].getvalue() == PDF
    assert len(client.data_points.get_values(file_id)) == 3
    assert len(client.jobs.get_all(page_size=1, current_page=1)["result"]) == 1


def test_cannot_sign_a_body(connect_python: Connect) -> None:
    """A limit of the client, which sends nothing; the server would check such a signature."""
    client = connect_python(WITH_HMAC)
    session_id = client.sessions.create()["session_id"]
    with pytest.raises(AttributeError, match="'bytes' object has no attribute 'encode'"):
        upload(client, session_id, "invoice.pdf")
    with pytest.raises(AttributeError, match="'bytes' object has no attribute 'encode'"):
        client.jobs.create({"session_id": session_id})
    with pytest.raises(AttributeError, match="'bytes' object has no attribute 'encode'"):
        client.files.upload({"url": "https://example.com/invoice.pdf"})


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value from JSON is what a type says."""
    if get_origin(hint) is Union:
        return any(_fits(value, part) for part in get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, get_origin(hint) or hint)


@pytest.mark.parametrize("in_job", [False, True])
def test_a_file_has_every_field_as_the_client_types_it(
    connect_python: Connect, in_job: bool
) -> None:
    from alfred.rest.files.typed import FileDetailsResponse

    client = connect_python(WITH_KEY)
    if in_job:
        _, file_id = new_job(client)
    else:
        file_id = upload(client, client.sessions.create()["session_id"], "invoice.pdf")
    detail = client.files.get(file_id)
    hints = get_type_hints(FileDetailsResponse)
    # Typed as an object, but text was captured, which the JavaScript client expects too.
    assert isinstance(detail["metadata"], str)
    hints["metadata"] = str
    assert list(detail) == list(hints)
    wrong = {
        name: detail[name]
        for name, hint in hints.items()
        if not (detail[name] is None and name in NULL_WHEN_CAPTURED)
        and not _fits(detail[name], hint)
    }
    assert wrong == {}
    assert detail["company_id"] == COMPANY


def test_sees_no_reason_to_slow_down(connect_python: Connect) -> None:
    client = connect_python(WITH_KEY)
    _, file_id = new_job(client)
    client.files.download(file_id)
    assert client.http_client.rate_limit["remaining"] > 0
    assert not client.http_client.should_throttle()
