"""How secrets are compared: never in a way whose duration says how much of a guess was right."""

import hashlib
import hmac


def digest(secret: str) -> str:
    """The SHA-256 digest, as hex, under which a secret is looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def equal(given: str, expected: str) -> bool:
    """Whether two secrets are the same, found out in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
