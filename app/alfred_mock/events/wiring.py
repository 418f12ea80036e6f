"""What of events lasts as long as the server."""

from alfred_mock.core.services import Services
from alfred_mock.events.outbox import Outbox


class Events:
    """The outbox and those who work on it."""

    def __init__(self, services: Services) -> None:
        self.outbox = Outbox(services)

    async def open(self) -> None:
        """Begin to tell; the schema must be at head."""
        await self.outbox.open()

    async def close(self) -> None:
        """Stop telling; to be awaited before the database is closed."""
        await self.outbox.close()
