"""Contracts of consumers that call Alfred with the official Python client, and their verifier."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from pact import Pact, Verifier, generate, match

from tests.sdk.python_sdk import Connect
from tests.support import UNKNOWN_ID

PROVIDER = "alfred"
SESSION_ID = "0f767925-b464-4ffa-b621-1a0aeacad257"
FILE_ID = "5a0f4f3c-3ad0-4f0c-8d6b-3a6a1a5f8f10"
JOB_ID = "c4a5f1de-9c39-4b0f-9a3e-7c1f2f7b6d55"
DATE = "2022-11-17T00:00:00.000"
USER, PASSWORD = "contract-user", "contract-password"


def from_state(expression: str, example: str) -> Any:
    """A text that the provider's state gives when the contract is verified."""
    return match.type(example, generator=generate.provider_state(expression))


def _with_key(interaction: Any) -> Any:
    return interaction.with_header("X-TagshelfAPI-Key", from_state("${api_key}", "a-key"))


def by_key(folder: Path, connect: Connect) -> Path:
    """The contract of a consumer with an API key: what it asks for, and what it makes of it."""
    pact = Pact("invoices", PROVIDER).with_specification("V4")
    session_path = from_state(
        "/api/deferred/detail/${session_id}", f"/api/deferred/detail/{SESSION_ID}"
    )
    _with_key(
        pact.upon_receiving("the detail of a session")
        .given("a deferred session exists", creation_date=DATE, files=1)
        .with_request("GET", session_path)
    ).will_respond_with(200).with_body(
        {"id": match.uuid(SESSION_ID), "status": "open", "creation_date": DATE, "job_id": None}
    )
    _with_key(
        pact.upon_receiving("the detail of a session that nobody has")
        .given(f"a deferred session with ID {UNKNOWN_ID} does not exist")
        .with_request("GET", f"/api/deferred/detail/{UNKNOWN_ID}")
    ).will_respond_with(404).with_body(
        {
            "error": "Not Found",
            "message": f"Deferred Session with ID {UNKNOWN_ID} does not exist.",
        }
    )
    _with_key(
        pact.upon_receiving("the values of a file")
        .given("values were extracted", values={"monto": "12.50"})
        .with_request(
            "GET", from_state("/api/values/file/${file_id}", f"/api/values/file/{FILE_ID}")
        )
    ).will_respond_with(200).with_body(
        [{"file_log_id": match.uuid(FILE_ID), "metadata_name": "monto", "value": "12.50"}]  # type: ignore[arg-type]
    )
    _with_key(
        pact.upon_receiving("a job that people look at")
        .given("a tag exists", name="CONTRATO")
        .given(f"a job with ID {JOB_ID} exists", stage="in_revision", files=2)
        .with_request("GET", f"/api/job/detail/{JOB_ID}")
    ).will_respond_with(200).with_body({"id": JOB_ID, "stage": "in_revision"})
    _with_key(
        pact.upon_receiving("the list of jobs, which is forbidden at the moment")
        .given("requests fail", status=403, path="/api/job/*")
        .with_request("GET", "/api/job/all")
    ).will_respond_with(403).with_header("X-Request-ID", match.str("an-id"))
    with pact.serve() as mock:
        client = connect({"api_key": "a-key"}, str(mock.url))
        assert client.sessions.get(SESSION_ID)["creation_date"] == DATE
        assert _status_of(lambda: client.sessions.get(UNKNOWN_ID)) == 404
        assert client.data_points.get_values(FILE_ID)[0]["value"] == "12.50"
        assert client.jobs.get(JOB_ID)["stage"] == "in_revision"
        assert _status_of(client.jobs.get_all) == 403
    return _written(pact, folder)


def by_password(folder: Path, connect: Connect) -> Path:
    """The contract of a consumer whose user logs in."""
    pact = Pact("approvals", PROVIDER).with_specification("V4")
    user = {"user_name": USER, "password": PASSWORD}
    (
        pact.upon_receiving("a log-in")
        .given("a logged-in user", user)
        .with_request("POST", "/token")
        .with_body(
            f"grant_type=password&username={USER}&password={PASSWORD}",
            "application/x-www-form-urlencoded",
        )
        .will_respond_with(200)
        .with_body({"access_token": match.str("a-token"), "token_type": "bearer"})
    )
    (
        pact.upon_receiving("a session of the user's")
        .given("a logged-in user", user)
        .given("a deferred session exists", id=SESSION_ID, user_name=USER)
        .with_request("GET", f"/api/deferred/detail/{SESSION_ID}")
        .with_header("Authorization", from_state("Bearer ${access_token}", "Bearer a-token"))
        .will_respond_with(200)
        .with_body({"id": SESSION_ID, "user_name": USER})
    )
    (
        pact.upon_receiving("a ping with a token of long ago")
        .given("an expired access token")
        .with_request("GET", "/api/tagshelf/ping")
        .with_header("Authorization", from_state("Bearer ${access_token}", "Bearer old-token"))
        .will_respond_with(401)
        .with_body({"error": "Unauthorized"})
    )
    with pact.serve() as mock:
        client = connect({"oauth": {"username": USER, "password": PASSWORD}}, str(mock.url))
        assert client.sessions.get(SESSION_ID)["user_name"] == USER
        # The client would log in again.
        old = {"Authorization": "Bearer old-token"}
        ping = requests.get(f"{mock.url}/api/tagshelf/ping", headers=old, timeout=10)
        assert ping.status_code == 401
    return _written(pact, folder)


def with_state(folder: Path, state: str, **parameters: object) -> Path:
    """A contract that needs nothing but a state."""
    pact = Pact("readers", PROVIDER).with_specification("V4")
    _with_key(
        pact.upon_receiving("who the caller is")
        .given(state, parameters)
        .with_request("GET", "/api/tagshelf/who-am-i")
    ).will_respond_with(200)
    with pact.serve() as mock:
        url = f"{mock.url}/api/tagshelf/who-am-i"
        assert requests.get(url, headers={"X-TagshelfAPI-Key": "a-key"}, timeout=10).ok
    return _written(pact, folder)


def verifier(url: str, pact: Path, states: str, *, body: bool = True, **headers: str) -> Verifier:
    """What verifies a contract against a server at a URL."""
    made = Verifier(PROVIDER, host="127.0.0.1").add_transport(url=url).add_source(pact)
    for name, value in headers.items():
        made.add_custom_header(name, value)
    return made.state_handler(states, teardown=True, body=body)


def _status_of(call: Callable[[], object]) -> int | None:
    try:
        call()
    except requests.HTTPError as error:
        return error.response.status_code
    return None


def _written(pact: Pact, folder: Path) -> Path:
    pact.write_file(folder)
    (written,) = folder.glob("*.json")
    return written
