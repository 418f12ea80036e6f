"""Runs commands in this process, against a server that serves."""

import json
from typing import Any

from click.testing import CliRunner, Result

from alfred_mock.cli import main
from alfred_mock.testing import AlfredMock

NOWHERE = "http://127.0.0.1:1"


class Shell:
    """A person at a shell, whose variables name the server."""

    def __init__(self, server: AlfredMock) -> None:
        self.server = server
        self._variables = {"ALFRED_MOCK_URL": server.url, "NO_COLOR": "1"}

    def run(self, *arguments: str, **variables: str) -> Result:
        """What a command prints, and its exit status."""
        return CliRunner(env={**self._variables, **variables}).invoke(
            main, arguments, catch_exceptions=False
        )

    def out(self, *arguments: str) -> str:
        """What a command prints that ends well."""
        done = self.run(*arguments)
        assert (done.exit_code, done.stderr) == (0, ""), (arguments, done.output)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What a command prints for scripts."""
        return json.loads(self.out(*arguments, "--json"))

    def table(self, *arguments: str) -> list[list[str]]:
        """The cells of the table that a command prints, its headings included."""
        return [
            [cell.strip() for cell in line.split("  ") if cell.strip()]
            for line in self.out(*arguments).splitlines()
        ]

    def get(self, *path: str, **query: Any) -> Any:
        """What the control API answers itself."""
        return self.server._control.call("GET", *path, query=query)
