"""A setup under way: the scope that it is for, and how states add to its company."""

from dataclasses import dataclass
from typing import Any

from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.overrides.removals import RemovableRows
from alfred_mock.control.pact import scopes, tenancy
from alfred_mock.control.pact.scopes import Made, Scope
from alfred_mock.control.pact.undoing import FILE, JOB, SESSION, TAG
from alfred_mock.control.seed.document import SeedDocument, parse_seed
from alfred_mock.control.seed.loading import Added, add_parts, kept_content
from alfred_mock.control.seed.rows import Taken
from alfred_mock.core.errors import BadRequest, Conflict, Refusal
from alfred_mock.core.services import Services
from alfred_mock.database import Transaction

_SOURCE = "state"


@dataclass(frozen=True)
class Setup:
    """One call, which brings about one state."""

    services: Services
    journal: JournalQueue
    scope_name: str

    async def scope(self) -> Scope:
        """The scope with its company, which is made where there is none."""
        return await tenancy.open_scope(self.services, self.journal, self.scope_name)

    async def company_id(self) -> str:
        """The id of that company."""
        return (await self.scope()).values["company_id"]

    def record(self, *made: Made) -> Transaction[None]:
        """Note what is made in the same transaction, for the teardown."""
        services = self.services
        return scopes.record(services.vault, self.scope_name, services.clock.real(), *made)

    async def add(
        self, company_id: str, *, also: Transaction[None] | None = None, **part: Any
    ) -> Added:
        """Add what a seed would give the company: tags, sessions, jobs and files.

        `also` is done in the same transaction, after all else.

        Raises:
            BadRequest: the parts do not fit together.
            Conflict: an id belongs to another company.
        """
        given = {"id": company_id, "name": "The scope's company", **part}
        try:
            document = parse_seed({"companies": [given]}, source=_SOURCE)
            async with kept_content(self.services, document):
                return await self.services.database.transact(self._added(document, also))
        except Taken as taken:
            said = f"{taken}".removeprefix(f"{_SOURCE}: ")
            raise Conflict(f"{said[:1].upper()}{said[1:]}.") from None
        except Refusal as refusal:
            raise BadRequest(f"{refusal}") from None

    def _added(self, document: SeedDocument, also: Transaction[None] | None) -> Transaction[Added]:
        added = yield from add_parts(self.services, document.companies[0], source=_SOURCE)
        kinds = {TAG: added.tags, SESSION: added.sessions, JOB: added.jobs, FILE: added.files}
        yield from self.record(*(Made(kind, id_) for kind, ids in kinds.items() for id_ in ids))
        if also is not None:
            yield from also
        return added

    async def make_room(self, rows: RemovableRows, made: Made) -> None:
        """Remove what a setup of the scope has made with this id.

        Raises:
            Conflict: it is another company's, or the company had it before any setup.
        """
        owner = await rows.owner(self.services, made.id)
        if owner is None:
            return
        scope = await self.scope()
        if owner != scope.company_id:
            raise Conflict(f"{rows.kind} with ID {made.id} belongs to another company.")
        if not scope.has_made(made):
            raise Conflict(
                f"{rows.kind} with ID {made.id} is the company's own, and no state replaces it."
            )
        await rows.remove(self.services, made.id)

    async def remove(self, rows: RemovableRows, id_: str | None) -> str:
        """Have no row with this id in the company; the id, a new one for None."""
        if id_ is None:
            return self.services.ids.uuid()
        if await rows.owner(self.services, id_) == await self.company_id():
            await rows.remove(self.services, id_)
        return id_
