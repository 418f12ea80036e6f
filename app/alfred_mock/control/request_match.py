"""What a fault and a filter of the journal say about requests: globs of paths and queries."""

import re
from collections.abc import Iterable
from fnmatch import translate
from urllib.parse import parse_qsl

from alfred_mock.control.access import SERVICE_PATHS, is_control

QueryGlobs = list[tuple[str, re.Pattern[str]]]
"""A glob for each parameter that a query must have."""

PATH_PATTERN = r"^[/*?\[]"
"""What the schema says of globs of paths; `path_problem` says more."""

_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://[^/?#]*")
_QUERY = re.compile(r"\?[^/?*\[\]=&]+=")


def glob(text: str) -> re.Pattern[str]:
    """A glob in which * also stands for slashes; to be used with `match`."""
    return re.compile(translate(text))


def path_problem(path: str) -> str | None:
    """Why no request can have such a path, and what to write instead; None if one can."""
    host = _HOST.match(path)
    if host is not None:
        rest = path[host.end() :].partition("?")[0]
        return f"is a URL, but a path is only what follows the host: write '{rest or '/'}'"
    query = _QUERY.search(path)
    if query is not None:
        only, rest = path[: query.start()], path[query.start() + 1 :]
        write = f"write '{only}', and put" if only else "put"
        return f"has a query, which is no part of a path: {write} '{rest}' into 'query'"
    if not re.match(PATH_PATTERN, path):
        return f"must begin with a slash or a *: write '/{path.strip().lstrip('/')}'"
    if path in SERVICE_PATHS or is_control(path):
        return "is the path of a service, which never fails and is in no journal"
    return None


def query_globs(wanted: Iterable[tuple[str, str]]) -> QueryGlobs:
    """The globs by the names of their parameters."""
    return [(name, glob(text)) for name, text in wanted]


def query_matches(wanted: QueryGlobs, query: str) -> bool:
    """Whether a query has each of the parameters with a value that its glob matches."""
    given = parse_qsl(query, keep_blank_values=True)
    return all(
        any(name == wanted_name and wanted_value.match(value) for name, value in given)
        for wanted_name, wanted_value in wanted
    )
