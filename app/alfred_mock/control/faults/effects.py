"""What a fault can do to a request: each effect is a field, which `applying.py` has a step for."""

import re
from base64 import b64decode
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from alfred_mock.control.body import ControlBody
from alfred_mock.control.faults.answers import WITHOUT_BODY

MOST_MS = 600_000
"""The longest delay: ten minutes."""
MOST_CONTENT = 1_000_000
"""The longest body of a fault: it is kept with its rule."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,4096}")
_FRAMING = {"content-length", "transfer-encoding", "connection"}


def wrong(message: str) -> PydanticCustomError:
    """The error of a validator; the message follows the name of the field."""
    return PydanticCustomError("fault", message)


def header_names(headers: dict[str, str]) -> dict[str, str]:
    """Refuse names that no header can have."""
    for name in headers:
        if not _HEADER_NAME.fullmatch(name):
            raise wrong("must have names that a header can have")
    return headers


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if name.lower() in _FRAMING:
            raise wrong("must not have Content-Length, Transfer-Encoding or Connection")
        if not _HEADER_VALUE.fullmatch(value):
            raise wrong("must have values that a header can have")
    return headers


def _header_value(value: str) -> str:
    if not value or not _HEADER_VALUE.fullmatch(value):
        raise wrong("must be a value that a header can have")
    return value


def _base64(text: str) -> str:
    try:
        size = len(b64decode(text, validate=True))
    except ValueError:
        raise wrong("must be base64") from None
    if size > MOST_CONTENT:
        raise wrong(f"must be at most {MOST_CONTENT} bytes")
    return text


Milliseconds = Annotated[float, Field(ge=0, le=MOST_MS)]


class Uniform(ControlBody):
    """A delay of any length between two, each as likely as the other."""

    min: Milliseconds
    max: Milliseconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise wrong("must have a min that is not above its max")
        return self


class Lognormal(ControlBody):
    """A delay as networks have them: mostly near the median, now and then far above it."""

    median: Annotated[float, Field(gt=0, le=MOST_MS)]
    sigma: Annotated[float, Field(ge=0, le=10)]


def _kind_of_delay(value: Any) -> str:
    if isinstance(value, Lognormal) or (isinstance(value, dict) and "median" in value):
        return "lognormal"
    return "uniform" if isinstance(value, Uniform | dict) else "fixed"


Delay = Annotated[
    Annotated[Milliseconds, Tag("fixed")]
    | Annotated[Uniform, Tag("uniform")]
    | Annotated[Lognormal, Tag("lognormal")],
    Discriminator(_kind_of_delay),
]


class Effect(ControlBody):
    """What happens to a request."""

    status: int | None = Field(
        None, ge=200, le=599, description="Answer with this status instead: an error, if it is one."
    )
    message: str | None = Field(
        None, max_length=4096, description="The error's sentence; each status has one of its own."
    )
    content: Annotated[str, Field(max_length=MOST_CONTENT)] | None = Field(
        None, description="The body, as text; without a status that of the real answer."
    )
    content_base64: Annotated[str, AfterValidator(_base64)] | None = Field(
        None, description="The body, as any bytes."
    )
    content_type: Annotated[str, AfterValidator(_header_value)] | None = Field(
        None, description="The body's media type; plain UTF-8 text or any bytes if it is absent."
    )
    headers: Annotated[dict[str, str], AfterValidator(header_names), AfterValidator(_sendable)] = (
        Field({}, description="Headers for the answer, in place of its own of the same name.")
    )
    delay_ms: Delay | None = Field(
        None, description="How long the answer is held back: always the same, or drawn."
    )
    drip_ms: Annotated[float, Field(gt=0, le=MOST_MS)] | None = Field(
        None, description="Time over which the body drips, in small pieces."
    )
    body: Literal["empty", "truncated", "malformed"] | None = Field(
        None, description="What becomes of the body; without a status that of the real answer."
    )
    connection: Literal["reset", "close"] | None = Field(
        None, description="Give no answer: reset the connection, or close it."
    )
    after: bool = Field(
        False, description="Let the request do its work first, and throw away its answer."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        asked = self.model_dump(exclude_defaults=True).keys()
        if not asked - {"message", "after"}:
            raise wrong("must do something")
        self._check_content()
        if self.message is not None and self.status is None:
            raise wrong("has a message but no status")
        if self.message is not None and self.status is not None and self.status < 400:
            raise wrong("has a message, which only an error has: a status from 400 on")
        if self.after and self.status is None and self.connection is None:
            raise wrong("has after but neither status nor connection")
        if self.connection is not None and asked - {"connection", "delay_ms", "after"}:
            raise wrong("cannot both give an answer and end the connection without one")
        return self

    def _check_content(self) -> None:
        given = (self.content, self.content_base64)
        if given == (None, None):
            if self.content_type is not None:
                raise wrong("has a content_type but no content")
            return
        if None not in given:
            raise wrong("cannot have both content and content_base64")
        if self.message is not None:
            raise wrong("cannot have both a message and content of its own")
        if self.status in WITHOUT_BODY:
            raise wrong(f"has content, but an answer with status {self.status} has none")

    def summary(self) -> str:
        """The effect in a few words."""
        hidden = {"message", "headers", "content", "content_base64"}
        asked = self.model_dump(exclude_defaults=True, exclude=hidden)
        content = self.content_bytes
        if content is not None:
            asked["content"] = f"of {len(content)} bytes"
        if self.headers:
            asked["headers"] = " ".join(self.headers)
        return ", ".join(f"{name}{_words(value)}" for name, value in asked.items())

    @property
    def content_bytes(self) -> bytes | None:
        """The body that is asked for, if one is."""
        if self.content_base64 is not None:
            return b64decode(self.content_base64)
        return None if self.content is None else self.content.encode()


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f" {name}{_words(part)}" for name, part in value.items())
    if value is True:
        return ""
    return f" {value:g}" if isinstance(value, float) else f" {value}"
