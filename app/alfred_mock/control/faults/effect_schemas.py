"""What can happen to a request, as it looks over the wire."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from alfred_mock.control.company_filter import ControlBody

MOST_MS = 600_000
"""The longest that an answer can be held back: ten minutes."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,4096}")
_FRAMING = {"content-length", "transfer-encoding", "connection"}


def wrong(message: str) -> PydanticCustomError:
    """What a validator raises; the message goes on where the name of the field ends."""
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


class Strict(ControlBody):
    """A part of a rule: values of another type are refused too."""

    model_config = ConfigDict(strict=True)


Milliseconds = Annotated[float, Field(ge=0, le=MOST_MS, allow_inf_nan=False)]


class Uniform(Strict):
    """A delay of any length between two, each as likely as the other."""

    min: Milliseconds
    max: Milliseconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise wrong("must have a min that is not above its max")
        return self


class Lognormal(Strict):
    """A delay as networks have them: mostly near the median, now and then far above it."""

    median: Annotated[float, Field(gt=0, le=MOST_MS, allow_inf_nan=False)]
    sigma: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


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


class Effect(Strict):
    """What happens to a request."""

    status: int | None = Field(None, ge=400, le=599, description="Answer this error instead.")
    message: str | None = Field(
        None, max_length=4096, description="The error's sentence; each status has one of its own."
    )
    headers: Annotated[dict[str, str], AfterValidator(header_names), AfterValidator(_sendable)] = (
        Field({}, description="Headers for the answer, in place of its own of the same name.")
    )
    delay_ms: Delay | None = Field(
        None, description="How long the answer is held back: always the same, or drawn."
    )
    drip_ms: Annotated[float, Field(gt=0, le=MOST_MS, allow_inf_nan=False)] | None = Field(
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
        answers = (self.status, self.drip_ms, self.body)
        if not self.headers and all(
            value is None for value in (*answers, self.delay_ms, self.connection)
        ):
            raise wrong("must do something")
        if self.message is not None and self.status is None:
            raise wrong("has a message but no status")
        if self.after and self.status is None and self.connection is None:
            raise wrong("has after but neither status nor connection")
        if self.connection is not None and (self.headers or any(answers)):
            raise wrong("cannot both give an answer and end the connection without one")
        return self

    def summary(self) -> str:
        """What it does, in a few words."""
        done = self.model_dump(exclude_defaults=True, exclude={"message", "headers"})
        if self.headers:
            done["headers"] = " ".join(self.headers)
        return ", ".join(f"{name}{_words(value)}" for name, value in done.items())


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f" {name}{_words(part)}" for name, part in value.items())
    if value is True:
        return ""
    return f" {value:g}" if isinstance(value, float) else f" {value}"
