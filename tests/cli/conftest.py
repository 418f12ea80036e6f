"""A server for all tests of a module, and a company of it for each test."""

from collections.abc import Iterator

import pytest

from alfred_mock.testing import AlfredMock, Company
from tests.cli.running import Shell


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture
def company(server: AlfredMock) -> Iterator[Company]:
    made = server.company("Acme")
    yield made
    made.delete()


@pytest.fixture
def shell(server: AlfredMock) -> Shell:
    return Shell(server)
