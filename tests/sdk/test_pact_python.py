"""Contracts of the official Python client's users, verified against a server by `pact-python`."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.python_sdk import Connect, ignore_utcfromtimestamp
from tests.support import API_KEY, UNKNOWN_ID, ServerProcess, server_process

pacts: Any = pytest.importorskip("tests.sdk.pacts", reason="pact-python cannot be imported here")

pytestmark = ignore_utcfromtimestamp

TOKEN = "only-for-testers"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def own_states(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("states") / "states.yaml"
    path.write_text(
        '"order {number} was scanned":\n'
        "  - {state: a company named {number}, params: {progression: manual}}\n".replace(
            "a company named {number}", '"a company named {number}"'
        )
    )
    return path


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, own_states: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A server with a token; on PostgreSQL two processes, and a call comes to either of them."""
    if request.param == "sqlite":
        options = ["--database-url", f"sqlite:///{tmp_path_factory.mktemp('pact') / 'mock.db'}"]
    else:
        url = request.getfixturevalue("lasting_postgres_url")
        options = ["--database-url", url, "--workers", "2"]
    more = ["--admin-token", TOKEN, "--pact-states", str(own_states)]
    with server_process(*options, *more) as started:
        yield started


def _states(server: ServerProcess, scope: str = "one", *, basic: bool = True) -> str:
    url = f"{server.url}/__admin/pact/states?scope={scope}"
    return url.replace("://", f"://verifier:{TOKEN}@") if basic else url


def _scope(server: ServerProcess, name: str) -> dict[str, Any]:
    url = _states(server, name, basic=False)
    (scope,) = httpx.get(url, headers=BEARER, trust_env=False).json()["scopes"]
    assert isinstance(scope, dict)
    return scope


def _companies(server: ServerProcess) -> list[str]:
    url = f"{server.url}/__admin/companies"
    made = httpx.get(url, headers=BEARER, trust_env=False).json()["companies"]
    return [company["name"] for company in made]


@pytest.mark.parametrize("body", [True, False], ids=["body", "query"])
def test_a_contract_by_key_is_kept(
    server: ServerProcess, connect_python: Connect, tmp_path: Path, body: bool
) -> None:
    pact = pacts.by_key(tmp_path, connect_python)
    pacts.verifier(server.url, pact, _states(server), body=body).verify()
    assert _companies(server) == ["Demo Company"]


def test_a_contract_by_password_is_kept(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.by_password(tmp_path, connect_python)
    pacts.verifier(server.url, pact, _states(server)).verify()
    assert _companies(server) == ["Demo Company"]


def test_a_contract_about_failures_is_kept(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.with_failure(tmp_path, connect_python)
    pacts.verifier(server.url, pact, _states(server)).verify()


def test_the_token_may_be_sent_as_bearer(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.by_key(tmp_path, connect_python)
    pacts.verifier(server.url, pact, _states(server, basic=False), **BEARER).verify()


def test_a_verifier_without_a_teardown_goes_on_with_its_company(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.by_password(tmp_path, connect_python)
    states = _states(server, "kept")
    for _ in range(2):
        pacts.verifier(server.url, pact, states, teardown=False).verify()
    assert _scope(server, "kept")["company"] is not None
    assert len(_companies(server)) == 2
    plain = _states(server, "kept", basic=False)
    assert httpx.delete(plain, headers=BEARER, trust_env=False).json() == {}
    assert _companies(server) == ["Demo Company"]


def test_two_verifiers_at_once_do_not_see_each_other(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.by_key(tmp_path, connect_python)
    failed: list[Exception] = []

    def verify(scope: str) -> None:
        try:
            pacts.verifier(server.url, pact, _states(server, scope)).verify()
        except Exception as error:
            failed.append(error)

    verifiers = [threading.Thread(target=verify, args=[scope]) for scope in ("one", "two")]
    for thread in verifiers:
        thread.start()
    for thread in verifiers:
        thread.join()
    assert failed == []
    for name in ("one", "two"):
        assert (_scope(server, name)["company"], _scope(server, name)["last_failure"]) == (
            None,
        ) * 2


def test_a_literal_key_is_the_one_of_a_company_that_is_there(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.with_state(tmp_path, connect_python, f"the API key {API_KEY} is valid")
    pacts.verifier(server.url, pact, _states(server)).verify()
    assert _companies(server) == ["Demo Company"]


def test_a_sentence_of_ones_own_is_kept(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.with_state(tmp_path, connect_python, "The order 7 was scanned.")
    pacts.verifier(server.url, pact, _states(server)).verify()


def test_a_broken_contract_is_found(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.with_state(tmp_path, connect_python, "no valid credentials")
    with pytest.raises(RuntimeError):
        pacts.verifier(server.url, pact, _states(server)).verify()


def test_an_unknown_state_fails_and_is_told_elsewhere(
    server: ServerProcess, connect_python: Connect, tmp_path: Path
) -> None:
    pact = pacts.with_state(tmp_path, connect_python, "a deferred session exsits", id=UNKNOWN_ID)
    with pytest.raises(RuntimeError):
        pacts.verifier(server.url, pact, _states(server, "misspelt")).verify()
    said = (
        "There is no state 'a deferred session exsits'; the nearest is 'a deferred session exists'."
    )
    failure = _scope(server, "misspelt")["last_failure"]
    assert (failure["status"], failure["message"]) == (404, said)
    url = f"{server.url}/__admin/requests?anonymous=true&path=/__admin/pact/states"
    (entry,) = httpx.get(url, headers=BEARER, trust_env=False).json()["requests"]
    assert (entry["status"], entry["reason"]) == (404, said)
    assert TOKEN not in str(entry)
