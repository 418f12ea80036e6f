"""What the pages of the console stand on, and the company that a page is about."""

from typing import NamedTuple, cast

from starlette.requests import Request
from starlette.types import ASGIApp

from alfred_mock.control.company_tokens import HELD_TO, only_own
from alfred_mock.control.event_stream import OpenStreams
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.lifetimes import list_companies, remove_what_is_over
from alfred_mock.core.errors import NotFound
from alfred_mock.core.ids import parse_uuid
from alfred_mock.core.services import Services
from alfred_mock.events.wiring import Events


class Console(NamedTuple):
    """What lasts as long as the server."""

    services: Services
    journal: JournalQueue
    events: Events
    streams: OpenStreams
    control: ASGIApp
    """The control API, which the pages call as every other client does."""


class CompanyChoice(NamedTuple):
    """A company that can be chosen."""

    id: str
    name: str


class Companies(NamedTuple):
    """The companies that the caller may see, and the chosen one."""

    all: list[CompanyChoice]
    chosen: CompanyChoice | None
    """None is all of them."""
    is_held: bool
    """Whether the caller's token is for a single company."""

    @property
    def chosen_id(self) -> str | None:
        """The id of the chosen one."""
        return self.chosen and self.chosen.id

    @property
    def query(self) -> str:
        """What keeps the choice in a link: `?company=...`, or nothing."""
        return f"?company={self.chosen.id}" if self.chosen and not self.is_held else ""

    def knows(self, company_id: str) -> bool:
        """Whether the company was there when this was read."""
        return any(company.id == company_id for company in self.all)

    def name_of(self, company_id: str | None) -> str:
        """The name of a company, its id where it has gone, nothing for none."""
        names = (company.name for company in self.all if company.id == company_id)
        return next(names, company_id or "")


def console_of(request: Request) -> Console:
    """What the page stands on."""
    return cast(Console, request.app.state.console)


async def companies_of(request: Request) -> Companies:
    """The companies of a page; its query may choose one, a token for one leaves no choice.

    Raises:
        NotFound: there is no such company.
        Forbidden: the caller's token is for another one.
    """
    console, held_to = console_of(request), HELD_TO.get()
    await remove_what_is_over(console.services, console.journal)  # as every control call does
    rows = await list_companies(console.services)
    found = [CompanyChoice(str(id_), name) for id_, name, *_ in rows]
    if held_to is not None:
        found = [company for company in found if company.id == held_to]
    named = request.query_params.get("company") or held_to
    if named is None:
        return Companies(found, None, is_held=False)
    only_own(parse_uuid(named))
    chosen = next((company for company in found if company.id == parse_uuid(named)), None)
    if chosen is None:
        raise NotFound("There is no company with this id; it may have been removed.")
    return Companies(found, chosen, is_held=held_to is not None)
