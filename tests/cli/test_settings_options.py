"""Options that are settings have the types of these, and refuse in one line."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from alfred_mock.cli import main
from alfred_mock.cli.settings_options import Number, OneOf, WholeNumber
from alfred_mock.core.settings import Settings


def _option(name: str) -> click.Parameter:
    return next(param for param in main.commands["serve"].params if param.name == name)


def test_bounds_and_words_follow_from_the_settings() -> None:
    port, queue, level = (_option(name).type for name in ("port", "queue_seconds", "log_level"))
    assert isinstance(port, WholeNumber)
    assert (port.min, port.max, port.min_open) == (0, 65_535, False)
    assert isinstance(queue, Number)
    assert (queue.min, queue.max, queue.min_open) == (0, 60, True)
    assert isinstance(level, OneOf)
    assert list(level.choices) == ["debug", "info", "warning", "error"]
    assert isinstance(_option("seed").type, click.Path)
    assert _option("webhook_retries").type is click.STRING


def test_each_number_is_one(tmp_path: Path) -> None:
    for name, info in Settings.model_fields.items():
        is_number = info.annotation in (int, float, int | None, float | None)
        assert isinstance(_option(name).type, WholeNumber | Number) == is_number, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--port", "soon"), "--port: 'soon' is not a valid integer."),
        (("--port", "70000"), "--port: 70000 is not in the range 0<=x<=65535."),
        (("--journal", "some"), "--journal: 'some' is not one of 'on', 'errors', 'off'."),
        (("--database-timeout", "x"), "--database-timeout: 'x' is not a valid number."),
        (("--public-url", "ftp://x"), "--public-url: must begin with http:// or https://"),
    ],
    ids=" ".join,
)
def test_a_value_that_cannot_be_is_refused_in_one_line(
    arguments: tuple[str, ...], message: str
) -> None:
    done = CliRunner().invoke(main, ["serve", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"alfred-mock: {message}\n"


def test_what_is_empty_is_not_given() -> None:
    done = CliRunner().invoke(main, ["ready", "--port", "", "--uds", ""], env={})
    assert done.stderr.startswith("not ready: ")


def test_help_says_what_an_option_takes() -> None:
    shown = " ".join(CliRunner().invoke(main, ["serve", "--help"]).stdout.split())
    assert "--journal [on|errors|off]" in shown
    assert "--port INTEGER" in shown
    assert "0<=x<=65535" in shown
