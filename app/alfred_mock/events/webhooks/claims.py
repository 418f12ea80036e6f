"""Claims: of several processes one delivers to a company.

It has claimed the webhook for a time that is a little longer than an attempt may take, and each
attempt that it records prolongs that. A process that is killed leaves its claim to run out.
"""

from contextlib import suppress
from types import SimpleNamespace

from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.webhooks import repository

_MARGIN_SECONDS = 2
_POLL_SECONDS = 0.1
"""How often a claim is looked at of a process that does not hear of us."""


class Claims:
    """What this process has claimed, under the name that it has in the database."""

    def __init__(self, services: Services, process: str) -> None:
        self.process = process
        self._services = services
        self._database = services.database
        self._are_any = False

    def due_in(self, seconds: float) -> Instant:
        """The instant in so many seconds, by real time."""
        return self._services.clock.real() + round(seconds * SECOND)

    def lease(self) -> Instant:
        """Until when a claim holds that is made or prolonged now."""
        return self.due_in(self._services.settings.webhook_timeout + _MARGIN_SECONDS)

    async def claim(self, line: SimpleNamespace, now: Instant) -> Instant | None:
        """None once this process may deliver, or else when to ask again.

        The line says then whose it is.
        """
        needed = self.due_in(self._services.settings.webhook_timeout + _MARGIN_SECONDS / 2)
        if self._is_ours(line) and line.claimed_until >= needed:
            return None
        if not line.claimed_by or self._is_ours(line) or line.claimed_until < now:
            self._are_any = True
            until = self.lease()
            if await repository.claim(self._database, line, self.process, now, until):
                line.claimed_by, line.claimed_until = self.process, until
                return None
        if self._is_unheard:
            return self.due_in(_POLL_SECONDS)
        return max(line.claimed_until or 0, now) + 1

    async def leave(self, line: SimpleNamespace) -> None:
        """Give up a claim where the process that has the next event would not find us."""
        if self._is_unheard and self._is_ours(line):
            await repository.release(self._database, self.process, line.company_id)

    async def release(self) -> None:
        """Give up all claims, if the database takes it."""
        if self._are_any:
            with suppress(DatabaseUnavailable):
                await repository.release(self._database, self.process)

    def _is_ours(self, line: SimpleNamespace) -> bool:
        return bool(line.claimed_by == self.process)

    @property
    def _is_unheard(self) -> bool:
        return self._database.is_shared and not self._database.hears_others
