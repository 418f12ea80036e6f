"""What happens to the database between opening it and answering the first request."""

from alfred_mock.alfred.remote_uploads.hosts import check_available
from alfred_mock.control.demo import DEMO_COMPANY, demo_beside
from alfred_mock.control.seed.company import credentials_of
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.control.seed.files import read_seed
from alfred_mock.control.seed.loading import has_any_credential, load
from alfred_mock.core.database import MIGRATIONS
from alfred_mock.core.errors import Refusal
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Environment


async def prepare(services: Services) -> None:
    """Bring the schema to head where that is ours to do, and load the demo company and the seed.

    Raises:
        Refusal: the schema is not at head, the seed cannot be loaded, or well-known credentials
            would be served in staging without anybody having asked for them.
    """
    settings, database = services.settings, services.database
    check_available(settings)
    seed = read_seed(settings.seed) if settings.seed else None
    revision = await database.revision()
    if revision != MIGRATIONS.head and (settings.migrate or database.migrates_itself):
        await database.upgrade()
        revision = await database.revision()
    difference = MIGRATIONS.explain_difference(revision)
    if difference is not None:
        raise Refusal(f"{difference}, or start with --migrate" if revision is None else difference)
    if settings.environment is Environment.STAGING and not settings.demo:
        await _refuse_well_known_credentials(services, seed)
    if settings.with_demo:
        await load(services, demo_beside(seed), source="the demo company")
    if seed is not None:
        await load(services, seed, source=str(settings.seed))


async def _refuse_well_known_credentials(services: Services, seed: SeedDocument | None) -> None:
    if seed is not None and credentials_of(*seed.companies) & credentials_of(DEMO_COMPANY):
        where = f"{services.settings.seed} gives"
    elif await has_any_credential(services, DEMO_COMPANY):
        where = "the database holds"
    else:
        return
    raise Refusal(
        f"{where} credentials of the demo company, which everybody knows; remove them, or set"
        " ALFRED_MOCK_DEMO=true to serve them in staging all the same"
    )
