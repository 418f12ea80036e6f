"""The interface of what takes note of what happens to jobs."""

from typing import Protocol

from alfred_mock.core.clock import Instant
from alfred_mock.database import Transaction


class Facts(Protocol):
    """Takes note of what happens, in the transaction in which it happens.

    The imitated API says that something has happened, and nothing of who wants to know.
    """

    def job_moved(self, company_id: str, job_id: str, now: Instant) -> Transaction[None]:
        """A job was created, or has reached another step.

        To be called after the statements that store it, in a transaction that shares the lock of
        the company. Not for a company of which a row has said that nobody listens.
        """
