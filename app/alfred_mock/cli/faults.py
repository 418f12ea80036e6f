"""`alfred-mock fail` and `alfred-mock faults`: requests that fail on purpose."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from alfred_mock.cli.output import Column, print_line, print_members, print_table
from alfred_mock.cli.parameters import Delay, Pair, Sequence
from alfred_mock.cli.remote import Server, company_option, given_fault, remote
from alfred_mock.control_client import given

_HOW_OFTEN = ("times", "every", "percentage")


@click.command("fail")
@click.argument("path")
@company_option
@click.option("--method", help="Only requests with this method.")
@click.option(
    "--header",
    type=Pair(),
    multiple=True,
    help="Only requests with this header; the value is a glob. May be repeated.",
)
@click.option(
    "--query",
    type=Pair(),
    multiple=True,
    help="Only requests with this parameter; the value is a glob. May be repeated.",
)
@click.option("--status", type=click.IntRange(200, 599), help="Answer with this status.")
@click.option("--message", help="The error's sentence; each status has one of its own.")
@click.option(
    "--answer-header",
    type=Pair(),
    multiple=True,
    help="A header of the answer. May be repeated.",
)
@click.option("--content", help="The body of the answer, as text.")
@click.option(
    "--content-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The body of the answer, as the bytes of a file.",
)
@click.option("--content-type", help="The body's media type.")
@click.option(
    "--delay-ms",
    type=Delay(),
    help='How long the answer is held back: 500, 100-900, or {"median": 200, "sigma": 0.5}.',
)
@click.option(
    "--drip-ms", type=click.FloatRange(min=0, min_open=True), help="Time over which the body drips."
)
@click.option(
    "--body",
    type=click.Choice(["empty", "truncated", "malformed"]),
    help="What becomes of the body.",
)
@click.option(
    "--connection", type=click.Choice(["reset", "close"]), help="End it without an answer."
)
@click.option("--after", is_flag=True, help="Let the request do its work first.")
@click.option(
    "--sequence",
    type=Sequence(),
    help="What happens to the first match, the second and so on: 503,none,reset, or JSON.",
)
@click.option("--times", type=click.IntRange(min=1), help="Only so many times.")
@click.option("--every", type=click.IntRange(min=1), help="Only every so many matches.")
@click.option("--percentage", type=click.FloatRange(0, 100), help="Only so many of a hundred.")
@click.option("--seed", help="What is drawn is the same each time for the same seed.")
@remote
def fail_command(
    server: Server,
    *,
    path: str,
    company: str | None,
    method: str | None,
    header: tuple[tuple[str, str], ...],
    query: tuple[tuple[str, str], ...],
    answer_header: tuple[tuple[str, str], ...],
    content_file: Path | None,
    after: bool,
    sequence: list[Any] | None,
    times: int | None,
    every: int | None,
    percentage: float | None,
    seed: str | None,
    **effect: Any,
) -> None:
    """Make requests fail.

    PATH is a glob, in which * also stands for slashes: '/api/file/*'.
    """
    if content_file is not None:
        effect["content_base64"] = b64encode(content_file.read_bytes()).decode()
    effect |= {"headers": dict(answer_header) or None, "after": after or None}
    match = {
        "path": path,
        "method": method,
        "header": dict(header) or None,
        "query": dict(query) or None,
    }
    rule = {
        "company": company,
        "match": given(match),
        "effect": given(effect) or None,
        "sequence": sequence,
        "times": times,
        "every": every,
        "percentage": percentage,
        "seed": seed,
    }
    server.show(server.call("POST", "faults", body=given(rule)), _print_fault)


def _print_fault(fault: Any) -> None:
    print_members(
        [
            ("id", fault["id"]),
            ("company", fault.get("company") or "all"),
            ("requests", _requests_of(fault)),
            ("effect", _effect_of(fault)),
        ]
    )


@click.group("faults", invoke_without_command=True)
@company_option
@remote
def faults_command(server: Server, company: str | None) -> None:
    """List the faults, or clear them."""
    columns = [
        Column("ID", lambda fault: fault["id"]),
        Column("COMPANY", lambda fault: fault.get("company") or "all"),
        Column("REQUESTS", _requests_of, gives_way=True),
        Column("EFFECT", _effect_of, lambda _: "magenta", gives_way=True),
        Column("SEEN", lambda fault: fault["seen"], is_number=True),
        Column("FIRED", lambda fault: fault["fired"], is_number=True),
        Column("LEFT", _left, is_number=True),
    ]
    answer = server.call("GET", "faults", query={"company": company})
    server.show(answer, lambda shown: print_table(shown["faults"], columns))


@faults_command.command("clear")
@click.argument("id", required=False, shell_complete=given_fault)
@company_option
@remote
def clear(server: Server, id: str | None, company: str | None) -> None:  # noqa: A002
    """Clear one fault, those of a company, or all."""
    if id is not None and company is not None:
        raise click.UsageError("an ID is that of one fault: leave out --company")
    if id is not None:
        answer = server.call("DELETE", "faults", id)
    else:
        answer = server.call("DELETE", "faults", query={"company": company})
    server.show(answer, lambda shown: print_line(f"cleared {shown['cleared']}"))


def _left(fault: Any) -> Any:
    return "∞" if fault["remaining"] is None else fault["remaining"]


def _requests_of(fault: Any) -> str:
    match = fault["match"]
    words = [match.get("method", "any"), match.get("path", "*")]
    words += [f"{name}: {glob}" for name, glob in match.get("header", {}).items()]
    words += [f"?{name}={glob}" for name, glob in match.get("query", {}).items()]
    return " ".join(words)


def _effect_of(fault: Any) -> str:
    if "sequence" in fault:
        shown = ", ".join(_words(effect or {}) for effect in fault["sequence"])
    else:
        shown = _words(fault.get("effect", {}))
    often = [f"{name} {fault[name]:g}" for name in _HOW_OFTEN if name in fault]
    return ", ".join([shown, *often])


def _words(effect: dict[str, Any]) -> str:
    def word(name: str, value: Any) -> str:
        if value is True:
            return name
        return f"{name} {value if isinstance(value, str) else json.dumps(value)}"

    return " ".join(word(*member) for member in effect.items()) or "none"
