"""Groups of commands that are imported when they are used, and what all commands have in common."""

import sys
from collections import UserDict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import click

from alfred_mock.cli.statuses import NOT_MET, REFUSED
from alfred_mock.core.terminal import plain
from alfred_mock.database.errors import CannotStart

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

PROGRAM = "alfred-mock"


class Home(NamedTuple):
    """Where a command is, and what it does: the same as the first line of its help."""

    module: str
    help: str


class _Commands(UserDict[str, click.Command]):
    """Commands by their names; each is imported when it is taken."""

    def __init__(self, homes: Mapping[str, Home]) -> None:
        super().__init__()
        self._homes = homes

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)

    def __contains__(self, name: object) -> bool:
        return name in self._homes

    def __getitem__(self, name: str) -> click.Command:
        home = self._homes[name]
        module = import_module(f"alfred_mock.cli.{home.module}")
        found: click.Command = getattr(module, f"{name.replace('-', '_')}_command")
        return found


class LazyGroup(click.Group):
    """Says what its commands do without importing them, and how things end in one line."""

    def __init__(self, *, homes: Mapping[str, Home], **options: Any) -> None:
        super().__init__(commands=_Commands(homes), **options)
        self._homes = homes

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table, which is the one in which they are met."""
        return list(self._homes)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each command does."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, home.help) for name, home in self._homes.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list["CompletionItem"]:
        """Names of commands; options come from click."""
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=home.help)
            for name, home in self._homes.items()
            if name.startswith(incomplete)
        ]

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command, and exit with its status; whatever keeps it from its end is one line."""
        # `python -m alfred_mock` is the same, and completion goes by the name.
        name = prog_name or PROGRAM
        run = partial(super().main, args, name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        try:
            status: Any = run()
        except CannotStart as refusal:
            end(f"{refusal}", REFUSED)
        except click.exceptions.NoArgsIsHelpError as shown:
            shown.show()
            sys.exit(REFUSED)
        except click.ClickException as error:
            end(_sentence(error), error.exit_code)
        except click.Abort:
            end("ended before it was done", NOT_MET)
        sys.exit(status if isinstance(status, int) else 0)


def _sentence(error: click.ClickException) -> str:
    """What is wrong, on one line; a bad value is told like that of a setting."""
    said = error.format_message()
    if type(error) is click.BadParameter and isinstance(error.param, click.Option):
        said = f"{error.param.opts[0]}: {error.message}"
    return "; ".join(" ".join(line.split()) for line in said.splitlines())


def end(message: str, status: int) -> NoReturn:
    """Say why on stderr, and exit."""
    lines = [plain(line) for line in message.splitlines()] or [""]
    click.echo(f"{PROGRAM}: " + "\n".join(lines), err=True)
    sys.exit(status)
