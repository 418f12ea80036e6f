"""Every call takes what it declares and nothing else.

What a call does not know could be a company's name that is misspelt or in the wrong place. Without
it the call would be one about all companies, so it is refused before anything happens.
"""

import json
from typing import Any

from fastapi import Request

from alfred_mock.core.errors import BadRequest
from alfred_mock.core.validation import what_is_known
from alfred_mock.engine.declarations import Declared, declared_by

_SHOWN_CHARACTERS = 200
_QUOTE = "'"
_declared: dict[Any, Declared] = {}
"""By endpoint: there are few, and they never change."""


async def declared_only(request: Request) -> None:
    """Refuse parameters and a body that the call does not declare; a dependency of all calls.

    Raises:
        BadRequest: names what is not known, and the nearest thing that is.
    """
    endpoint = request.scope["endpoint"]
    if endpoint not in _declared:
        _declared[endpoint] = declared_by(request.scope["route"])
    declared = _declared[endpoint]
    given: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in declared.query:
            raise BadRequest(_unknown(name, declared))
        if name in given:
            raise BadRequest(f"Parameter '{name}' is given more than once.")
        given.add(name)
    if declared.body is not None:
        if (await request.body()).strip() == b"null":
            raise BadRequest("Parameter 'body' must be an object; leave it out for the defaults.")
    elif not declared.reads_body and _has_body(request):
        await _refuse_body(request, declared)


def _unknown(name: str, declared: Declared) -> str:
    shown = name[:_SHOWN_CHARACTERS]
    in_body = declared.body or ()
    if name in in_body:
        return f"Parameter '{shown}' belongs in the body of this call, not in its query."
    if declared.query:
        return f"Parameter '{shown}' is not known; {what_is_known(name, declared.query, _QUOTE)}."
    if in_body:
        known = what_is_known(name, in_body, _QUOTE)
        return f"Parameter '{shown}' is not known; {known} in the body."
    return f"Parameter '{shown}' is not known: this call takes no parameters but those in its path."


def _has_body(request: Request) -> bool:
    headers = request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def _refuse_body(request: Request, declared: Declared) -> None:
    async for chunk in request.stream():
        if chunk:
            raise BadRequest(_no_body(chunk, declared))


def _no_body(begin: bytes, declared: Declared) -> str:
    try:
        content = json.loads(begin)
    except (ValueError, RecursionError):
        content = None
    members = list(content) if isinstance(content, dict) else []
    misplaced = next((name for name in members if name in declared.query), None)
    if misplaced is not None:
        return f"Parameter 'body' is not taken: '{misplaced}' belongs in the query of this call."
    if members and declared.query:
        known = what_is_known(members[0], declared.query, _QUOTE)
        shown = members[0][:_SHOWN_CHARACTERS]
        return f"Parameter 'body' has the unknown '{shown}'; {known} in the query."
    return "Parameter 'body' is not taken by this call."
