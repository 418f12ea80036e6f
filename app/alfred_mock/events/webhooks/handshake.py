"""The verification of a webhook's URL: its receiver must send a challenge back (docs).

The receiver is sent `{"token", "challenge", "type": "url_verification"}`. It answers with status
200 and the challenge, as plain text or in JSON (docs).
"""

import hashlib
import hmac
import json
from base64 import b32encode
from urllib.parse import parse_qs

from pydantic_core import to_json

from alfred_mock.core.ids import Ids
from alfred_mock.events.webhooks.sender import Exchange, Sender

TOKEN_CHARACTERS = 24
CHALLENGE_CHARACTERS = 52
"""As in the documented example (docs)."""


def token_of(company_id: str) -> str:
    """The token of a company: the same each time, so that a receiver can tell whose webhook it is.

    Anyone who knows the company's id can compute it: it is no secret (our choice).
    """
    digest = hashlib.sha256(f"alfred-mock webhook token of {company_id}".encode()).digest()
    return b32encode(digest).decode().lower()[:TOKEN_CHARACTERS]


async def verify(sender: Sender, ids: Ids, company_id: str, url: str) -> str | None:
    """Why the URL cannot be verified, as a part of a sentence; None where it is."""
    challenge = f"{ids.token()}{ids.token()}"[:CHALLENGE_CHARACTERS]
    asked = {
        "token": token_of(company_id),
        "challenge": challenge,
        "type": "url_verification",
    }
    exchange = await sender.post(company_id, url, to_json(asked))
    problem = exchange.error or _problem(exchange, challenge)
    return None if problem is None else f"{problem[0].lower()}{problem[1:].rstrip('.')}"


def _problem(exchange: Exchange, challenge: str) -> str | None:
    if exchange.status != 200:
        return f"The receiver answered with status {exchange.status}, not 200."
    echoed = _echoed(exchange.answer)
    if echoed is None:
        return "The receiver answered without the challenge."
    if not hmac.compare_digest(echoed.encode("utf-8", "replace"), challenge.encode()):
        return "The receiver answered with another challenge."
    return None


def _echoed(answer: bytes) -> str | None:
    """The challenge in an answer: as text, in JSON (docs) or in a form (our choice)."""
    try:
        text = answer.decode().strip()
    except UnicodeDecodeError:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = text
    if isinstance(content, dict):
        content = content.get("challenge")
    elif isinstance(content, str) and content.startswith("challenge="):
        content = parse_qs(content)["challenge"][0]
    return content if isinstance(content, str) and content else None
