"""How large the body of a control call may be; it is in memory while it is read (our choice)."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from alfred_mock.core.body import declared_size, refuse_encodings
from alfred_mock.core.errors import PayloadTooLarge

BODY_BYTES = 1_048_576
SEED_BYTES = 268_435_456
"""A seed may have the content of files."""

_WITH_SEED = (
    *("/__admin/seed", "/__admin/companies"),
    *("/__admin/console/seed", "/__admin/console/seed/check", "/__admin/console/companies"),
)


def bounded(scope: Scope, receive: Receive) -> Receive:
    """The request's `receive`, which stops a body that is too large.

    Raises:
        PayloadTooLarge: it is declared to be.
        UnsupportedEncoding: it is compressed.
    """
    request = Request(scope)
    refuse_encodings(request)
    limit = SEED_BYTES if scope["path"] in _WITH_SEED else BODY_BYTES
    if declared_size(request) > limit:
        raise PayloadTooLarge(limit)
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            # FastAPI would take any other error for one of the body's syntax.
            error = PayloadTooLarge(limit)
            raise HTTPException(error.status, error.message)
        return message

    return receive_bounded
