"""Wire shapes of `POST /api/account/webhook`."""

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from alfred_mock.alfred.wire import Id, RequestModel
from alfred_mock.core.models import LateModel

URL_PATTERN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#\s\x00-\x1f][^\s\x00-\x1f]*$"


def _url(value: str) -> str:
    if not re.fullmatch(URL_PATTERN, value):
        raise PydanticCustomError("url", "must be an http or https URL, with %20 for a space")
    return value


WebhookUrl = Annotated[
    str,
    AfterValidator(_url),
    Field(
        max_length=2048,
        examples=["https://integration.example.com/webhook"],
        json_schema_extra={"pattern": URL_PATTERN},
    ),
]
"""A URL that events can be sent to."""


class WebhookAsked(RequestModel):
    """Body: the URL (docs, SDK); unknown fields are ignored (our choice)."""

    url: WebhookUrl


class WebhookMade(LateModel):
    """The id of the webhook (SDK)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
