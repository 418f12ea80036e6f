"""Every table there is: importing this module fills `metadata` with all of them."""

from sqlmodel import SQLModel

from alfred_mock.alfred.deferred_sessions.models import DeferredSession
from alfred_mock.auth.models import AccessToken, ApiKey, Company, HmacPair, Nonce, User

metadata = SQLModel.metadata

__all__ = [
    "AccessToken",
    "ApiKey",
    "Company",
    "DeferredSession",
    "HmacPair",
    "Nonce",
    "User",
    "metadata",
]
