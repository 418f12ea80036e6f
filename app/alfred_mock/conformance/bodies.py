"""Bodies of the requests that are sent, made when the variables in them are known."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

Made = Callable[[Mapping[str, str]], tuple[str, bytes]]
"""Makes a content type and a body of the variables."""

CONTENT = b"alfred-mock was here"
"""The file that is uploaded: 20 bytes of text."""
FILE_NAME = "alfred-mock-conformance.txt"
_BOUNDARY = "alfred-mock-conformance"


def filled(text: str, variables: Mapping[str, str]) -> str:
    """A text with its variables; `{NAME}` is `{name}` in upper case.

    Raises:
        KeyError: one is not known.
    """
    parts = text.split("{")
    for index, part in enumerate(parts[1:], 1):
        name, _, rest = part.partition("}")
        value = variables[name.lower()]
        parts[index] = (value.upper() if name.isupper() else value) + rest
    return "".join(parts)


def form(**fields: str) -> Made:
    """Fields of a form as browsers send it."""

    def made(variables: Mapping[str, str]) -> tuple[str, bytes]:
        known = {name: filled(value, variables) for name, value in fields.items()}
        return "application/x-www-form-urlencoded", urlencode(known).encode()

    return made


def json_of(**members: str) -> Made:
    """A JSON object of texts."""

    def made(variables: Mapping[str, str]) -> tuple[str, bytes]:
        known = {name: filled(value, variables) for name, value in members.items()}
        return "application/json", json.dumps(known).encode()

    return made


def multipart(**fields: str) -> Made:
    """A form with these fields and the file."""

    def made(variables: Mapping[str, str]) -> tuple[str, bytes]:
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{filled(value, variables)}'
            for name, value in fields.items()
        ]
        parts.append(
            f'Content-Disposition: form-data; name="file"; filename="{FILE_NAME}"\r\n'
            f"Content-Type: text/plain\r\n\r\n{CONTENT.decode()}"
        )
        text = "".join(f"--{_BOUNDARY}\r\n{part}\r\n" for part in parts)
        return f"multipart/form-data; boundary={_BOUNDARY}", f"{text}--{_BOUNDARY}--\r\n".encode()

    return made
