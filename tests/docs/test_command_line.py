"""What docs/command-line.md says of commands and statuses is what the code has."""

import json

import click

from alfred_mock.cli import EXIT_REFUSED, main
from alfred_mock.cli.statuses import DONE, NOT_MET, UNREACHABLE
from alfred_mock.serve import START_FAILED
from tests.docs.markdown import blocks, code_in, read, rows, section

PAGE = read("docs/command-line.md")


def test_the_table_of_commands_has_each_of_them() -> None:
    _, *table = rows(section(PAGE, "Commands"))
    documented = [code_in(row[0])[0] for row in table]
    assert sorted(documented) == sorted(
        ["alfred-mock --version", *(f"alfred-mock {name}" for name in main.commands)]
    )


def test_the_exit_statuses_are_those_of_the_code() -> None:
    _, *table = rows(section(PAGE, "Exit statuses"))
    means = {int(status): meaning for status, meaning in table}
    assert set(means) == {DONE, NOT_MET, EXIT_REFUSED, START_FAILED}
    assert START_FAILED == UNREACHABLE
    assert "cannot be reached" in means[UNREACHABLE]
    assert "refused" in means[EXIT_REFUSED]
    assert "could not start" in means[START_FAILED]


def test_each_call_of_the_control_api_has_a_command() -> None:
    """But for Pact states: verifiers make those calls."""
    _, *table = rows(section(PAGE, "Calls"))
    documented = sorted(call for _, calls in table for call in code_in(calls))
    paths = json.loads(read("docs/openapi/control.json"))["paths"]
    there = {f"{method.upper()} {path}" for path, calls in paths.items() for method in calls}
    there |= {f"GET /__admin/{what}/stream" for what in ("requests", "events")}
    assert documented == sorted(call for call in there if "/pact/" not in call)


def test_each_command_of_a_call_is_there() -> None:
    _, *table = rows(section(PAGE, "Calls"))
    for cell, _ in table:
        group: click.Command = main
        for words in code_in(cell):
            # A word alone is a command of the group that was named before.
            first, *below = words.removesuffix(" --follow").split()
            group = main.commands.get(first, group)
            name = below[0] if below else first
            if isinstance(group, click.Group) and group.name != name:
                assert name in group.commands, words
            else:
                assert group.name == name, words


def test_each_command_has_an_example() -> None:
    shown = "\n".join(blocks(PAGE, "console"))
    has_none = {name for name in main.commands if f"$ alfred-mock {name}" not in shown}
    # Those that operators and comparers use have pages of their own, which show them.
    elsewhere = {"migrate", "reseal", "prune", "openapi", "fidelity", "conformance", "record"}
    assert has_none == {*elsewhere, "example", "completion"}
