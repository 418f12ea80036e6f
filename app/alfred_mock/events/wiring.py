"""What of events lasts as long as the server."""

from alfred_mock.core.services import Services
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.realtime.mount import Realtime
from alfred_mock.events.scheduler import Scheduler


class Events:
    """The outbox and those who work on it."""

    def __init__(self, services: Services) -> None:
        self.outbox = Outbox(services)
        self.realtime = Realtime(services, self.outbox)
        self._scheduler = Scheduler(services, self.outbox)

    async def open(self) -> None:
        """Begin to tell; the schema must be at head."""
        await self.outbox.open()
        await self.realtime.open()
        await self._scheduler.open()

    async def close(self) -> None:
        """Stop telling; to be awaited before the database is closed."""
        await self._scheduler.close()
        await self.realtime.close()
        await self.outbox.close()
