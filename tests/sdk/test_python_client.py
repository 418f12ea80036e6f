"""Sessions and logins with the official Python client, unmodified."""

from typing import Any

import pytest
import requests

from tests.sdk.conftest import Served
from tests.sdk.python_sdk import (
    BY_HMAC,
    BY_KEY,
    BY_PASSWORD,
    CREDENTIALS,
    WITH_KEY,
    WITH_PASSWORD,
    Connect,
    ignore_utcfromtimestamp,
)
from tests.support import COMPANY, HMAC_ID, HMAC_KEY, UNKNOWN_ID, USER_NAME

pytestmark = ignore_utcfromtimestamp
any_credentials = pytest.mark.parametrize(CREDENTIALS, [BY_KEY, BY_PASSWORD, BY_HMAC])


@any_credentials
def test_creates_a_session_and_gets_it(
    connect_python: Connect, credentials: dict[str, Any], user_name: str
) -> None:
    client = connect_python(credentials)
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


def test_reads_an_unknown_session_as_not_found(connect_python: Connect) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        connect_python(WITH_KEY).sessions.get(UNKNOWN_ID)
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
def test_reads_a_wrong_key_as_unauthorized(
    connect_python: Connect, credentials: dict[str, Any]
) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        connect_python(credentials).sessions.create()
    assert raised.value.response.status_code == 401
    assert raised.value.response.json()["error"] == "Unauthorized"


def test_reads_a_wrong_password_as_a_bad_request_at_login(
    connect_python: Connect, served: Served
) -> None:
    with pytest.raises(requests.HTTPError) as raised:
        connect_python({"oauth": {"username": USER_NAME, "password": "wrong"}}).sessions.create()
    assert raised.value.response.status_code == 400
    assert raised.value.response.url == f"{served.url}/token"
    assert raised.value.response.json()["error"] == "invalid_grant"


def test_logs_in_once_for_many_calls(connect_python: Connect, served: Served) -> None:
    client, before = connect_python(WITH_PASSWORD), served.tokens_handed_out()
    for _ in range(3):
        client.sessions.create()
    assert served.tokens_handed_out() - before == 1


def test_logs_in_anew_when_its_token_has_expired(connect_python: Connect, served: Served) -> None:
    client, before = connect_python(WITH_PASSWORD), served.tokens_handed_out()
    session_id = client.sessions.create()["session_id"]
    served.expire_tokens()
    assert client.sessions.get(session_id)["id"] == session_id
    assert served.tokens_handed_out() - before == 2


def test_repeats_a_create_whose_token_had_expired(connect_python: Connect, served: Served) -> None:
    client = connect_python(WITH_PASSWORD)
    first = client.sessions.create()["session_id"]
    served.expire_tokens()
    second = client.sessions.create()["session_id"]
    assert client.sessions.get(second)["id"] == second != first


def test_sees_no_reason_to_slow_down(
    connect_python: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect_python(WITH_PASSWORD)
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
    connect_python: Connect, credentials: dict[str, Any]
) -> None:
    client = connect_python(credentials)
    with pytest.raises(requests.HTTPError):
        client.sessions.get(UNKNOWN_ID)
    assert client.http_client.rate_limit["remaining"] > 0
    assert not client.http_client.should_throttle()
