"""What an operator does to a database from the command line, whether servers run or not."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alfred_mock.control.pruning import prune
from alfred_mock.control.sealing import check_key, seal_all
from alfred_mock.control.sqlite_space import shrink, sqlite_file
from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.errors import Refusal, Unavailable
from alfred_mock.core.retention import Retention
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable


async def reseal(services: Services) -> dict[str, int]:
    """Seal all secrets by the first key; how many of each kind were not.

    Raises:
        Refusal: there is no key, or not the one that some are sealed by, or the database cannot be
            used.
    """
    if not services.vault.seals:
        raise Refusal("to seal secrets, ALFRED_MOCK_SECRET_KEY is needed")
    async with _opened(services):
        await check_key(services.database, services.vault)
        return await seal_all(services)


async def prune_all(services: Services, *, compact: bool) -> Counter[str]:
    """Remove what `ALFRED_MOCK_RETENTION` does not keep, and give space back to the disk.

    `compact` rewrites a SQLite file as a whole, which keeps writers waiting; without it, space is
    given back in small steps from a file that has once been rewritten. PostgreSQL does so by
    itself.

    Raises:
        Refusal: the database or the storage cannot be used.
    """
    async with _opened(services):
        await services.storage.open()
        try:
            counts = await prune(services, Retention(services.settings.retention))
        finally:
            await services.storage.close()
    path = sqlite_file(services.settings.database_url)
    if path is not None:
        await asyncio.to_thread(shrink, path, whole=compact)
    return counts


@asynccontextmanager
async def _opened(services: Services) -> AsyncIterator[None]:
    """The database between opening and closing it, if its schema is at head.

    Raises:
        Refusal: it is not, or the database does not answer.
    """
    database = services.database
    await database.open()
    try:
        difference = MIGRATIONS.explain_difference(await database.schema())
        if difference is not None:
            raise Refusal(difference)
        yield
    except DatabaseUnavailable as error:
        raise Refusal(f"the database cannot be used: {error}") from None
    except Unavailable as error:
        raise Refusal(error.reason) from None
    finally:
        await database.close()
