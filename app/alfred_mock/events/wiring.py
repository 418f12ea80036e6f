"""What of events lasts as long as the server."""

from alfred_mock.core.services import Services
from alfred_mock.events.metrics import count_recorded
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.realtime.mount import Realtime
from alfred_mock.events.scheduler import Scheduler
from alfred_mock.events.webhooks.mount import Webhooks
from alfred_mock.events.webhooks.sender import Sender


class Events:
    """The outbox and those who work on it."""

    def __init__(self, services: Services) -> None:
        count_recorded(services.meter, services.database)
        self.outbox = Outbox(services)
        self.realtime = Realtime(services, self.outbox)
        self.scheduler = Scheduler(services, self.outbox)
        self.sender = Sender(services.settings, services.clock, services.ids)
        self.webhooks = Webhooks(services, self.outbox, self.sender)

    async def open(self) -> None:
        """Begin to tell; the schema must be at head."""
        await self.outbox.open()
        await self.realtime.open()
        await self.scheduler.open()
        await self.webhooks.open()

    async def close(self) -> None:
        """Stop telling; to be awaited before the database is closed."""
        await self.scheduler.close()
        await self.webhooks.close()
        await self.realtime.close()
        await self.outbox.close()
