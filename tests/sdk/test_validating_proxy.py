"""Prism as a validating proxy in front: neither SDK's flow breaks the document, nor do answers."""

import json
import os
import shlex
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.golden import application
from tests.docs.markdown import blocks, read
from tests.npm import installed_node
from tests.sdk import node_sdk, python_sdk
from tests.sdk.conftest import Served
from tests.support import UNKNOWN_ID
from tests.support import WITH_KEY as KEY

FOLDER = Path(__file__).parents[1] / "contract" / "node"
START_SECONDS = 60
SAYS_WHERE = "Prism is listening on "


@contextmanager
def _prism(node: str, document: Path, upstream: str) -> Iterator[str]:
    script = FOLDER / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    own = {"alfred.json": str(document), "http://127.0.0.1:8000": upstream, "4010": "0"}
    [line] = [
        line
        for block in blocks(read("docs/contract-testing.md"), "sh")
        for line in block.splitlines()
        if line.startswith("npx @stoplight/prism-cli ")
    ]
    process = subprocess.Popen(
        [node, str(script), *(own.get(word, word) for word in shlex.split(line)[2:])],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if SAYS_WHERE in line:
                break
        else:
            raise AssertionError("".join(said))
        watchdog.cancel()
        reader = threading.Thread(target=process.stdout.read, daemon=True)
        reader.start()  # else its log fills the pipe
        yield said[-1].partition(SAYS_WHERE)[2].strip()
        process.kill()
        reader.join()
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def proxy(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node = installed_node(FOLDER)
    document = tmp_path_factory.mktemp("prism") / "alfred.json"
    document.write_text(json.dumps(application("alfred").openapi()), "utf-8")
    with _prism(node, document, served.url) as url:
        yield url


@python_sdk.ignore_utcfromtimestamp
@pytest.mark.parametrize(python_sdk.CREDENTIALS, [python_sdk.BY_KEY, python_sdk.BY_PASSWORD])
def test_the_python_client_keeps_the_document(
    proxy: str, connect_python: python_sdk.Connect, credentials: dict[str, Any], user_name: str
) -> None:
    client = connect_python(credentials, proxy)
    session_id = client.sessions.create()["session_id"]
    payload = {"file": BytesIO(b"content"), "filename": "a.txt", "session_id": session_id}
    file_id = client.files.upload_file(payload)["file_id"]
    job_id = client.jobs.create({"session_id": session_id})["job_id"]
    assert client.jobs.get(job_id)["stage"] == "completed"
    assert client.sessions.get(session_id)["user_name"] == user_name
    assert client.files.get(file_id)["id"] == file_id
    assert client.files.download(file_id)["file"].read() == b"content"
    assert client.data_points.get_values(file_id)[0]["file_log_id"] == file_id


def test_the_javascript_client_keeps_the_document(
    proxy: str, connect_node: node_sdk.Connect
) -> None:
    # Not with a password: it labels its form as JSON, and Prism never answers what is no JSON.
    client = connect_node(node_sdk.WITH_KEY, proxy)
    session_id = client.create()
    file_id = client.upload_file(session_id, "a.txt", b"content", "text/plain")
    job_id = client.create_job(sessionId=session_id)
    assert client.get_job(job_id)["stage"] == "completed"
    assert client.get(session_id)["jobId"] == job_id
    assert client.get_file(file_id)["id"] == file_id
    assert client.download(file_id).content == b"content"
    assert client.get_values(file_id)[0]["fileLogId"] == file_id


def test_errors_keep_the_document(proxy: str) -> None:
    with httpx.Client(base_url=proxy, trust_env=False) as client:
        answer = client.get(f"/api/deferred/detail/{UNKNOWN_ID}", headers=KEY)
        assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")
        wrong = client.get("/api/tag/all", headers={"X-TagshelfAPI-Key": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "Unauthorized")


def test_the_proxy_does_refuse_what_is_not_in_the_document(proxy: str) -> None:
    with httpx.Client(base_url=proxy, trust_env=False) as client:
        answer = client.post("/api/job/create", headers=KEY, json={"merge": "yes"})
    assert answer.status_code == 422
    assert "session_id" in answer.text
