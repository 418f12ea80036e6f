"""Secrets that a command is given: from a file, the environment or a prompt, never as an option."""

import os
import sys
from pathlib import Path

import click

from alfred_mock.core.errors import Refusal
from alfred_mock.core.text_files import read_text

VARIABLE = "ALFRED_API_KEY"
"""The name that the official clients read."""


def secret_in(file: Path) -> str:
    """The secret that is alone in a file.

    Raises:
        Refusal: the file cannot be read, or holds what cannot be sent in a header.
    """
    try:
        text = read_text(file).strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Refusal(f"{file}: {reason}") from None
    return _usable(text, str(file))


def api_key_of(file: Path | None) -> str:
    """The API key: from the file, else from `ALFRED_API_KEY`, else from who sits there.

    Raises:
        Refusal: there is none, or it cannot be sent in a header.
    """
    if file is not None:
        return secret_in(file)
    if os.environ.get(VARIABLE):
        return _usable(os.environ[VARIABLE].strip(), VARIABLE)
    if not sys.stdin.isatty():
        raise Refusal(f"there is no API key: give --api-key-file or set {VARIABLE}")
    return _usable(click.prompt("API key", hide_input=True, err=True).strip(), "the API key")


def _usable(text: str, where: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise Refusal(f"{where}: must hold one key, in printable ASCII without spaces")
    return text
