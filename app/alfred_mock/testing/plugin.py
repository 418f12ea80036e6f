"""pytest fixtures: a server for the settings of a test, and a company for each test.

pytest imports this in every run, so it imports nothing of the server before a fixture is used.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

import pytest

from alfred_mock.testing.marker import HELP, marked
from alfred_mock.testing.options import (
    PER_WORKER,
    REFUSALS,
    TOKEN_VARIABLE,
    UNUSED_FAULTS,
    URL_VARIABLE,
    add_options,
    is_on,
    place_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec

    from alfred_mock.testing import AlfredServer, Company

__all__ = ["TOKEN_VARIABLE", "URL_VARIABLE"]


class _NotRewritten:
    """Finds the modules of the server before pytest does.

    pytest rewrites the assertions of all modules that come with a plugin. Those of the server are
    no tests, and to rewrite them takes longer than to start it.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: Any = None
    ) -> ModuleSpec | None:
        """The module, if it is one of the server's."""
        return PathFinder.find_spec(name, path) if name.startswith("alfred_mock.") else None


sys.meta_path.insert(0, _NotRewritten)

_COMPANY = pytest.StashKey["Company"]()
_SERVER = pytest.StashKey["AlfredServer"]()
_HUB = pytest.StashKey[Any]()
_HUB_INPUT = "alfred_mock_hub"
_NAME_CHARACTERS = 256
_LIFETIME_SECONDS = 86_400
"""A run that is killed leaves its company on a shared server for so long."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the server is, if it is not to be started here, and what fails a test."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", HELP)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where to ask for a server that all workers share."""
    config = node.config
    # A worker on another machine could not reach it.
    if is_on(config, PER_WORKER) or place_of(config) is not None or not node.gateway.spec.popen:
        return
    if _HUB not in config.stash:
        from alfred_mock.testing.hub import Hub

        config.stash[_HUB] = Hub(_new_pool)
    node.workerinput[_HUB_INPUT] = list(config.stash[_HUB].address)


def _new_pool() -> Any:
    from alfred_mock.testing.pool import ServerPool

    return ServerPool()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started for the workers, whether they are still there or not."""
    if _HUB in config.stash:
        config.stash[_HUB].close()


@pytest.fixture(scope="session")
def alfred_settings() -> dict[str, Any]:
    """Settings of the server; override it to give some, for a folder, a module or a class."""
    return {}


@pytest.fixture(scope="session")
def alfred_server_with(pytestconfig: pytest.Config) -> Iterator[Callable[..., AlfredServer]]:
    """A function that returns the server with these settings, for fixtures of any scope.

    Each is started once, and goes on until the end of the session.
    """
    from alfred_mock.testing import AlfredMock
    from alfred_mock.testing.hub import HubAddress
    from alfred_mock.testing.pool import ServerPool

    place = place_of(pytestconfig)
    hub = getattr(pytestconfig, "workerinput", {}).get(_HUB_INPUT)
    pool = ServerPool(
        elsewhere=None if place is None else AlfredMock.at(*place),
        hub=None if hub is None else HubAddress(*hub),
    )
    yield pool
    pool.close()


@pytest.fixture
def alfred_server(
    request: pytest.FixtureRequest,
    alfred_settings: Mapping[str, Any],
    alfred_server_with: Callable[..., AlfredServer],
) -> AlfredServer:
    """The server of this test: tests with equal settings share one, also among workers.

    With `--alfred-url` it is the one that runs there, whatever `alfred_settings` says.
    """
    own = marked(request.node).settings
    if own and place_of(request.config) is not None:
        pytest.skip("the server runs elsewhere, so this test cannot choose its settings")
    server = alfred_server_with(**{**alfred_settings, **own})
    request.node.stash[_SERVER] = server
    return server


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
    seed = marked(request.node).seed
    name = request.node.name.encode("ascii", "replace").decode()[:_NAME_CHARACTERS]
    company = alfred_server.company(
        name, seed=alfred_seed if seed is None else seed, ttl_s=_LIFETIME_SECONDS
    )
    request.node.stash[_COMPANY] = company
    yield company
    company.delete()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that has passed, where it asks to be failed for more."""
    result = yield
    company = item.stash.get(_COMPANY, None)
    if company is not None:
        own = marked(item)
        problems = []
        if is_on(item.config, UNUSED_FAULTS, own.fail_on_unused_faults):
            problems += _unused_faults(company)
        if is_on(item.config, REFUSALS, own.fail_on_refusals):
            problems += _refusals(item, company, own.expected_refusals)
        if problems:
            pytest.fail("\n".join(problems), pytrace=False)
    return result


def _unused_faults(company: Company) -> list[str]:
    from alfred_mock.testing.checks import unused_faults

    lines = unused_faults(company)
    return ["No request has met these faults:", *lines] if lines else []


def _refusals(item: pytest.Item, company: Company, expected: Any) -> list[str]:
    from alfred_mock.testing import AlfredMock
    from alfred_mock.testing.checks import refusals

    # On a server that others use as well, calls of no company may be theirs.
    is_own = isinstance(item.stash.get(_SERVER, None), AlfredMock)
    lines = refusals(company, expected, strays_too=is_own)
    return ["These requests were refused, and no fault asked for it:", *lines] if lines else []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say beneath a failure what the test's company had asked by then, and what was logged."""
    report = yield
    company = item.stash.get(_COMPANY, None)
    if company is not None and report.failed and report.when != "teardown":
        from alfred_mock.testing.report import log_of, requests_of

        report.sections.append(("alfred-mock requests", requests_of(company)))
        log = log_of(item.stash[_SERVER])
        if log:
            report.sections.append(("alfred-mock log", log))
    return report
