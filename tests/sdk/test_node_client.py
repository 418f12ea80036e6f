"""Sessions and logins with the official JavaScript client, unmodified."""

from typing import Any

import pytest

from tests.sdk.conftest import Served
from tests.sdk.node_sdk import (
    BY_HMAC,
    BY_KEY,
    BY_PASSWORD,
    CREDENTIALS,
    WITH_KEY,
    WITH_PASSWORD,
    Connect,
    SdkError,
)
from tests.support import COMPANY, HMAC_ID, HMAC_KEY, UNKNOWN_ID, USER_NAME

any_credentials = pytest.mark.parametrize(CREDENTIALS, [BY_KEY, BY_PASSWORD, BY_HMAC])


@any_credentials
def test_creates_a_session_and_gets_it(
    connect_node: Connect, credentials: dict[str, Any], user_name: str
) -> None:
    client = connect_node(credentials)
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
def test_is_told_who_it_is(
    connect_node: Connect, credentials: dict[str, Any], user_name: str
) -> None:
    answer = connect_node(credentials).who_am_i()
    assert (answer["userName"], answer["companyId"]) == (user_name, COMPANY)


def test_reads_an_unknown_session_as_not_found(connect_node: Connect) -> None:
    with pytest.raises(SdkError) as raised:
        connect_node(WITH_KEY).get(UNKNOWN_ID)
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
def test_reads_a_wrong_key_as_unauthorized(
    connect_node: Connect, credentials: dict[str, Any]
) -> None:
    with pytest.raises(SdkError) as raised:
        connect_node(credentials).create()
    assert (raised.value.name, raised.value.status) == ("HTTPError", 401)
    assert raised.value.data["error"] == "Unauthorized"


def test_reads_a_wrong_password_as_a_configuration_error(connect_node: Connect) -> None:
    with pytest.raises(SdkError) as raised:
        connect_node({"oauth": {"username": USER_NAME, "password": "wrong"}}).create()
    assert raised.value.name == "ConfigurationError"
    assert raised.value.message == "Provided auth configuration is not valid."


def test_logs_in_once_for_many_calls(connect_node: Connect, served: Served) -> None:
    client, before = connect_node(WITH_PASSWORD), served.tokens_handed_out()
    for _ in range(3):
        client.create()
    assert served.tokens_handed_out() - before == 1


def test_logs_in_anew_when_its_token_has_expired(connect_node: Connect, served: Served) -> None:
    client, before = connect_node(WITH_PASSWORD), served.tokens_handed_out()
    session_id = client.create()
    served.expire_tokens()
    assert client.get(session_id)["id"] == session_id
    assert served.tokens_handed_out() - before == 2


def test_repeats_a_create_whose_token_had_expired(connect_node: Connect, served: Served) -> None:
    client = connect_node(WITH_PASSWORD)
    first = client.create()
    served.expire_tokens()
    second = client.create()
    assert client.get(second)["id"] == second != first
