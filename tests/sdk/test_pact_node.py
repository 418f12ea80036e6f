"""Contracts of the official JavaScript client's users, verified by `@pact-foundation/pact`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.pact_scripts import run
from tests.support import ServerProcess, server_process

TOKEN = "only-for-testers"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('pact') / 'mock.db'}"
    else:
        url = request.getfixturevalue("lasting_postgres_url")
    with server_process("--database-url", url, "--admin-token", TOKEN) as started:
        yield started


def _options(server: ServerProcess, contract: Path, scope: str, **more: Any) -> str:
    states = f"{server.url}/__admin/pact/states?scope={scope}"
    given = {
        "providerBaseUrl": server.url,
        "pactUrls": [str(contract)],
        "providerStatesSetupUrl": states.replace("://", f"://verifier:{TOKEN}@"),
    }
    return json.dumps({**given, **more})


@pytest.mark.parametrize("contract", ["archive", "patience"])
def test_a_contract_is_kept(
    server: ServerProcess, pact_node: str, node_contracts: Path, contract: str
) -> None:
    path = node_contracts / f"{contract}-alfred.json"
    done = run(pact_node, "verify.mjs", _options(server, path, "js"))
    assert done.returncode == 0, done.stdout + done.stderr
    made = httpx.get(f"{server.url}/__admin/companies", headers=BEARER, trust_env=False).json()
    assert [company["name"] for company in made["companies"]] == ["Demo Company"]


def test_the_token_may_be_a_header_of_the_verifiers(
    server: ServerProcess, pact_node: str, node_contracts: Path
) -> None:
    options = _options(
        server,
        node_contracts / "archive-alfred.json",
        "bearer",
        providerStatesSetupUrl=f"{server.url}/__admin/pact/states?scope=bearer",
        customProviderHeaders=BEARER,
    )
    done = run(pact_node, "verify.mjs", options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_contract_is_found(
    server: ServerProcess, pact_node: str, node_contracts: Path, tmp_path: Path
) -> None:
    contract = json.loads((node_contracts / "archive-alfred.json").read_text("utf-8"))
    contract["interactions"][0]["response"]["status"] = 201
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(contract), "utf-8")
    done = run(pact_node, "verify.mjs", _options(server, broken, "broken"))
    assert done.returncode == 1, done.stdout + done.stderr
