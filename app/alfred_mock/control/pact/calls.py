"""Calls of verifiers: in a body or, with the verifier's `body=false`, in the query."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from alfred_mock.control.pact.schemas import StateCall
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.validation import in_plain_words, place_of

_SCOPE = "scope"
_OF_CALL = ("state", "action")


def call_of(query: Mapping[str, str], body: bytes) -> StateCall:
    """What a verifier asks for.

    Raises:
        BadRequest: it is no such call; names the parameter.
    """
    given = {name: value for name, value in query.items() if name != _SCOPE}
    if not body.strip():
        params = {name: value for name, value in given.items() if name not in _OF_CALL}
        in_query = {name: value for name, value in given.items() if name in _OF_CALL}
        return _checked({**in_query, "params": params})
    for name in given:
        raise BadRequest(
            f"Parameter '{name[:200]}' is not known; the nearest is '{_SCOPE}'. With a body, the"
            " state and its parameters belong there."
        )
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("Parameter 'body' must be a JSON object.") from None
    if not isinstance(content, dict):
        raise BadRequest("Parameter 'body' must be a JSON object.")
    return _checked(content)


def _checked(content: dict[str, Any]) -> StateCall:
    try:
        return StateCall.model_validate(
            {name: value for name, value in content.items() if value is not None}
        )
    except ValidationError as error:
        problems = [
            f"Parameter '{place_of(item)}' {in_plain_words(item)}."
            for item in map(dict, error.errors())
        ]
        raise BadRequest(" ".join(problems)) from None
