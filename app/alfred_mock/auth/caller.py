"""The caller: what authentication yields and everything else goes by."""

from enum import StrEnum
from typing import NamedTuple

from alfred_mock.core.errors import Unauthorized


class CompanyRemoved(Unauthorized):
    """The caller's company has gone since the caller was recognised."""

    def __init__(self) -> None:
        super().__init__("the caller's company has been removed meanwhile")


class Scheme(StrEnum):
    """How a caller proved who they are; the values are our choice."""

    API_KEY = "api_key"
    OAUTH = "oauth"
    HMAC = "hmac"


class Caller(NamedTuple):
    """A company's user or application that has proved who it is.

    `user_name` is what things made by this caller are signed with: the user's name, or for an
    application the name of its API key or HMAC pair (captured from the real API for API keys, our
    choice for HMAC).
    """

    scheme: Scheme
    company_id: str
    company_name: str
    user_name: str
    user_id: str | None = None
    name: str | None = None
    last_name: str | None = None
    app_id: str | None = None
    app_name: str | None = None
