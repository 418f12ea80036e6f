"""pytest fixtures: a server for the session, and a company for each test.

pytest imports this in every run, so it imports nothing of the server before a fixture is used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from alfred_mock.testing import AlfredServer, Company

URL_VARIABLE = "ALFRED_MOCK_TEST_URL"
TOKEN_VARIABLE = "ALFRED_MOCK_TEST_ADMIN_TOKEN"  # noqa: S105 - the name of a variable

_COMPANY = pytest.StashKey["Company"]()
_NAME_CHARACTERS = 256
_LIFETIME_SECONDS = 86_400
"""A run that is killed leaves its company on a shared server for so long."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the server is, if it is not to be started here."""
    group = parser.getgroup("alfred-mock")
    url = "Use the alfred-mock server at this URL instead of starting one"
    token = "Token of that server's control API"  # noqa: S105
    group.addoption("--alfred-url", metavar="URL", help=f"{url} [{URL_VARIABLE}].")
    group.addoption("--alfred-admin-token", metavar="TOKEN", help=f"{token} [{TOKEN_VARIABLE}].")
    parser.addini("alfred_url", f"{url}.", default="")
    parser.addini("alfred_admin_token", f"{token}.", default="")


def _option(config: pytest.Config, name: str, variable: str) -> str | None:
    given = config.getoption(name) or os.environ.get(variable) or config.getini(name)
    return str(given) if given else None


@pytest.fixture(scope="session")
def alfred_settings() -> dict[str, Any]:
    """Settings of the server that is started for the session; override it to give some."""
    return {}


@pytest.fixture(scope="session")
def alfred_server(
    pytestconfig: pytest.Config, alfred_settings: dict[str, Any]
) -> Iterator[AlfredServer]:
    """A server for the whole session; with pytest-xdist, one for each worker.

    With `--alfred-url` it is the one that runs there, whatever `alfred_settings` says.
    """
    from alfred_mock.testing import AlfredMock

    url = _option(pytestconfig, "alfred_url", URL_VARIABLE)
    if url is None:
        server: AlfredServer = AlfredMock(**alfred_settings)
    else:
        token = _option(pytestconfig, "alfred_admin_token", TOKEN_VARIABLE)
        server = AlfredMock.at(url, token)
    with server:
        yield server


@pytest.fixture
def alfred_seed() -> Mapping[str, Any] | None:
    """The seed of each test's company; override or parametrize it to give one."""
    return None


@pytest.fixture
def alfred(
    request: pytest.FixtureRequest,
    alfred_server: AlfredServer,
    alfred_seed: Mapping[str, Any] | None,
) -> Iterator[Company]:
    """A company that nobody else uses, which is gone after the test."""
    name = request.node.name.encode("ascii", "replace").decode()[:_NAME_CHARACTERS]
    company = alfred_server.company(name, seed=alfred_seed, ttl_s=_LIFETIME_SECONDS)
    request.node.stash[_COMPANY] = company
    yield company
    company.delete()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say beneath a failure what the test's company had asked by then."""
    report = yield
    company = item.stash.get(_COMPANY, None)
    if company is not None and report.failed and report.when != "teardown":
        report.sections.append(("alfred-mock requests", _requests_of(company)))
    return report


def _requests_of(company: Company) -> str:
    from alfred_mock.testing.control_client import ControlError
    from alfred_mock.testing.journal import listing

    try:
        return listing(company.requests())
    except ControlError as error:
        return f"unknown: {error}"
