"""Query parameters that say which entries a call is about."""

import re
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Query
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from alfred_mock.control.access import PACT_PATH
from alfred_mock.control.company_filter import CompanyQuery
from alfred_mock.control.journal.store import LARGEST, Filters
from alfred_mock.control.request_match import (
    PATH_PATTERN,
    QueryGlobs,
    glob,
    path_problem,
    query_globs,
    query_matches,
)
from alfred_mock.control.since import SinceText, parse_since
from alfred_mock.core.errors import BadRequest

_STATUS_PATTERN = "^([0-9]{1,3}|[1-5][xX]{2})$"
_QUERY_PATTERN = r"^[^?=&]+=[^&]*(&[^=&]+=[^&]*)*$"
_GLOB = re.compile(r"[*?\[]")


def _path(value: str) -> str:
    # The only control calls in the journal are those of Pact verifiers that fail.
    problem = None if value == PACT_PATH else path_problem(value)
    if problem is not None:
        raise PydanticCustomError("path", "{problem}", {"problem": problem})
    return value


def _query(value: str) -> str:
    if not re.fullmatch(_QUERY_PATTERN, value):
        raise PydanticCustomError("query", "must be parameters such as currentPage=2&pageSize=*")
    return value


def _status(value: str) -> str:
    if not re.fullmatch(_STATUS_PATTERN, value):
        raise PydanticCustomError("status", "must be a status such as 404, or 4xx")
    return value.lower()


async def _filters(
    company: CompanyQuery = None,
    method: Annotated[
        str | None, Query(pattern=r"^[A-Za-z]{1,32}$", description="A method, in either case.")
    ] = None,
    path: Annotated[
        str | None,
        AfterValidator(_path),
        Query(
            max_length=2_000,
            pattern=r"^[^\x00]*$",
            description="A glob, in which * also stands for slashes.",
            json_schema_extra={"pattern": PATH_PATTERN},
        ),
    ] = None,
    query: Annotated[
        str | None,
        AfterValidator(_query),
        Query(
            max_length=2_000,
            description="Parameters that the query has, such as currentPage=2&pageSize=*; each"
            " value is a glob.",
            json_schema_extra={"pattern": _QUERY_PATTERN},
        ),
    ] = None,
    status: Annotated[
        str | None,
        AfterValidator(_status),
        Query(
            description="A status such as 404, or 4xx.",
            json_schema_extra={"pattern": _STATUS_PATTERN},
        ),
    ] = None,
    since: SinceText = None,
    anonymous: Annotated[
        bool,
        Query(description="Only requests of no company: their credentials are missing or unknown."),
    ] = False,
    outgoing: Annotated[
        bool,
        Query(description="Requests that this server has sent, which are deliveries to webhooks."),
    ] = False,
) -> Filters:
    if anonymous and company is not None:
        raise BadRequest(
            "Parameter 'anonymous' is for requests of no company; leave out 'company'."
        )
    lowest = highest = None
    if status is not None:
        lowest, highest = int(status.replace("x", "0")), int(status.replace("x", "9"))
    after, from_instant = parse_since(since, largest=LARGEST)
    path_glob = glob(path) if path is not None and _GLOB.search(path) else None
    wanted = query_globs(parse_qsl(query or "", keep_blank_values=True))
    return Filters(
        company_id=company,
        method=method and method.upper(),
        path=None if path_glob else path,
        matches=_Matches(path_glob, wanted) if path_glob or wanted else None,
        lowest_status=lowest,
        highest_status=highest,
        after=after,
        since=from_instant,
        anonymous=anonymous or None,
        incoming=None if outgoing else True,
        outgoing=outgoing or None,
    )


class _Matches:
    """What the database cannot decide."""

    def __init__(self, path: re.Pattern[str] | None, query: QueryGlobs) -> None:
        self._path, self._query = path, query

    def __call__(self, path: str, query: str) -> bool:
        if self._path is not None and not self._path.match(path):
            return False
        return query_matches(self._query, query)


FiltersQuery = Annotated[Filters, Depends(_filters)]
"""The entries that the query of a control call is about."""
