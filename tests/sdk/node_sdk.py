"""The official JavaScript client, `@tagshelf/alfred`: how to install and call it."""

import base64
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest

from tests.support import API_KEY, HMAC_ID, HMAC_KEY, PASSWORD, USER_NAME

FOLDER = Path(__file__).parent / "node"
PACKAGE = FOLDER / "node_modules" / "@tagshelf" / "alfred"
ANSWER_SECONDS = 60

WITH_KEY = {"apiKey": API_KEY}
WITH_PASSWORD = {"oauth": {"username": USER_NAME, "password": PASSWORD}}
# What the client calls `secretKey` is the public id, and its `apiKey` is the shared secret.
WITH_HMAC = {"hmac": {"secretKey": HMAC_ID, "apiKey": HMAC_KEY}}

BY_KEY = pytest.param(WITH_KEY, "API Key 1", id="api-key")
BY_PASSWORD = pytest.param(WITH_PASSWORD, USER_NAME, id="oauth")
BY_HMAC = pytest.param(WITH_HMAC, "HMAC Key 1", id="hmac")
CREDENTIALS = ("credentials", "user_name")


@dataclass
class SdkError(Exception):
    """What the client threw."""

    name: str
    message: str
    status: int | None = None
    data: Any = None


class Download(NamedTuple):
    """What the client makes of a download."""

    content: bytes
    original_name: str
    mimetype: str


@dataclass(frozen=True)
class NodeClient:
    """A client in a Node process of its own."""

    process: subprocess.Popen[str]

    def create(self) -> str:
        session_id: str = self._ask("create")["sessionId"]
        return session_id

    def get(self, session_id: str) -> Any:
        return self._ask("get", session_id)

    def who_am_i(self) -> Any:
        return self._ask("whoAmI")

    def upload_file(
        self, session_id: str, name: str, content: bytes, mimetype: str, metadata: Any = None
    ) -> str:
        file = {"originalName": name, "mimetype": mimetype}
        encoded = base64.b64encode(content).decode()
        payload = {"file": file, "sessionId": session_id, "metadata": metadata}
        file_id: str = self._ask("uploadFile", payload, encoded)["fileId"]
        return file_id

    def upload(self, **payload: Any) -> Any:
        return self._ask("upload", payload)

    def get_file(self, file_id: str) -> Any:
        return self._ask("getFile", file_id)

    def download(self, file_id: str) -> Download:
        answer = self._ask("download", file_id)
        content = base64.b64decode(answer["base64"])
        return Download(content, answer["originalName"], answer["mimetype"])

    def create_job(self, **job: Any) -> str:
        job_id: str = self._ask("createJob", job)["jobId"]
        return job_id

    def get_job(self, job_id: str) -> Any:
        return self._ask("getJob", job_id)

    def get_values(self, file_id: str) -> Any:
        return self._ask("getValues", file_id)

    def _ask(self, *action: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(action) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"node ended with {self.process.communicate()[1]}"
        answer = json.loads(line)
        if "error" in answer:
            raise SdkError(**answer["error"])
        return answer["result"]


class Connect(Protocol):
    """Starts a client of a served instance, of the shared one unless told another's URL."""

    def __call__(self, credentials: dict[str, Any], url: str | None = None) -> NodeClient: ...


@contextmanager
def start(node: str, url: str, credentials: dict[str, Any]) -> Iterator[NodeClient]:
    """A client while the context lasts."""
    process = subprocess.Popen(
        [node, str(FOLDER / "client.mjs"), url, json.dumps(credentials)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # The client itself waits for an answer for ever.
    watchdog = threading.Timer(ANSWER_SECONDS, process.kill)
    watchdog.start()
    try:
        yield NodeClient(process)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
