"""What of events lasts as long as the server."""

from alfred_mock.core.services import Services
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.realtime.mount import Realtime
from alfred_mock.events.scheduler import Scheduler
from alfred_mock.events.webhooks.courier import Courier
from alfred_mock.events.webhooks.sender import Sender


class Events:
    """The outbox and those who work on it."""

    def __init__(self, services: Services) -> None:
        self.outbox = Outbox(services)
        self.realtime = Realtime(services, self.outbox)
        self.scheduler = Scheduler(services, self.outbox)
        self.sender = Sender(services.settings, services.clock, services.ids)
        self.courier = Courier(services, self.outbox, self.sender)

    async def open(self) -> None:
        """Begin to tell; the schema must be at head."""
        await self.outbox.open()
        await self.realtime.open()
        await self.scheduler.open()
        await self.courier.open()

    async def close(self) -> None:
        """Stop telling; to be awaited before the database is closed."""
        await self.scheduler.close()
        await self.courier.close()
        await self.realtime.close()
        await self.outbox.close()
