"""The official Python client, `alfred-python`, unmodified, against a served instance."""

import importlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
import requests

from tests.sdk.conftest import Served
from tests.support import API_KEY, COMPANY, HMAC_ID, HMAC_KEY, PASSWORD, UNKNOWN_ID, USER_NAME

# The client calls it on every answer; Python deprecates it since 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp")

WITH_KEY = {"api_key": API_KEY}
WITH_PASSWORD = {"oauth": {"username": USER_NAME, "password": PASSWORD}}
# What the client calls `secret_key` is the public id, and its `api_key` is the shared secret.
WITH_HMAC = {"hmac": {"secret_key": HMAC_ID, "api_key": HMAC_KEY}}

any_credentials = pytest.mark.parametrize(
    ("credentials", "user_name"),
    [
        pytest.param(WITH_KEY, "API Key 1", id="api-key"),
        pytest.param(WITH_PASSWORD, USER_NAME, id="oauth"),
        pytest.param(WITH_HMAC, "HMAC Key 1", id="hmac"),
    ],
)


class Connect(Protocol):
    """Makes a client of the served instance."""

    def __call__(self, credentials: dict[str, Any]) -> Any: ...


@pytest.fixture(scope="session")
def libmagic() -> None:
    """The client cannot be imported without this library, which many machines lack."""
    try:
        importlib.import_module("magic")
    except ImportError:
        # A wheel that carries the library and, once imported, lets others find it.
        pytest.importorskip("pylibmagic", reason="alfred-python needs libmagic, not found here")


@pytest.fixture
def connect(served: Served, libmagic: None) -> Iterator[Connect]:
    from alfred.base import Configuration
    from alfred.rest import AlfredClient

    with ExitStack() as connections:

        def connect(credentials: dict[str, Any]) -> Any:
            client = AlfredClient(Configuration.v1({"base_url": served.url}), credentials)
            connections.enter_context(client.http_client.session)
            return client

        yield connect


@any_credentials
def test_creates_a_session_and_gets_it(
    connect: Connect, credentials: dict[str, Any], user_name: str
) -> None:
    client = connect(credentials)
    session_id = client.sessions.create()["session_id"]
    detail = client.sessions.get(session_id)
    assert detail.pop("creation_date") == detail.pop("update_date")
    assert detail == {
        "id": session_id,
        "status": "open",
        "user_name": user_name,
        "company_id": COMPANY,
        "job_id": None,
    }


def test_reads_an_unknown_session_as_not_found(connect: Connect) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        connect(WITH_KEY).sessions.get(UNKNOWN_ID)
    assert raised.value.response.status_code == 404
    assert raised.value.response.json() == {
        "error": "Not Found",
        "message": f"Deferred Session with ID {UNKNOWN_ID} does not exist.",
    }


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param({"api_key": "wrong"}, id="api-key"),
        pytest.param({"hmac": {"secret_key": HMAC_ID, "api_key": "d3Jvbmc="}}, id="hmac-key"),
        pytest.param({"hmac": {"secret_key": "wrong", "api_key": HMAC_KEY}}, id="hmac-id"),
    ],
)
def test_reads_a_wrong_key_as_unauthorized(connect: Connect, credentials: dict[str, Any]) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        connect(credentials).sessions.create()
    assert raised.value.response.status_code == 401
    assert raised.value.response.json()["error"] == "Unauthorized"


def test_reads_a_wrong_password_as_a_bad_request_at_login(connect: Connect, served: Served) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        connect({"oauth": {"username": USER_NAME, "password": "wrong"}}).sessions.create()
    assert raised.value.response.status_code == 400
    assert raised.value.response.url == f"{served.url}/token"
    assert raised.value.response.json()["error"] == "invalid_grant"


def test_logs_in_once_for_many_calls(connect: Connect, served: Served) -> None:
    client, before = connect(WITH_PASSWORD), served.tokens_handed_out()
    for _ in range(3):
        client.sessions.create()
    assert served.tokens_handed_out() - before == 1


def test_logs_in_anew_when_its_token_has_expired(connect: Connect, served: Served) -> None:
    client, before = connect(WITH_PASSWORD), served.tokens_handed_out()
    session_id = client.sessions.create()["session_id"]
    served.expire_tokens()
    assert client.sessions.get(session_id)["id"] == session_id
    assert served.tokens_handed_out() - before == 2


def test_repeats_a_create_whose_token_had_expired(connect: Connect, served: Served) -> None:
    client = connect(WITH_PASSWORD)
    first = client.sessions.create()["session_id"]
    served.expire_tokens()
    second = client.sessions.create()["session_id"]
    assert client.sessions.get(second)["id"] == second != first


def test_sees_no_reason_to_slow_down(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    client = connect(WITH_PASSWORD)
    for _ in range(5):
        client.sessions.create()
        assert client.http_client.rate_limit["remaining"] > 0
        assert not client.http_client.should_throttle()
    assert "Throttling" not in caplog.text


@pytest.mark.parametrize(
    "credentials",
    [
        pytest.param({"api_key": "wrong"}, id="unauthorized"),
        pytest.param({"oauth": {"username": "nobody", "password": ""}}, id="no-token"),
        pytest.param(WITH_KEY, id="not-found"),
    ],
)
def test_sees_no_reason_to_slow_down_after_an_error(
    connect: Connect, credentials: dict[str, Any]
) -> None:
    client = connect(credentials)
    with pytest.raises(requests.HTTPError):
        client.sessions.get(UNKNOWN_ID)
    assert client.http_client.rate_limit["remaining"] > 0
    assert not client.http_client.should_throttle()
