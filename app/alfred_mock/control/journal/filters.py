"""Which of the entries somebody asks for."""

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Query, Request
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from alfred_mock.control.company_filter import CompanyQuery
from alfred_mock.core.clock import from_wire
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.validation import nearest

_LARGEST = 2**63 - 1
_STATUS = re.compile(r"[0-9]{1,3}|[1-5]xx", re.IGNORECASE)
_GLOB = re.compile(r"[*?\[]")


class Filters(NamedTuple):
    """What an entry must be like; None is anything."""

    company_id: str | None = None
    method: str | None = None
    path: str | None = None
    """A glob, in which * also stands for slashes."""
    lowest_status: int | None = None
    highest_status: int | None = None
    after: int | None = None
    """The number of an entry: only those after it."""
    since: int | None = None
    """An instant: only those at or after it."""

    @property
    def conditions(self) -> dict[str, Any]:
        """Those that are set and that a database can judge."""
        conditions = {name: value for name, value in self._asdict().items() if value is not None}
        if self.path is not None and _GLOB.search(self.path):
            del conditions["path"]
        return conditions

    @property
    def path_matches(self) -> Callable[[str], object] | None:
        """What judges a path where the database cannot."""
        if self.path is None or not _GLOB.search(self.path):
            return None
        return re.compile(translate(self.path)).match


def _status(value: str) -> str:
    if not _STATUS.fullmatch(value):
        raise PydanticCustomError("status", "must be a status such as 404, or 4xx")
    return value.lower()


def _since(value: str) -> str:
    _parsed_since(value)
    return value


def _parsed_since(value: str) -> tuple[int | None, int | None]:
    if value.isascii() and value.isdigit():
        return min(int(value[:20]), _LARGEST), None
    try:
        return None, from_wire(value)
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "since", "must be the number of an entry or a date such as 2022-11-17T00:00:00.000"
        ) from None


async def _filters(
    company: CompanyQuery = None,
    method: Annotated[str | None, Query(pattern=r"^[A-Za-z]{1,32}$")] = None,
    path: Annotated[
        str | None,
        Query(
            max_length=2_000,
            pattern=r"^[^\x00]*$",
            description="A glob, in which * also stands for slashes.",
        ),
    ] = None,
    status: Annotated[
        str | None, AfterValidator(_status), Query(description="A status such as 404, or 4xx.")
    ] = None,
    since: Annotated[
        str | None,
        AfterValidator(_since),
        Query(description="The number of an entry, for those after it, or an ISO 8601 date."),
    ] = None,
) -> Filters:
    lowest = highest = None
    if status is not None:
        lowest, highest = int(status.replace("x", "0")), int(status.replace("x", "9"))
    after, from_instant = (None, None) if since is None else _parsed_since(since)
    return Filters(company, method and method.upper(), path, lowest, highest, after, from_instant)


FiltersQuery = Annotated[Filters, Depends(_filters)]
"""The entries that the query of a control call is about."""


FILTERS = ("company", "method", "path", "status", "since")
"""What the parameters of these filters are called."""


def only_parameters(*known: str) -> Any:
    """A dependency that refuses any other query parameter than these."""

    async def refuse_others(request: Request) -> None:
        for name in request.query_params:
            if name not in known:
                near = nearest(name, known)
                raise BadRequest(f"Parameter '{name[:200]}' is not known; the nearest is '{near}'.")

    return Depends(refuse_others)
