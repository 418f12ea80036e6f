"""`alfred-mock requests`: what the server was sent, and what it answered."""

import sys
from collections.abc import Callable
from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members, print_table
from alfred_mock.cli.remote import Failed, Server, company_option, print_json, remote
from alfred_mock.cli.statuses import NOT_MET
from alfred_mock.core.request_line import colour_of, duration_of, request_line, why_of
from alfred_mock.core.terminal import has_colour, plain, write_line

_MOST_SHOWN = 10_000
_SHORT_ID = 8

_COLUMNS = [
    Column("NUMBER", lambda entry: entry["number"], lambda _: "dim", is_number=True),
    Column("AT", lambda entry: _time_of(entry), lambda _: "dim"),
    Column("METHOD", lambda entry: entry["method"], lambda _: "bold"),
    Column("PATH", lambda entry: _path_of(entry), gives_way=True),
    Column("STATUS", lambda entry: entry["status"], lambda entry: colour_of(entry["status"])),
    Column("TOOK", lambda entry: duration_of(entry["duration_ms"]), is_number=True),
    Column("COMPANY", lambda entry: _company_of(entry), lambda _: "blue"),
    Column("WHY", why_of, lambda _: "magenta", gives_way=True),
]


_PATH = click.option("--path", help="A glob, in which * also stands for slashes.")


def filtered(command: Any) -> Any:
    """Give a command the journal's filters."""
    return filtered_beside_path(_PATH(command))


def filtered_beside_path(command: Any) -> Any:
    """Give a command the journal's filters, all but the path."""
    for option in (
        click.option("--outgoing", is_flag=True, help="Requests that the server has sent."),
        click.option("--anonymous", is_flag=True, help="Only requests of no company."),
        click.option("--since", help="Those after this number, or from this ISO 8601 date on."),
        click.option("--status", help="A status such as 404, or 4xx."),
        click.option("--query", help="Parameters such as 'currentPage=2&pageSize=*'."),
        click.option("--method", help="A method, in either case."),
        company_option,
    ):
        command = option(command)
    return command


def query_of(given: dict[str, Any]) -> dict[str, Any]:
    """The filters as the control API takes them."""
    return {name: "true" if value is True else value or None for name, value in given.items()}


def limited(default: int | None = None) -> Callable[[Any], Any]:
    """The option that says how many are shown."""
    text = "The newest so many; 100 unless given."
    return click.option("--limit", type=click.IntRange(0, _MOST_SHOWN), default=default, help=text)


@click.group("requests", invoke_without_command=True)
@filtered
@limited()
@click.option("--follow", "-f", is_flag=True, help="Go on with each request as it comes.")
@remote
def requests_command(server: Server, follow: bool, limit: int | None, **filters: Any) -> None:
    """List the requests that the server was sent.

    With --follow each is a line, and with --json one JSON document a line.
    """
    if follow:
        from alfred_mock.cli.following import show_all

        show_all(server, "requests", query_of(filters), limit, _print_line)
        return
    answer = server.call("GET", "requests", query={**query_of(filters), "limit": limit})
    server.show(answer, print_requests)


def print_requests(answer: Any) -> None:
    """Print requests of the journal for people."""
    print_table(answer["requests"], _COLUMNS)


@requests_command.command("count")
@filtered
@remote
def count(server: Server, **filters: Any) -> None:
    """Count requests."""
    answer = server.call("GET", "requests", "count", query=query_of(filters))
    server.show(answer, lambda shown: click.echo(shown["count"]))


@requests_command.command("show")
@click.argument("number", type=click.IntRange(min=1))
@remote
def show(server: Server, number: int) -> None:
    """Show one request in full: headers, bodies and what its client was not told."""
    query = {"since": number - 1, "limit": _MOST_SHOWN}
    found = server.call("GET", "requests", query=query)["requests"]
    entry = next((each for each in found if each["number"] == number), None)
    if entry is None:
        raise Failed(f"there is no request {number} in the journal", NOT_MET)
    server.show(entry, _print_whole)


@requests_command.command("har")
@filtered
@limited()
@remote
def har(server: Server, limit: int | None, **filters: Any) -> None:
    """Print requests as an HTTP archive, which browsers open."""
    print_json(server.call("GET", "requests", "har", query={**query_of(filters), "limit": limit}))


@requests_command.command("clear")
@company_option
@remote
def clear(server: Server, company: str | None) -> None:
    """Empty the journal of a company, or all of it."""
    answer = server.call("DELETE", "requests", query={"company": company})
    server.show(answer, lambda _: print_line("the journal is empty"))


def _print_line(entry: Any) -> None:
    fields = {**entry, "at": _time_of(entry), "caller": _company_of(entry)}
    write_line(sys.stdout, request_line(fields, colour=has_colour(sys.stdout)))


def _print_whole(entry: Any) -> None:
    bodies = ("headers", "body", "response_headers", "response_body")
    print_members((name, value) for name, value in entry.items() if name not in bodies)
    for title, headers, body in (
        ("Request", entry["headers"], entry["body"]),
        ("Answer", entry["response_headers"], entry["response_body"]),
    ):
        write_line(sys.stdout, f"\n{title}")
        for name, value in headers.items():
            write_line(sys.stdout, plain(f"  {name}: {value}"))
        if body:
            write_line(sys.stdout, "")
        for line in body.splitlines():
            write_line(sys.stdout, f"  {plain(line)}")


def _time_of(entry: Any) -> str:
    return str(entry["at"]).partition("T")[2]


def _path_of(entry: Any) -> str:
    return f"{entry['path']}?{entry['query']}" if entry["query"] else str(entry["path"])


def _company_of(entry: Any) -> str | None:
    company: str | None = entry["company"]
    return company and company[:_SHORT_ID]
