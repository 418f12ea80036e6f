"""A command imports what it needs, and says what it does without being imported."""

import subprocess
import sys
from itertools import chain

import click
import pytest

from alfred_mock.cli import main

HEAVY = {"fastapi", "pydantic", "sqlalchemy", "uvicorn", "alembic", "httpx", "yaml", "http.client"}


def _imported(*arguments: str) -> set[str]:
    """The modules that a process has at the end of a command."""
    code = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from alfred_mock.cli import main\n"
        f"main({list(arguments)!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)], ids=" ".join)
def test_help_imports_no_command(arguments: tuple[str, ...]) -> None:
    modules = _imported(*arguments)
    assert not HEAVY & modules
    ours = {name for name in modules if name.startswith("alfred_mock.cli.")}
    assert ours == {"alfred_mock.cli.group", "alfred_mock.cli.statuses"}


def test_a_call_of_a_server_imports_none_of_it() -> None:
    modules = _imported("clock", "show", "--url", "http://127.0.0.1:1")
    assert not (HEAVY - {"http.client"}) & modules
    assert not {name for name in modules if name.startswith("alfred_mock.control.")}


def test_serving_imports_no_other_command() -> None:
    modules = _imported("serve", "--help")
    ours = {name for name in modules if name.startswith("alfred_mock.cli.")}
    assert ours == {
        f"alfred_mock.cli.{name}"
        for name in ("group", "parameters", "serving", "settings_options", "statuses")
    }
    assert "alfred_mock.control_client" not in modules


@pytest.mark.parametrize("name", list(main.commands))
def test_a_command_does_what_the_list_says(name: str) -> None:
    command = main.commands[name]
    assert command.name == name
    assert command.get_short_help_str(limit=200) == main._homes[name].help


def _all(command: click.Command, path: str = "alfred-mock") -> list[tuple[str, click.Command]]:
    below = command.commands if isinstance(command, click.Group) else {}
    each = [_all(below[name], f"{path} {name}") for name in below]
    return [(path, command), *chain.from_iterable(each)]


def test_each_command_and_option_has_help() -> None:
    for path, command in _all(main):
        assert command.help, path
        for param in command.params:
            # A choice says by itself what it takes.
            is_plain = isinstance(param.type, click.Choice | click.FloatRange)
            assert not isinstance(param, click.Option) or param.help or is_plain, (path, param.name)
