"""How commands find the server, and how they end where it does not do what they ask."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from alfred_mock.cli.statuses import DONE, NOT_MET, REFUSED, UNREACHABLE
from alfred_mock.testing import AlfredMock, Company
from tests.cli.running import NOWHERE, Shell
from tests.support import UNKNOWN_ID, server_process

TOKEN = "a-token-for-tests"


@pytest.fixture(scope="module")
def guarded() -> Iterator[AlfredMock]:
    with AlfredMock(admin_token=TOKEN) as started:
        yield started


def test_an_option_wins_over_the_variable(shell: Shell) -> None:
    done = shell.run("clock", "show", "--url", NOWHERE)
    assert done.exit_code == UNREACHABLE
    assert done.stderr == f"alfred-mock: no answer from {NOWHERE}: Connection refused\n"


def test_options_stand_behind_the_command_that_they_are_for(shell: Shell) -> None:
    done = shell.run("faults", "--url", shell.server.url, "clear")
    assert (done.exit_code, done.stderr) == (REFUSED, "alfred-mock: put --url behind clear\n")


def test_without_any_it_is_where_a_local_server_would_be(shell: Shell, tmp_path: Path) -> None:
    port = shell.server.url.rpartition(":")[2]
    with chdir(tmp_path):
        assert shell.run("clock", "show", ALFRED_MOCK_URL="").exit_code == UNREACHABLE
        (tmp_path / ".env").write_text(f"ALFRED_MOCK_PORT={port}\nALFRED_MOCK_HOST=0.0.0.0\n")
        assert shell.run("clock", "show", ALFRED_MOCK_URL="").exit_code == DONE


def test_the_file_of_settings_may_name_the_server(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"ALFRED_MOCK_URL={shell.server.url}\n")
    with chdir(tmp_path):
        assert shell.run("clock", "show", ALFRED_MOCK_URL="").exit_code == DONE


def test_port_0_names_no_server(shell: Shell) -> None:
    done = shell.run("clock", "show", ALFRED_MOCK_URL="", ALFRED_MOCK_PORT="0")
    assert done.exit_code == REFUSED
    assert "--url" in done.stderr


def test_a_server_may_listen_on_a_unix_socket(
    shell: Shell, sqlite_url: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "a.sock")
    with server_process("--uds", path, "--database-url", sqlite_url) as server:
        assert server.url == f"unix:{path}"
        assert shell.run("company", "list", "--url", server.url).exit_code == DONE
        opened = shell.run("open", "--url", server.url)
        assert (opened.exit_code, "Unix socket" in opened.stderr) == (REFUSED, True)
        assert shell.run("clock", "show", ALFRED_MOCK_URL="", ALFRED_MOCK_UDS=path).exit_code == 0


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8000", "http://h:x", "unix:"])
def test_what_is_no_url_is_refused(shell: Shell, url: str) -> None:
    done = shell.run("clock", "show", "--url", url, "--admin-token", TOKEN)
    assert done.exit_code == REFUSED
    assert len(done.stderr.splitlines()) == 1


def test_the_token_comes_from_an_option_or_the_variable(
    guarded: AlfredMock, tmp_path: Path
) -> None:
    shell = Shell(guarded)
    with chdir(tmp_path):
        refused = shell.run("clock", "show")
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (REFUSED, 1)
        assert shell.run("clock", "show", "--admin-token", TOKEN).exit_code == DONE
        assert shell.run("clock", "show", ALFRED_MOCK_ADMIN_TOKEN=TOKEN).exit_code == DONE


def test_a_server_that_is_named_does_not_get_the_token_of_this_folder(
    guarded: AlfredMock, tmp_path: Path
) -> None:
    port = guarded.url.rpartition(":")[2]
    (tmp_path / ".env").write_text(f"ALFRED_MOCK_ADMIN_TOKEN={TOKEN}\nALFRED_MOCK_PORT={port}\n")
    shell = Shell(guarded)
    with chdir(tmp_path):
        assert shell.run("clock", "show").exit_code == REFUSED
        assert shell.run("clock", "show", ALFRED_MOCK_URL="").exit_code == DONE


def test_the_token_of_a_company_is_for_that_company(guarded: AlfredMock) -> None:
    shell = Shell(guarded)
    made = shell.run("company", "create", "--json", "--admin-token", TOKEN)
    own = shell.server.company().id
    company = json.loads(made.stdout)
    mine = ("--admin-token", company["admin_token"])
    assert shell.run("requests", "--company", company["id"], *mine).exit_code == DONE
    assert shell.run("requests", "--company", own, *mine).exit_code == REFUSED


def test_a_token_that_cannot_be_sent_is_refused(shell: Shell) -> None:
    done = shell.run("clock", "show", "--admin-token", "päss\nword")
    assert (done.exit_code, len(done.stderr.splitlines())) == (REFUSED, 1)


def test_what_is_not_there_is_a_1_with_the_servers_message(shell: Shell) -> None:
    done = shell.run("faults", "clear", UNKNOWN_ID)
    assert (done.exit_code, done.stdout) == (NOT_MET, "")
    assert done.stderr == f"alfred-mock: Fault with ID {UNKNOWN_ID} does not exist.\n"


def test_what_the_server_refuses_is_a_2_with_its_message(shell: Shell, company: Company) -> None:
    done = shell.run("fail", "/api/*", "--message", "x", "--company", company.id)
    assert (done.exit_code, done.stdout) == (REFUSED, "")
    assert len(done.stderr.splitlines()) == 1
    assert "must do something" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("fail", "/api/*", "--status", "99"),
        ("fail", "/api/*", "--delay-ms", "soon"),
        ("fail", "/api/*", "--sequence", "503,perhaps"),
        ("fail", "/api/*", "--header", "x"),
        ("clock", "advance", "a while"),
        ("requests", "--limit", "-1"),
        ("requests", "--no-such-option"),
        ("wait", "request", "--timeout", "soon"),
        ("no-such-command",),
        ("faults", "clear", UNKNOWN_ID, "--company", "x"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_refused_in_one_line(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell.run(*arguments)
    assert (done.exit_code, done.stdout) == (REFUSED, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("alfred-mock: ")
