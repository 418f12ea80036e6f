"""What happens to the database between opening it and answering the first request."""

import logging
import shutil
from tempfile import gettempdir
from typing import TYPE_CHECKING

from alfred_mock.control import demo
from alfred_mock.control.sealing import check_key, seal_all
from alfred_mock.core.body import IN_MEMORY_BYTES
from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.errors import Refusal
from alfred_mock.core.hosts import check_available
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable, patience

if TYPE_CHECKING:
    from alfred_mock.control.seed.document import SeedDocument

log = logging.getLogger("alfred_mock")

PATIENCE_SECONDS = 30.0
"""For each call of the database: no client waits yet, and other replicas may be starting, too."""


async def prepare(services: Services) -> None:
    """Bring the schema to head where that is ours to do, and load the demo company and the seed.

    Raises:
        Refusal: the schema is not at head, the seed cannot be loaded, or well-known credentials
            would be served in staging although the settings do not ask for them.
    """
    try:
        _check_temporary_folder()
        with patience.at_least(PATIENCE_SECONDS):
            await _prepare(services)
    except DatabaseUnavailable as error:
        raise Refusal(f"the database cannot be used: {error}") from None


def _check_temporary_folder() -> None:
    """Uploads go through one, so a server without it would be broken."""
    try:
        folder = gettempdir()
    except OSError:
        raise Refusal(
            "no temporary folder can be written to, which uploads need: let TMPDIR name one"
        ) from None
    if shutil.disk_usage(folder).free < IN_MEMORY_BYTES:
        raise Refusal(f"the disk of {folder} is full, which uploads need: let TMPDIR name another")


async def _prepare(services: Services) -> None:
    settings, database = services.settings, services.database
    check_available(settings)
    if settings.needs_secret_key and not settings.secret_key:
        raise Refusal(
            "in staging secrets are sealed: ALFRED_MOCK_SECRET_KEY must be 32 bytes in hex, such as"
            " `openssl rand -hex 32` makes them"
        )
    seed = None
    if settings.seed is not None:
        # The format of seeds takes long to import: only for a start that loads something.
        from alfred_mock.control.seed.document import read_seed

        seed = read_seed(settings.seed)
    schema = await database.schema()
    may_migrate = settings.migrate or database.migrates_itself
    if schema.revision != MIGRATIONS.head and may_migrate:
        await database.upgrade()
        schema = await database.schema()
    difference = MIGRATIONS.explain_difference(schema)
    if difference is not None:
        is_new = schema.revision is None
        raise Refusal(f"{difference}, or start with --migrate" if is_new else difference)
    if MIGRATIONS.is_newer(schema):
        log.warning("the %s", MIGRATIONS.describe(schema))
    await _protect_secrets(services)
    if settings.refuses_demo:
        await _refuse_well_known_credentials(services, seed)
    if settings.with_demo and (seed is not None or not await demo.is_loaded(services)):
        await _load(services, demo_beside(seed), source="the demo company")
    if seed is not None:
        await _load(services, seed, source=str(settings.seed))


async def _protect_secrets(services: Services) -> None:
    """Seal what is in clear, where no other server could be in the middle of reading it."""
    if await check_key(services.database, services.vault):
        return
    if services.database.migrates_itself:
        await seal_all(services)
    else:
        log.warning(
            "the database holds secrets in clear, or under an old key: run `alfred-mock reseal`"
        )


async def _load(services: Services, document: "SeedDocument", *, source: str) -> None:
    from alfred_mock.control.seed.loading import load

    await load(services, document, source=source)


async def _refuse_well_known_credentials(services: Services, seed: "SeedDocument | None") -> None:
    if seed is not None and seed.credentials & demo.CREDENTIALS:
        where = f"{services.settings.seed} gives"
    elif await demo.has_credentials(services):
        where = "the database holds"
    else:
        return
    raise Refusal(f"{where} {demo.WELL_KNOWN}")


def demo_beside(seed: "SeedDocument | None") -> "SeedDocument":
    """The demo company, as it is while the seed is loaded after it.

    Where the seed describes that company itself, how its files are processed is the seed's to say
    from the first moment: the default tags would stay beside the seed's own.
    """
    from alfred_mock.control.seed.document import SeedDocument

    alone = SeedDocument.model_validate({"companies": [demo.DEMO_COMPANY]})
    for own in seed.companies if seed is not None else ():
        if own.id == demo.DEMO_COMPANY["id"]:
            keys = ("progression", "stage_seconds", "cloudinfo", "tags", "rules")
            described = {key: getattr(own, key) for key in keys}
            return SeedDocument(companies=[alone.companies[0].model_copy(update=described)])
    return alone
