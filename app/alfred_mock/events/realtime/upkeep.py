"""Looks after the connections that are stored: those of this process, and those of dead ones."""

import asyncio
import logging

from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable
from alfred_mock.events.outbox import Outbox
from alfred_mock.events.realtime.rooms import Rooms
from alfred_mock.events.stored import STALE_SECONDS

log = logging.getLogger("alfred_mock")

LOOK_SECONDS = STALE_SECONDS / 4
"""How often a process says that its connections are there."""
SHARED_FILE_SECONDS = 1.0
"""How often it looks for what other processes on the same SQLite file have announced."""


async def look_after(services: Services, outbox: Outbox, rooms: Rooms) -> None:
    """Run until no connections are stored, of whichever process."""
    database = services.database
    hears_all = database.hears_others or not database.is_shared
    loop = asyncio.get_running_loop()
    due = loop.time() + LOOK_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS if hears_all else SHARED_FILE_SECONDS)
        try:
            if not hears_all:
                await database.refresh()
            if loop.time() >= due:
                due = loop.time() + LOOK_SECONDS
                await outbox.seen()
                await rooms.reconcile()
                if not await outbox.are_any_connected() and rooms.are_empty:
                    return
        except DatabaseUnavailable as error:
            log.warning("realtime connections were not looked after: %s", error)
