"""Forms of the pages: what was typed, and how a refusal reaches the form that was sent.

With htmx a form is answered by the page that follows it, or by the reason why it was refused, which
is put into the form. Without scripts a browser shows the same as pages.
"""

import json
import re
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from alfred_mock.control.body_limit import SEED_BYTES
from alfred_mock.control.console.calls import Answer, call
from alfred_mock.control.console.context import companies_of
from alfred_mock.control.console.rendering import fragment
from alfred_mock.core.errors import ApiError, BadRequest

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_INTO_FORM = {
    "HX-Retarget": "find [data-problem]",
    "HX-Reswap": "innerHTML",
    "HX-Reselect": ".reason",
    "HX-Push-Url": "false",
}
"""Where htmx puts a reason, and that the address stays as it is."""


class Refused(ApiError):
    """The control API has refused what a page asked of it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message)
        self.status = HTTPStatus(answer.status)  # type: ignore[misc]  # of this one alone


async def ask(request: Request, method: str, path: str, **given: Any) -> Any:
    """The body of the control API's answer; parameters as for `call`.

    Raises:
        Refused: it is an error.
    """
    answer = await call(request, method, path, **given)
    if answer.is_error:
        raise Refused(answer)
    return answer.body


async def fields_of(request: Request) -> dict[str, str]:
    """What was typed, without what was left empty."""
    async with request.form(max_files=0, max_part_size=SEED_BYTES) as form:
        given = {name: value for name, value in form.items() if isinstance(value, str)}
    return {name: value for name, value in given.items() if value.strip()}


def number_of(text: str) -> int | float | str:
    """A number as it was typed; what is none stays text, which the control API refuses."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return text
    return float(stripped) if "." in stripped else int(stripped)


def json_of(name: str, text: str) -> Any:
    """The JSON that was typed into a field.

    Raises:
        BadRequest: it is none; says where.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise BadRequest(f"Field '{name}' is nested too deeply.") from None
    except ValueError as error:
        raise BadRequest(f"Field '{name}' must be JSON: {error}.") from None


def to_page(path: str) -> Response:
    """Have the browser, or htmx, show a page."""
    return RedirectResponse(path, 303)


async def follow_up(request: Request, path: str) -> Response:
    """Have it show the page that follows a form, about the company that was chosen there."""
    companies = await companies_of(request)
    return to_page(f"{path}{companies.query}")


def is_form(request: Request) -> bool:
    """Whether htmx has sent one of the forms that wait for a page, or for a reason."""
    return request.method == "POST" and "hx-boosted" in request.headers


def reason(message: str, *, status: int) -> Response:
    """A reason, which htmx puts into the form that was sent."""
    return fragment("_reason.html", status=status, headers=_INTO_FORM, message=message)
