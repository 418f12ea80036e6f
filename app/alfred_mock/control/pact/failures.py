"""Calls about states that fail: a verifier hides why, so it is said elsewhere, too."""

import logging

from starlette.types import Scope as AsgiScope

from alfred_mock.control.journal.capture import CapturedRequest
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.control.known_secrets import secrets_among
from alfred_mock.control.pact import scopes
from alfred_mock.control.pact.schemas import StateCall
from alfred_mock.core.clock import to_wire
from alfred_mock.core.errors import ApiError
from alfred_mock.core.known_texts import spellings_of, without, words_of
from alfred_mock.core.masking import masked_words
from alfred_mock.core.replies import JsonReply
from alfred_mock.core.services import Services
from alfred_mock.core.settings import JournalMode
from alfred_mock.database import Transaction

log = logging.getLogger("alfred_mock")

_LONGEST = 1_000


async def tell(
    services: Services,
    journal: JournalQueue,
    request: AsgiScope,
    body: bytes,
    call: StateCall | None,
    scope_name: str,
    error: ApiError,
) -> None:
    """Tell of a failed call on stderr, in the journal and in the scope."""
    said = f"{error.status.value} {error.message}"
    state = call.state if call is not None else ""
    line = masked_words(f"the Pact state {state[:_LONGEST]!r} failed in {scope_name!r}: {said}")
    known = await secrets_among(services.database, services.settings.admin_token, words_of(line))
    log.warning("%s", without(line, spellings_of(known)))
    await services.database.transact(
        _noted(
            services,
            scope_name,
            {
                "at": to_wire(services.clock.real()),
                "state": state[:_LONGEST],
                "action": call.action if call is not None else None,
                "status": error.status.value,
                "message": error.message,
            },
        )
    )
    if services.settings.with_journal is not JournalMode.OFF:
        await journal.add(_captured(services, request, body, error))


def _noted(
    services: Services, name: str, failure: dict[str, str | int | None]
) -> Transaction[None]:
    now = services.clock.real()
    scope = yield from scopes.hold(services.vault, name, now)
    scope.failure, scope.used_at = failure, now
    yield from scopes.keep(services.vault, scope)


def _captured(
    services: Services,
    request: AsgiScope,
    body: bytes,
    error: ApiError,
) -> CapturedRequest:
    """The call as no company's: that of the scope goes with the teardown, and its journal too."""
    answer = JsonReply(error.body(), status_code=error.status)
    captured = CapturedRequest(request, services.clock.real())
    captured.reason = error.reason
    captured.add_request({"type": "http.request", "body": body})
    captured.add_answer(
        {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": answer.raw_headers,
        }
    )
    captured.add_answer({"type": "http.response.body", "body": bytes(answer.body)})
    captured.end()
    return captured
