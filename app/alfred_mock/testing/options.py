"""Options of the plugin, on the command line, in the environment and in `pytest.ini`."""

from __future__ import annotations

import os

import pytest

URL_VARIABLE = "ALFRED_MOCK_TEST_URL"
TOKEN_VARIABLE = "ALFRED_MOCK_TEST_ADMIN_TOKEN"  # noqa: S105 - the name of a variable

PER_WORKER = "alfred_server_per_worker"
UNUSED_FAULTS = "alfred_fail_on_unused_faults"
REFUSALS = "alfred_fail_on_refusals"

_SWITCHES = {
    PER_WORKER: "Start an alfred-mock server in each worker of pytest-xdist, instead of one for"
    " all",
    UNUSED_FAULTS: "Fail a test whose company has a fault that no request has met",
    REFUSALS: "Fail a test that got a 4xx or 5xx from alfred-mock which no fault asked for",
}


def add_options(parser: pytest.Parser) -> None:
    """All of them."""
    group = parser.getgroup("alfred-mock")
    url = "Use the alfred-mock server at this URL instead of starting one"
    token = "Token of that server's control API"  # noqa: S105
    group.addoption("--alfred-url", metavar="URL", help=f"{url} [{URL_VARIABLE}].")
    group.addoption("--alfred-admin-token", metavar="TOKEN", help=f"{token} [{TOKEN_VARIABLE}].")
    parser.addini("alfred_url", f"{url}.", default="")
    parser.addini("alfred_admin_token", f"{token}.", default="")
    for name, meaning in _SWITCHES.items():
        option = f"--{name.replace('_', '-')}"
        group.addoption(option, action="store_true", default=None, help=f"{meaning}.")
        parser.addini(name, f"{meaning}.", type="bool", default=False)


def is_on(config: pytest.Config, name: str, own: bool | None = None) -> bool:
    """Whether a switch is on; what a test says of its own comes first."""
    if own is not None:
        return own
    return bool(config.getoption(name) or config.getini(name))


def place_of(config: pytest.Config) -> tuple[str, str | None] | None:
    """URL and token of the server that runs elsewhere, if there is one."""
    url = _given(config, "alfred_url", URL_VARIABLE)
    return None if url is None else (url, _given(config, "alfred_admin_token", TOKEN_VARIABLE))


def _given(config: pytest.Config, name: str, variable: str) -> str | None:
    given = config.getoption(name) or os.environ.get(variable) or config.getini(name)
    return str(given) if given else None
