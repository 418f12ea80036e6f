"""The official JavaScript client, `@tagshelf/alfred`, unmodified, against a served instance."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.sdk.conftest import Served
from tests.support import API_KEY, COMPANY, HMAC_ID, HMAC_KEY, PASSWORD, UNKNOWN_ID, USER_NAME

FOLDER = Path(__file__).parent / "node"
INSTALL_SECONDS = 180
ANSWER_SECONDS = 60

WITH_KEY = {"apiKey": API_KEY}
WITH_PASSWORD = {"oauth": {"username": USER_NAME, "password": PASSWORD}}
# What the client calls `secretKey` is the public id, and its `apiKey` is the shared secret.
WITH_HMAC = {"hmac": {"secretKey": HMAC_ID, "apiKey": HMAC_KEY}}

any_credentials = pytest.mark.parametrize(
    ("credentials", "user_name"),
    [
        pytest.param(WITH_KEY, "API Key 1", id="api-key"),
        pytest.param(WITH_PASSWORD, USER_NAME, id="oauth"),
        pytest.param(WITH_HMAC, "HMAC Key 1", id="hmac"),
    ],
)


@dataclass
class SdkError(Exception):
    """What the client threw."""

    name: str
    message: str
    status: int | None = None
    data: Any = None


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

    def _ask(self, *action: str) -> Any:
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
    """Starts a client of the served instance."""

    def __call__(self, credentials: dict[str, Any]) -> NodeClient: ...


@pytest.fixture(scope="session")
def node() -> str:
    """Path of a Node whose `client.mjs` finds its dependencies installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no node or no npm on this machine")
    lock = FOLDER / "package-lock.json"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    installed = FOLDER / "node_modules" / ".installed"
    with lock.open() as held:
        # Workers that run at the same time wait here for the one that installs.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not installed.exists() or installed.read_text() != wanted:
            _install(npm)
            installed.write_text(wanted)
    return node


def _install(npm: str) -> None:
    options = ["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    try:
        done = subprocess.run(
            [npm, "ci", "--loglevel=error", *options],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm ci took longer than {INSTALL_SECONDS} s")
    if "EUSAGE" in done.stderr or "EINTEGRITY" in done.stderr:
        pytest.fail(f"package-lock.json is wrong: {done.stderr}")
    if done.returncode != 0:
        reason, *_ = [*done.stderr.splitlines(), f"exit status {done.returncode}"]
        pytest.skip(f"npm ci failed: {reason}")


@pytest.fixture
def connect(served: Served, node: str) -> Iterator[Connect]:
    with ExitStack() as clients:
        yield lambda credentials: clients.enter_context(_start(node, served.url, credentials))


@contextmanager
def _start(node: str, url: str, credentials: dict[str, Any]) -> Iterator[NodeClient]:
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


@any_credentials
def test_creates_a_session_and_gets_it(
    connect: Connect, credentials: dict[str, Any], user_name: str
) -> None:
    client = connect(credentials)
    session_id = client.create()
    detail = client.get(session_id)
    assert detail.pop("creationDate") == detail.pop("updateDate")
    assert detail == {
        "id": session_id,
        "status": "open",
        "userName": user_name,
        "companyId": COMPANY,
        "jobId": None,
    }


@any_credentials
def test_is_told_who_it_is(connect: Connect, credentials: dict[str, Any], user_name: str) -> None:
    answer = connect(credentials).who_am_i()
    assert (answer["userName"], answer["companyId"]) == (user_name, COMPANY)


def test_reads_an_unknown_session_as_not_found(connect: Connect) -> None:
    with pytest.raises(SdkError) as raised:
        connect(WITH_KEY).get(UNKNOWN_ID)
    assert (raised.value.name, raised.value.status) == ("HTTPError", 404)
    assert raised.value.data == {
        "error": "Not Found",
        "message": f"Deferred Session with ID {UNKNOWN_ID} does not exist.",
    }


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param({"apiKey": "wrong"}, id="api-key"),
        pytest.param({"hmac": {"secretKey": HMAC_ID, "apiKey": "d3Jvbmc="}}, id="hmac-key"),
        pytest.param({"hmac": {"secretKey": "wrong", "apiKey": HMAC_KEY}}, id="hmac-id"),
    ],
)
def test_reads_a_wrong_key_as_unauthorized(connect: Connect, credentials: dict[str, Any]) -> None:
    with pytest.raises(SdkError) as raised:
        connect(credentials).create()
    assert (raised.value.name, raised.value.status) == ("HTTPError", 401)
    assert raised.value.data["error"] == "Unauthorized"


def test_reads_a_wrong_password_as_a_configuration_error(connect: Connect) -> None:
    with pytest.raises(SdkError) as raised:
        connect({"oauth": {"username": USER_NAME, "password": "wrong"}}).create()
    assert raised.value.name == "ConfigurationError"
    assert raised.value.message == "Provided auth configuration is not valid."


def test_logs_in_once_for_many_calls(connect: Connect, served: Served) -> None:
    client, before = connect(WITH_PASSWORD), served.tokens_handed_out()
    for _ in range(3):
        client.create()
    assert served.tokens_handed_out() - before == 1


def test_logs_in_anew_when_its_token_has_expired(connect: Connect, served: Served) -> None:
    client, before = connect(WITH_PASSWORD), served.tokens_handed_out()
    session_id = client.create()
    served.expire_tokens()
    assert client.get(session_id)["id"] == session_id
    assert served.tokens_handed_out() - before == 2


def test_repeats_a_create_whose_token_had_expired(connect: Connect, served: Served) -> None:
    client = connect(WITH_PASSWORD)
    first = client.create()
    served.expire_tokens()
    second = client.create()
    assert client.get(second)["id"] == second != first
