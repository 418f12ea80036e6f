"""Completion, in the shells themselves."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from alfred_mock.testing import AlfredMock, Company
from tests.cli.running import Shell

_SECONDS = 120


def _run(shell: str, script: str, folder: Path, server: AlfredMock | None = None) -> list[str]:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"there is no {shell} on this machine")
    command = folder / "alfred-mock"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m alfred_mock "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        [path, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        env={
            **os.environ,
            "PATH": f"{folder}:{os.environ['PATH']}",
            "HOME": str(folder),
            "ALFRED_MOCK_URL": "" if server is None else server.url,
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def in_bash(line: str, folder: Path, server: AlfredMock | None = None) -> list[str]:
    """What bash completes the last word of a line to."""
    words = line.split(" ")
    script = f"""
        eval "$(alfred-mock completion bash)"
        complete -p alfred-mock >/dev/null || exit 9
        COMP_WORDS=({" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
        {_function_of_bash} alfred-mock
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return _run("bash", script, folder, server)


_function_of_bash = '$(complete -p alfred-mock | grep -o -- "-F [^ ]*" | cut -c4-)'


def in_zsh(line: str, folder: Path, server: AlfredMock | None = None) -> list[str]:
    """What zsh completes the last word of a line to.

    Its line editor, which only a person has, would put the words into a menu.
    """
    words = line.split(" ")
    script = f"""
        compdef() {{ [[ $2 == alfred-mock ]] && completer=$1; }}
        _describe() {{ local found=("${{(@P)argv[-2]}}"); print -rl -- "${{(@)found%%:*}}" }}
        compadd() {{ print -rl -- "${{(@P)argv[-1]}}"; }}
        eval "$(alfred-mock completion zsh)"
        words=({" ".join(f"'{word}'" for word in words)}) CURRENT={len(words)}
        $completer
    """
    return _run("zsh", script, folder, server)


def in_fish(line: str, folder: Path, server: AlfredMock | None = None) -> list[str]:
    """What fish completes the last word of a line to."""
    script = f"alfred-mock completion fish | source; complete -C {shlex.quote(line)}"
    found = _run("fish", script, folder, server)
    return [each.partition("\t")[0] for each in found]


each_shell = pytest.mark.parametrize("complete", [in_bash, in_zsh, in_fish])
Complete = Callable[..., list[str]]


@each_shell
def test_a_command_is_completed(complete: Complete, tmp_path: Path) -> None:
    assert complete("alfred-mock comp", tmp_path) == ["company", "completion"]


@each_shell
def test_a_word_that_an_option_takes_is_completed(complete: Complete, tmp_path: Path) -> None:
    found = complete("alfred-mock serve --journal ", tmp_path)
    assert sorted(found) == ["errors", "off", "on"]


def test_a_command_below_another_is_completed(tmp_path: Path) -> None:
    assert in_bash("alfred-mock clock re", tmp_path) == ["reset", "resume"]
    assert in_bash("alfred-mock job set x --stage in_r", tmp_path) == ["in_revision"]


def test_ids_of_a_running_server_are_completed(
    server: AlfredMock, company: Company, tmp_path: Path
) -> None:
    fault = company.fail("/a", status=500)
    assert fault.id in in_bash("alfred-mock faults clear ", tmp_path, server)
    assert in_bash(f"alfred-mock reset --company {company.id[:8]}", tmp_path, server) == [
        company.id
    ]


def test_a_server_that_is_not_there_is_no_word_about_it(tmp_path: Path) -> None:
    line = "alfred-mock faults --url http://127.0.0.1:1 clear "
    assert [word for word in in_bash(line, tmp_path) if word] == []


def test_another_shell_is_refused(shell: Shell) -> None:
    done = shell.run("completion", "tcsh")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
