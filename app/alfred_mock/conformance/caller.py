"""Sends the requests of the checks to one side, and keeps what that side has said."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from alfred_mock.conformance.bodies import filled
from alfred_mock.conformance.checks import Check, Credentials, Variables, learnt
from alfred_mock.conformance.exchange import Answer, Request, Side, Stopped
from alfred_mock.conformance.shapes import shape_of
from alfred_mock.core.ids import Ids, parse_uuid

WAITS = (4, 16, 60, 120, 180, 220)
"""Seconds between one look at a job and the next: ten minutes in all."""
_NOT_IDS = frozenset(("company_name", "etag"))
Sleep = Callable[[float], Awaitable[None]]


def made_up(ids: Ids) -> Variables:
    """Values of which no server can know anything."""
    return {
        "unknown_id": ids.uuid(),
        "request_id": f"alfred-mock-{ids.uuid()}",
        "nobody": f"alfred-mock-{ids.uuid()}",
        "no_password": ids.token(),
        "no_key": ids.token(),
    }


class Caller:
    """Asks one side; what it learns there is for that side's requests alone."""

    def __init__(
        self, side: Side, api_key: str, variables: Variables, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.variables = dict(variables)
        self._side = side
        self._api_key = api_key
        self._sleep = sleep

    def request(self, check: Check) -> Request | None:
        """The request of a check, None where a variable of it was never learnt."""
        known = self.variables
        in_url = {name: quote(value, safe="") for name, value in known.items()}
        try:
            headers = {name: filled(value, known) for name, value in check.headers.items()}
            target = filled(check.target, in_url)
            content_type, body = check.body(known) if check.body else ("", b"")
        except KeyError:
            return None
        if content_type:
            headers["Content-Type"] = content_type
        if check.credentials is Credentials.KEY:
            headers["X-TagshelfAPI-Key"] = self._api_key
        elif check.credentials is Credentials.WRONG_KEY:
            headers["X-TagshelfAPI-Key"] = known["no_key"]
        elif check.credentials is Credentials.WRONG_TOKEN:
            headers["Authorization"] = f"Bearer {known['no_key']}"
        return Request(check.method, target, headers, body)

    async def ask(self, check: Check) -> Answer | None:
        """The answer, once it is the one that was waited for; None as for `request`.

        Raises:
            Stopped: the wait was in vain, or the side takes no more requests.
        """
        request = self.request(check)
        if request is None:
            return None
        answer = await self._side.send(request)
        for seconds in WAITS if check.is_done else ():
            if check.is_done is None or check.is_done(answer):
                break
            await self._sleep(seconds)
            answer = await self._side.send(request)
        if check.is_done is not None and not check.is_done(answer):
            raise Stopped("the job is not at its end after ten minutes")
        for name, value in learnt(check, answer).items():
            if name in _NOT_IDS or parse_uuid(value):
                self.variables[name] = value
        return answer

    def shape(self, check: Check, answer: Answer) -> dict[str, Any]:
        """The shape of an answer to a check."""
        known = self.variables
        return shape_of(
            answer,
            words=check.words,
            request_id=known["request_id"] if check.id == "headers.request-id" else "",
            facts=check.facts(answer, known) if check.facts and answer.status < 400 else None,
            is_content=check.is_content,
        )
