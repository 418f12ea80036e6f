"""An exchange as it has passed, with all that is in it; it never leaves memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP

from alfred_mock.conformance.exchange import Answer, Request
from alfred_mock.core.clock import Instant

LARGEST = 64 * 1024**2
"""Bytes of a body that passes; a larger one is refused."""


@dataclass(frozen=True)
class Part:
    """A part of a form."""

    name: str
    file_name: str | None
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True)
class Exchange:
    """A request of the client and what the real Alfred has answered."""

    at: Instant
    duration_us: int
    request: Request
    """As the client has sent it."""
    answer: Answer
    """As Alfred has sent it."""
    route: str
    """Method and path of the double's document, empty where it has none for it."""

    @property
    def path(self) -> str:
        """Without the query."""
        return self.request.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Without the question mark."""
        return self.request.target.partition("?")[2]


def parts_of(request: Request) -> list[Part]:
    """The parts of a form with files; none if the body is no such form."""
    content_type = header_of(request.headers.items(), "content-type")
    if not content_type.lower().startswith("multipart/form-data"):
        return []
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    found = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found.append(Part(name, part.get_filename(), part.get_content_type(), content))
    return found


def header_of(headers: Iterable[tuple[str, str]], wanted: str) -> str:
    """The value of a header, whatever the case of its name; empty if there is none."""
    return next((value for name, value in headers if name.lower() == wanted), "")
