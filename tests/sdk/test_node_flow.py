"""Files and jobs with the official JavaScript client, unmodified, as its README uses it."""

import json
import re
import time
from typing import Any

import pytest

from tests.sdk.node_sdk import (
    BY_KEY,
    BY_PASSWORD,
    CREDENTIALS,
    PACKAGE,
    WITH_HMAC,
    WITH_KEY,
    Connect,
    NodeClient,
    SdkError,
)
from tests.support import UNKNOWN_ID

PDF = b"%PDF-1.4\nan invoice\xff\n"
STAGES = ["queued", "started", "in_progress", "completed"]
WAIT_SECONDS = 20


def upload(client: NodeClient, session_id: str, name: str, metadata: Any = None) -> str:
    return client.upload_file(session_id, name, PDF, "application/pdf", metadata)


def new_job(client: NodeClient, name: str = "invoice.pdf", **more: Any) -> tuple[str, str]:
    """A job of one file: the ids of both."""
    session_id = client.create()
    file_id = upload(client, session_id, name)
    return client.create_job(sessionId=session_id, **more), file_id


@pytest.mark.parametrize(CREDENTIALS, [BY_KEY, BY_PASSWORD])
def test_takes_a_session_through_its_life(
    connect_node: Connect, credentials: dict[str, Any], user_name: str, unique: str
) -> None:
    client = connect_node(credentials)
    session_id = client.create()
    first = upload(client, session_id, f"{unique}-1.pdf", {"invoiceNumber": 1})
    assert client.get(session_id)["status"] == "open"
    second = client.upload_file(session_id, f"{unique}-2.txt", b"a letter", "text/plain")
    session = client.get(session_id)
    assert (session["status"], session["jobId"]) == ("open", None)
    assert client.get_file(first)["status"] == "uploaded"
    assert client.get_values(first) == []

    metadata = {"batchId": "BATCH-1", "processedBy": "test"}
    job_id = client.create_job(sessionId=session_id, metadata=metadata, channel="api")
    session = client.get(session_id)
    assert (session["status"], session["jobId"]) == ("closed", job_id)
    job = client.get_job(job_id)
    assert (job["stage"], job["finishedFiles"]) == ("completed", 2)
    assert (job["userName"], job["deferredSessionId"]) == (user_name, session_id)
    # The client puts a job's metadata into snake case too, and makes no object of it again.
    assert json.loads(job["metadata"]) == {"batch_id": "BATCH-1", "processed_by": "test"}
    assert [file["id"] for file in job["files"]] == [first, second]

    detail = client.get_file(first)
    assert (detail["status"], detail["tagName"]) == ("finished", "FACTURA")
    assert json.loads(detail["metadata"]) == {"invoiceNumber": 1}
    downloaded = client.download(first)
    assert downloaded == (PDF, f"{unique}-1.pdf", "application/pdf")
    values = client.get_values(first)
    assert {value["metadataName"]: value["value"] for value in values} == {
        "rnc": "1923829",
        "monto": "390.00",
        "fecha": "2022-02-03",
    }
    assert set(values[0]) == set(_interface("datapoint", "DataPointResult"))

    with pytest.raises(SdkError) as raised:
        upload(client, session_id, f"{unique}-3.pdf")
    assert (raised.value.name, raised.value.status) == ("HTTPError", 409)


@pytest.mark.parametrize(
    ("name", "original_name"),
    [
        ("{}.pdf", "{}.pdf"),
        # The client takes all that follows `filename=` for the name, up to another `filename=`.
        # A name with a space cannot be sent without quotes, and one in Unicode takes another
        # parameter; no spelling of the header makes the client read either of them right.
        ("my {}.pdf", '"my {}.pdf"'),
        ("año {}.pdf", "\"a_o {}.pdf\"; filename*=UTF-8''a%C3%B1o%20{}.pdf"),
    ],
)
def test_downloads_under_a_name_that_begins_with_the_uploaded_one(
    connect_node: Connect, unique: str, name: str, original_name: str
) -> None:
    client = connect_node(WITH_KEY)
    file_id = upload(client, client.create(), name.format(unique))
    assert client.get_file(file_id)["fileName"] == name.format(unique)
    downloaded = client.download(file_id)
    assert downloaded == (PDF, original_name.replace("{}", unique), "application/pdf")


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
    ],
)
def test_uploads_remote_files(
    connect_node: Connect, unique: str, payload: dict[str, Any], names: list[str]
) -> None:
    client = connect_node(WITH_KEY)
    named = json.loads(json.dumps(payload).replace("{}", unique))
    # The client sends these names as they are, in camel case.
    answer = client.upload(
        **named, propagateMetadata=True, parentFilePrefix="Scans", metadata={"a": 1}
    )
    job = client.get_job(answer["fileId"])
    assert job["id"] == answer["jobId"]
    assert (job["stage"], job["propagateMetadata"]) == ("completed", True)
    assert job["parentFilePrefix"] == "Scans"
    assert [file["fileName"] for file in job["files"]] == [name.format(unique) for name in names]
    assert client.download(job["files"][0]["id"]).content.startswith(b"%PDF-")


def test_follows_a_timed_job_to_its_end(connect_node: Connect, timed: str) -> None:
    client = connect_node(WITH_KEY, timed)
    job_id, _ = new_job(client)
    seen: list[str] = []
    deadline = time.monotonic() + WAIT_SECONDS
    while "completed" not in seen:
        assert time.monotonic() < deadline, seen
        stage = client.get_job(job_id)["stage"]
        if stage not in seen:
            seen.append(stage)
        time.sleep(0.005)
    assert len(seen) > 1
    assert seen == [stage for stage in STAGES if stage in seen]


def test_a_job_chooses_its_end_in_camel_case_too(connect_node: Connect) -> None:
    client = connect_node(WITH_KEY)
    job_id, _ = new_job(client, metadata={"alfredMockOutcome": "failed"})
    assert client.get_job(job_id)["stage"] == "failed"


def test_cannot_sign_for_files_and_jobs(connect_node: Connect) -> None:
    """A limit of the client: it signs these URLs without the slash before their path."""
    _, file_id = new_job(connect_node(WITH_KEY))
    client = connect_node(WITH_HMAC)
    session_id = client.create()
    for refused in (
        lambda: upload(client, session_id, "invoice.pdf"),
        lambda: client.create_job(sessionId=session_id),
        lambda: client.get_job(UNKNOWN_ID),
        lambda: client.get_file(file_id),
        lambda: client.download(file_id),
        lambda: client.get_values(file_id),
    ):
        with pytest.raises(SdkError) as raised:
            refused()
        assert (raised.value.name, raised.value.status) == ("HTTPError", 401)


def _interface(file: str, name: str) -> dict[str, str]:
    """The fields of one of the client's interfaces, each with its type; `?` for optional ones."""
    text = (PACKAGE / "lib" / "interfaces" / f"{file}.d.ts").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^(?:export )?interface {name} \{{\n(.*?)^\}}", text, re.M | re.S)
    found = re.findall(r"^    (\w+)(\??): ([^;{}]+);$", body, re.M)
    assert len(found) == len(body.splitlines())
    return {field: kind + optional for field, optional, kind in found}


def _fits(value: Any, kind: str) -> bool:
    """Whether a value from JSON is what a TypeScript type says; nothing may be null for `?`."""
    if kind.endswith("?") and value is None:
        return True
    match kind.rstrip("?"):
        case "any":
            return True
        case "null":
            return value is None
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string[]":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case union if " | " in union:
            return any(_fits(value, part) for part in union.split(" | "))
    raise AssertionError(kind)


def _misfits(answer: dict[str, Any], interface: dict[str, str]) -> set[str]:
    assert list(answer) == list(interface)
    return {name for name, kind in interface.items() if not _fits(answer[name], kind)}


@pytest.mark.usefixtures("node")
def test_every_field_is_there_as_the_client_types_it(connect_node: Connect) -> None:
    client = connect_node(WITH_KEY)
    job_id, file_id = new_job(client)
    # Captured as null, although the client does not say so.
    nulls = {"classifier", "proposedTagId", "confirmedTagId", "confirmedBy"}
    assert _misfits(client.get_file(file_id), _interface("file", "File")) == nulls
    uploaded = client.get_file(upload(client, client.create(), "invoice.pdf"))
    assert _misfits(uploaded, _interface("file", "File")) == nulls | {"tagId", "tagName"}

    job = client.get_job(job_id)
    interface = _interface("job", "JobResult")
    assert interface.pop("files") == "FileItem[]"
    (file,) = job.pop("files")
    # Captured as text.
    assert _misfits(job, interface) == {"priority", "inputSourceType"}
    assert _misfits(file, _interface("job", "FileItem")) == set()
