"""`If-Match` and `If-None-Match` (RFC 9110 §13): a download only if the client's copy is old.

That they are honoured is our choice, as is the `ETag` itself. There is no `Last-Modified`, so
conditions on dates are ignored, as the RFC demands.
"""

import re

from starlette.datastructures import Headers
from starlette.responses import Response

from alfred_mock.core.errors import PreconditionFailed

_ANY = ("", "*")
_ENTITY_TAG = re.compile(r'(W/)?("[^"]*")')


def is_known(headers: Headers, etag: str) -> bool:
    """Whether the client has the content already.

    Raises:
        PreconditionFailed: it wants another content than this.
    """
    wanted = _list_in(headers, "If-Match")
    # To this condition a weak tag is like none: it does not promise the same bytes.
    if wanted is not None and _ANY not in wanted and ("", etag) not in wanted:
        raise PreconditionFailed(etag)
    known = _list_in(headers, "If-None-Match")
    return known is not None and (_ANY in known or etag in {tag for _, tag in known})


def not_modified(etag: str) -> Response:
    """The answer to a client that has the content."""
    return Response(status_code=304, headers={"ETag": etag})


def _list_in(headers: Headers, name: str) -> set[tuple[str, str]] | None:
    """The tags of a condition, each with the mark of a weak one; None without the condition."""
    lines = headers.getlist(name)
    if not lines:
        return None
    whole = ",".join(lines).strip()
    return {_ANY} if whole == "*" else set(_ENTITY_TAG.findall(whole))
