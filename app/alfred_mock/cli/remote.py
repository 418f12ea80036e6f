"""Commands that speak to a running server: their options, and how its refusals end them."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click
from click.core import ParameterSource

from alfred_mock.cli.statuses import NOT_MET, REFUSED, UNREACHABLE
from alfred_mock.control_client import (
    TIMEOUT_SECONDS,
    ControlClient,
    ControlError,
    given,
    local_url,
)

_NOT_MET = (404, 408)


class Failed(click.ClickException):
    """It could not be done; the exit status says why in a word."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        vars(self)["exit_code"] = status


def status_of(error: ControlError) -> int:
    """The exit status for an error of the server, or for none of its answers."""
    if error.status in _NOT_MET:
        return NOT_MET
    is_refusal = error.status is not None and 400 <= error.status < 500
    return REFUSED if is_refusal else UNREACHABLE


class Server:
    """The server that a command speaks to, and how its answers are shown."""

    def __init__(self, client: ControlClient, *, as_json: bool) -> None:
        self.client = client
        self.as_json = as_json

    def call(
        self,
        method: str,
        *path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Any:
        """The answer of the control API.

        Raises:
            ControlError: the server refuses, or cannot be reached.
        """
        return self.client.call(method, *path, query=query, body=body, timeout=timeout)

    def show(self, answer: Any, for_people: Callable[[Any], None]) -> None:
        """Print an answer: as it is for scripts, or as a function prints it for people."""
        if self.as_json:
            print_json(answer)
        else:
            for_people(answer)


def print_json(answer: Any) -> None:
    """Print a document on one line, as the server writes it."""
    click.echo(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))


def remote(command: Any) -> Any:
    """Give a command the options of all that speak to a server, and the `Server` they name."""

    @wraps(command)
    def call(url: str | None, admin_token: str | None, as_json: bool, **given: Any) -> Any:
        if _is_about_another(click.get_current_context()):
            return None
        server = Server(client_for(url, admin_token), as_json=as_json)
        try:
            return command(server, **given)
        except ControlError as error:
            raise Failed(str(error), status_of(error)) from None

    for option in (
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print what the control API answers, unchanged, for scripts.",
        ),
        click.option(
            "--admin-token",
            envvar="ALFRED_MOCK_ADMIN_TOKEN",
            metavar="TOKEN",
            help="The control API's token, or a company's own. [ALFRED_MOCK_ADMIN_TOKEN]",
        ),
        click.option(
            "--url",
            envvar="ALFRED_MOCK_URL",
            metavar="URL",
            help="Where the server is, as http://127.0.0.1:8000 or unix:PATH; by default where a"
            " server with the settings of this folder listens. [ALFRED_MOCK_URL]",
        ),
    ):
        call = option(call)
    return call


def _is_about_another(ctx: click.Context) -> bool:
    """Whether a command that lists by itself only leads to one below it.

    Raises:
        UsageError: it has options of its own, which would be lost.
    """
    if ctx.invoked_subcommand is None:
        return False
    for param in ctx.command.params:
        if ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"put {param.opts[0]} behind {ctx.invoked_subcommand}")
    return True


def client_for(url: str | None, admin_token: str | None) -> ControlClient:
    """A client of the server that the options name, or the environment, or its settings.

    Raises:
        UsageError: what is named is no place where a server can be.
    """
    if not url:
        # Who names a server need not wait for the settings, nor send it the token of another.
        from alfred_mock.core.environment import load_settings, url_of_server

        settings = load_settings()
        url = url or url_of_server()
        if not url and settings.uds is None and settings.port == 0:
            raise click.UsageError("the settings have port 0, which is any: say where with --url")
        url = url or local_url(settings.host, settings.port, settings.uds)
        admin_token = admin_token or settings.admin_token
    try:
        return ControlClient(url, admin_token)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def given_company(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """The companies that a running server has, for a shell to complete."""
    return _from_server(ctx, "companies", incomplete, lambda company: company["name"])


def given_fault(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
    """The faults that a running server has, for a shell to complete."""
    return _from_server(
        ctx, "faults", incomplete, lambda fault: fault["match"].get("path", "any path")
    )


def _from_server(
    ctx: click.Context, what: str, incomplete: str, help_of: Callable[[Any], str]
) -> list[Any]:
    from click.shell_completion import CompletionItem

    try:
        client = client_for(ctx.params.get("url"), ctx.params.get("admin_token"))
        found = client.call("GET", what, timeout=1)[what]
    except Exception:  # a shell that completes has nowhere to say why
        return []
    ids = [(each["id"], help_of(each)) for each in found]
    return [CompletionItem(id_, help=text) for id_, text in ids if id_.startswith(incomplete)]


company_option = click.option(
    "--company",
    metavar="COMPANY",
    shell_complete=given_company,
    help="A company's id, API key, HMAC id or user name; all companies if absent.",
)


def with_nulls(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """The options that were given; of those with these names, `none` is null."""
    return {
        name: None if name in names and value == "none" else value
        for name, value in given(fields).items()
    }
