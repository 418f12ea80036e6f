"""What the pages of jobs, sessions and files have in common: lists that go on, and their tabs."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response

from alfred_mock.control.browsers import CONSOLE
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.state.entries import PAGE_ROWS
from alfred_mock.core.services import Services

STATE = f"{CONSOLE}/state"
JOBS, SESSIONS, FILES = f"{STATE}/jobs", f"{STATE}/sessions", f"{STATE}/files"
TABS = (("Jobs", JOBS), ("Sessions", SESSIONS), ("Files", FILES))

Find = Callable[[Services, str | None, int], Awaitable[list[SimpleNamespace]]]


class Listing:
    """A list of the newest, a page at a time, that is renewed while it is looked at."""

    def __init__(self, path: str, find: Find, *, title: str) -> None:
        self.path, self.title = path, title
        self._find = find
        self._rows = f"_{path.rpartition('/')[2]}.html"

    async def index(self, request: Request) -> Response:
        """The page."""
        companies = await companies_of(request)
        live = await self._region(request, companies)
        return await page(
            request, "state.html", companies=companies, live=live.html, tabs=TABS, listing=self
        )

    async def rows(self, request: Request) -> Response:
        """The list again, if it has changed."""
        return renewed(request, await self._region(request, await companies_of(request)))

    async def _region(self, request: Request, companies: Companies) -> Region:
        number = _page_number(request)
        skip = (number - 1) * PAGE_ROWS
        found = await self._find(console_of(request).services, companies.chosen_id, skip)
        return region(
            self._rows,
            f"{self.path}/rows",
            companies,
            kept={"page": f"{number}" if number > 1 else None},
            found=found,
            number=number,
            has_more=len(found) == PAGE_ROWS,
            path=self.path,
        )


def _page_number(request: Request) -> int:
    given = request.query_params.get("page", "1")
    is_number = given.isascii() and given.isdigit() and len(given) < 7
    return max(int(given), 1) if is_number else 1
