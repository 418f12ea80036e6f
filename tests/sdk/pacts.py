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
OF_USER = {"user_name": USER, "password": PASSWORD}


class Consumer:
    """An application that calls Alfred; its contract grows by one interaction at a time."""

    def __init__(
        self, name: str, folder: Path, connect: Connect, credentials: dict[str, Any]
    ) -> None:
        self._name, self._folder = name, folder
        self._connect, self._credentials = connect, credentials
        self.contract = folder / f"{name}-{PROVIDER}.json"

    def needs(self, build: Callable[[Any], Any], use: Callable[[Any], Any]) -> None:
        """Add what `build` makes of a new pact, once `use` has made its way with the client."""
        pact = Pact(self._name, PROVIDER).with_specification("V4")
        build(pact)
        with pact.serve() as mock:
            use(self._connect(self._credentials, str(mock.url)))
        pact.write_file(self._folder)


def from_state(expression: str, example: str) -> Any:
    """A text that the provider's state gives when the contract is verified."""
    return match.type(example, generator=generate.provider_state(expression))


def asked(pact: Any, what: str, method: str, path: Any, *states: tuple[str, dict[str, Any]]) -> Any:
    """An interaction with these states."""
    interaction = pact.upon_receiving(what)
    for name, parameters in states:
        interaction = interaction.given(name, parameters)
    return interaction.with_request(method, path)


def with_key(interaction: Any) -> Any:
    """With the API key of the state's company."""
    return interaction.with_header("X-TagshelfAPI-Key", from_state("${api_key}", "a-key"))


def with_token(interaction: Any, example: str = "a-token") -> Any:
    """With the access token of the state's user."""
    bearer = from_state("Bearer ${access_token}", f"Bearer {example}")
    return interaction.with_header("Authorization", bearer)


def answered(interaction: Any, status: int, body: Any = None) -> None:
    """With the headers that the client slows down without."""
    answer = interaction.will_respond_with(status)
    for name, example in (("Limit", "10000"), ("Remaining", "9999"), ("Reset", "1732924800")):
        answer = answer.with_header(f"X-RateLimit-{name}", match.regex(example, regex=r"\d+"))
    if body is not None:
        answer.with_body(body)


def by_key(folder: Path, connect: Connect) -> Path:
    """The contract of a consumer with an API key: what it asks for, and what it makes of it."""
    consumer = Consumer("invoices", folder, connect, {"api_key": "a-key"})

    def detail(pact: Any) -> None:
        path = "/api/deferred/detail/"
        given = ("a deferred session exists", {"creation_date": DATE, "files": 1})
        asking = from_state(path + "${session_id}", path + SESSION_ID)
        body = {"id": match.uuid(SESSION_ID), "status": "open", "creation_date": DATE}
        answered(with_key(asked(pact, "a session", "GET", asking, given)), 200, body)

    def unknown(pact: Any) -> None:
        message = f"Deferred Session with ID {UNKNOWN_ID} does not exist."
        given = f"a deferred session with ID {UNKNOWN_ID} does not exist"
        path = f"/api/deferred/detail/{UNKNOWN_ID}"
        body = {"error": "Not Found", "message": message}
        answered(with_key(asked(pact, "an unknown session", "GET", path, (given, {}))), 404, body)

    def values(pact: Any) -> None:
        given = ("values were extracted", {"values": {"monto": "12.50"}})
        path = from_state("/api/values/file/${file_id}", f"/api/values/file/{FILE_ID}")
        value = {"file_log_id": match.uuid(FILE_ID), "metadata_name": "monto", "value": "12.50"}
        answered(with_key(asked(pact, "values", "GET", path, given)), 200, [value])

    def job(pact: Any) -> None:
        states = (
            ("a tag exists", {"name": "CONTRATO"}),
            ("a job exists", {"stage": "in_revision", "files": 2}),
        )
        path = from_state("/api/job/detail/${job_id}", f"/api/job/detail/{JOB_ID}")
        body = {"id": match.uuid(JOB_ID), "stage": "in_revision"}
        answered(with_key(asked(pact, "a job", "GET", path, *states)), 200, body)

    def created(pact: Any) -> None:
        given = ("a company", {"name": "Invoices"})
        asking = asked(pact, "a new session", "POST", "/api/deferred/create", given)
        answered(with_key(asking), 200, {"session_id": match.uuid(SESSION_ID)})

    consumer.needs(detail, lambda client: _is(client.sessions.get(SESSION_ID)["status"], "open"))
    consumer.needs(unknown, lambda client: _is(_status(client.sessions.get, UNKNOWN_ID), 404))
    consumer.needs(
        values, lambda client: _is(client.data_points.get_values(FILE_ID)[0]["value"], "12.50")
    )
    consumer.needs(job, lambda client: _is(client.jobs.get(JOB_ID)["stage"], "in_revision"))
    consumer.needs(created, lambda client: _is(client.sessions.create()["session_id"], SESSION_ID))
    return consumer.contract


def with_failure(folder: Path, connect: Connect) -> Path:
    """The contract of a consumer that is told what to do when requests fail."""
    consumer = Consumer("guards", folder, connect, {"api_key": "a-key"})

    def refused(pact: Any) -> None:
        given = ("requests fail", {"status": 403, "path": "/api/job/*"})
        answered(with_key(asked(pact, "jobs", "GET", "/api/job/all", given)), 403)

    consumer.needs(refused, lambda client: _is(_status(client.jobs.get_all), 403))
    return consumer.contract


def by_password(folder: Path, connect: Connect) -> Path:
    """The contract of a consumer whose user logs in."""
    credentials = {"oauth": {"username": USER, "password": PASSWORD}}
    consumer = Consumer("approvals", folder, connect, credentials)

    def detail(pact: Any) -> None:
        form = f"grant_type=password&username={USER}&password={PASSWORD}"
        logging_in = asked(pact, "a log-in", "POST", "/token", ("a logged-in user", OF_USER))
        logging_in = logging_in.with_body(form, "application/x-www-form-urlencoded")
        token = {"access_token": match.str("a-token"), "token_type": "bearer"}
        answered(logging_in, 200, token)
        states = (
            ("a logged-in user", OF_USER),
            ("a deferred session exists", {"id": SESSION_ID, "user_name": USER}),
        )
        path = f"/api/deferred/detail/{SESSION_ID}"
        asking = asked(pact, "a session of the user's", "GET", path, *states)
        answered(with_token(asking), 200, {"id": SESSION_ID, "user_name": USER})

    def ping(pact: Any) -> None:
        asking = asked(pact, "a ping", "GET", "/api/tagshelf/ping", ("an expired access token", {}))
        answered(with_token(asking), 401, {"error": "Unauthorized"})

    def use_old_token(client: Any) -> None:
        # The client itself would log in again.
        url = f"{client.http_client.base_url}/api/tagshelf/ping"
        headers = {"Authorization": "Bearer a-token"}
        assert requests.get(url, headers=headers, timeout=10).status_code == 401

    consumer.needs(detail, lambda client: _is(client.sessions.get(SESSION_ID)["user_name"], USER))
    consumer.needs(ping, use_old_token)
    return consumer.contract


def with_state(folder: Path, connect: Connect, state: str, **parameters: object) -> Path:
    """A contract of one interaction that goes well in a state."""
    consumer = Consumer("readers", folder, connect, {"api_key": "a-key"})

    def created(pact: Any) -> None:
        asking = asked(pact, "a session", "POST", "/api/deferred/create", (state, parameters))
        answered(with_key(asking), 200, {"session_id": match.uuid(SESSION_ID)})

    consumer.needs(created, lambda client: _is(client.sessions.create()["session_id"], SESSION_ID))
    return consumer.contract


def verifier(
    url: str,
    pact: Path,
    states: str,
    *,
    body: bool = True,
    teardown: bool = True,
    **headers: str,
) -> Verifier:
    """What verifies a contract against a server at a URL."""
    made = Verifier(PROVIDER, host="127.0.0.1").add_transport(url=url).add_source(pact)
    for name, value in headers.items():
        made.add_custom_header(name, value)
    return made.state_handler(states, teardown=teardown, body=body)


def _is(found: object, expected: object) -> None:
    assert found == expected


def _status(call: Callable[..., object], *arguments: object) -> int | None:
    try:
        call(*arguments)
    except requests.HTTPError as error:
        return error.response.status_code
    return None
