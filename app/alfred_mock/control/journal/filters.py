"""Query parameters that say which entries a call is about."""

import re
from fnmatch import translate
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from alfred_mock.control.company_filter import CompanyQuery
from alfred_mock.control.journal.store import LARGEST, Filters
from alfred_mock.core.clock import from_wire

_STATUS = re.compile(r"[0-9]{1,3}|[1-5]xx", re.IGNORECASE)
_GLOB = re.compile(r"[*?\[]")


def _status(value: str) -> str:
    if not _STATUS.fullmatch(value):
        raise PydanticCustomError("status", "must be a status such as 404, or 4xx")
    return value.lower()


def _since(value: str) -> str:
    _parsed_since(value)
    return value


def _parsed_since(value: str) -> tuple[int | None, int | None]:
    if value.isascii() and value.isdigit():
        return min(int(value[:20]), LARGEST), None
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
    matches = re.compile(translate(path)).match if path and _GLOB.search(path) else None
    return Filters(
        company_id=company,
        method=method and method.upper(),
        path=None if matches else path,
        path_matches=matches,
        lowest_status=lowest,
        highest_status=highest,
        after=after,
        since=from_instant,
    )


FiltersQuery = Annotated[Filters, Depends(_filters)]
"""The entries that the query of a control call is about."""
