"""Control tokens that are good for one company only, beside the one for all.

Such a token is the company's id and a MAC of it under the token for all. So nothing is stored, it
is good on every replica, and it ends with its company, or when the token for all is another one.
"""

import base64
import hashlib
import hmac
import re
from contextvars import ContextVar

from alfred_mock.core.errors import Forbidden
from alfred_mock.core.ids import parse_uuid

_PURPOSE = "alfred-mock control token of company "

HELD_TO: ContextVar[str | None] = ContextVar("HELD_TO", default=None)
"""The company whose token the control call has sent; None with the token for all, or without."""

# Each of these names its company, which `only_own` then judges. All others are refused.
_CALLS = re.compile(
    r"(?:GET|HEAD) (?:/docs|/openapi\.json|/seed|/faults|/clock"
    r"|/requests(?:/count|/wait|/har|/stream)?"
    r"|/events(?:/wait|/stream)?|/webhook(?:/faults)?|/deliveries|/connections)"
    r"|PUT (?:/seed|/clock|/webhook)"
    r"|POST (?:/reset|/faults|/events|/tokens/expire|/deferred-sessions|/credentials/remove"
    r"|/webhook/faults|/events/[^/]+/redeliver)"
    r"|PATCH /(?:deferred-sessions|jobs|files)/[^/]+"
    r"|DELETE (?:/faults|/clock|/requests|/companies/[^/]+|/webhook(?:/faults(?:/[^/]+)?)?"
    r"|/connections(?:/[^/]+)?)"
)


def token_of(company_id: str, admin_token: str) -> str:
    """The control token of a company."""
    mac = hmac.digest(admin_token.encode(), f"{_PURPOSE}{company_id}".encode(), hashlib.sha256)
    return f"{company_id}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def company_of(token: str, admin_token: str) -> str | None:
    """The id of the company whose control token this is, None if it is none."""
    company_id = parse_uuid(token.partition(".")[0])
    if company_id is None:
        return None
    expected = token_of(company_id, admin_token)
    return company_id if hmac.compare_digest(token.encode(), expected.encode()) else None


def hold_to(company_id: str, method: str, path: str) -> None:
    """Hold the rest of a control call to a company.

    Raises:
        Forbidden: it is no call for the token of a company.
    """
    if not _CALLS.fullmatch(f"{method} {path}"):
        raise Forbidden("This call is not for the token of a single company.")
    HELD_TO.set(company_id)


def only_own(company_id: str | None) -> None:
    """Refuse what is not about the company that the call is held to; None is about them all.

    Raises:
        Forbidden: the call is held to another company.
    """
    held_to = HELD_TO.get()
    if held_to is not None and company_id != held_to:
        raise Forbidden("This token is one company's: the call must name that company.")
