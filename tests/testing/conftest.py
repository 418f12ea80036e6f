"""A server in this process that the tests of handles share, and a company for each."""

from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.testing import AlfredMock, Company
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    """Shared: each test has a company of its own on it."""
    with AlfredMock() as started:
        yield started


@pytest.fixture
def company(server: AlfredMock) -> Company:
    """A new company."""
    return server.company()


@pytest.fixture
def http(company: Company) -> Iterator[httpx.Client]:
    """A client with the company's API key."""
    with httpx.Client(base_url=company.url, headers=company.headers, trust_env=False) as client:
        yield client


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)
