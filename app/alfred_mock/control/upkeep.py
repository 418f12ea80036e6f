"""What an operator does to a database from the command line, whether servers run or not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alfred_mock.control.sealing import check_key, seal_all
from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.errors import Refusal, Unavailable
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


@asynccontextmanager
async def _opened(services: Services) -> AsyncIterator[None]:
    """The database between opening and closing it, if its schema is at head.

    Raises:
        Refusal: it is not, or the database does not answer.
    """
    database = services.database
    await database.open()
    try:
        difference = MIGRATIONS.explain_difference(await database.revision())
        if difference is not None:
            raise Refusal(difference)
        yield
    except DatabaseUnavailable as error:
        raise Refusal(f"the database cannot be used: {error}") from None
    except Unavailable as error:
        raise Refusal(error.reason) from None
    finally:
        await database.close()
