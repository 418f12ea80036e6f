"""The part of a seed that says who may call."""

from typing import Annotated

from pydantic import AfterValidator, Field

from alfred_mock.auth.amx_signature import is_key
from alfred_mock.control.seed.values import HeaderText, Part, Text


def _hmac_key(value: str) -> str:
    if not is_key(value):
        raise ValueError("must be base64")
    return value


HmacId = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[!-9;-~]+$")]


class UserSeed(Part):
    """Somebody who can log in at `POST /token`; user names are unique across companies."""

    user_name: Text
    password: Text
    name: Text | None = None
    last_name: Text | None = None


class KeySeed(Part):
    """An API key; its name is the `user_name` of what is made with it."""

    key: HeaderText
    name: Text = "API Key 1"


class HmacSeed(Part):
    """An HMAC pair: the id that is sent and the base64 key that signs."""

    id: HmacId
    key: Annotated[str, AfterValidator(_hmac_key)]
    name: Text = "HMAC Key 1"
