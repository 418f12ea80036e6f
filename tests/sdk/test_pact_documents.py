"""Bi-directional contracts: the published OpenAPI document agrees with what consumers need.

Compared by PactFlow's open comparator. What no document says, such as an outage that a tester
asks for, is in contracts of its own.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sdk.conftest import Served
from tests.sdk.pact_scripts import COMPARATOR, run
from tests.sdk.python_sdk import Connect, ignore_utcfromtimestamp

pytestmark = ignore_utcfromtimestamp


@pytest.fixture
def document(served: Served) -> Any:
    """The document as the server publishes it."""
    return httpx.get(f"{served.url}/openapi.json", trust_env=False).json()


def _found(node: str, document: Any, contract: Path, folder: Path) -> list[tuple[str, str]]:
    """What does not agree: codes and messages."""
    published = folder / "openapi.json"
    published.write_text(json.dumps(document), "utf-8")
    done = run(node, COMPARATOR, str(published), str(contract))
    return [(each["code"], each["message"]) for each in json.loads(done.stdout)]


def test_it_agrees_with_consumers_in_javascript(
    document: Any, pact_node: str, node_contracts: Path, tmp_path: Path
) -> None:
    contract = node_contracts / "archive-alfred.json"
    assert _found(pact_node, document, contract, tmp_path) == []


@pytest.mark.parametrize("consumer", ["by_key", "by_password"])
def test_it_agrees_with_consumers_in_python(
    document: Any, pact_node: str, connect_python: Connect, consumer: str, tmp_path: Path
) -> None:
    pacts = pytest.importorskip("tests.sdk.pacts", reason="pact-python cannot be imported here")
    contract = getattr(pacts, consumer)(tmp_path, connect_python)
    assert _found(pact_node, document, contract, tmp_path) == []


def test_what_the_document_does_not_say_is_found(
    document: Any, pact_node: str, node_contracts: Path, tmp_path: Path
) -> None:
    contract = json.loads((node_contracts / "archive-alfred.json").read_text("utf-8"))
    contract["interactions"][0]["response"]["headers"]["X-Other"] = ["x"]
    body = contract["interactions"][0]["response"]["body"]["content"]
    body["creation_date"] = "yesterday"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(contract), "utf-8")
    codes = [code for code, _ in _found(pact_node, document, other, tmp_path)]
    assert sorted(codes) == ["response.body.incompatible", "response.header.unknown"]
