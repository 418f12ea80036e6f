"""The interface of rate limits: how often a credential may still be used before the next minute."""

from typing import NamedTuple, Protocol

from alfred_mock.core.clock import SECOND, Instant

WINDOW_SECONDS = 60


class Budget(NamedTuple):
    """What is left of a credential's minute once a request is counted."""

    remaining: int
    """Requests; never less than 0."""
    is_exceeded: bool
    """Whether the request is one too many."""


class RateLimiter(Protocol):
    """Counts the requests of each credential, on all replicas together."""

    async def count(self, credential_id: str, company_id: str, scheme: str) -> Budget:
        """Count a request, which has shown its credential by this scheme.

        Raises:
            DatabaseUnavailable: the database does not answer.
            ConstraintViolated: there is no such company any more.
        """


def window_of(now: Instant) -> int:
    """The number of the minute since 1970 that an instant is in."""
    return now // (WINDOW_SECONDS * SECOND)


def reset_of(now: Instant) -> int:
    """When the next minute begins, in unix seconds: what `X-RateLimit-Reset` says."""
    return (window_of(now) + 1) * WINDOW_SECONDS
