"""Requests that this server has sent, as entries of the journal: deliveries to webhooks.

Their path is a whole URL, which tells them from requests that this server was sent.
"""

from collections.abc import Mapping

from alfred_mock.control.journal.capture import CapturedRequest
from alfred_mock.control.journal.queue import JournalQueue
from alfred_mock.core.scope_keys import REQUEST_ID
from alfred_mock.core.settings import JournalMode, Settings
from alfred_mock.events.webhooks.sender import Exchange


class Deliveries:
    """Puts what was sent to webhooks into the journal."""

    def __init__(self, queue: JournalQueue, settings: Settings) -> None:
        self._queue = queue
        self._errors_only = settings.with_journal is JournalMode.ERRORS

    async def record(self, exchange: Exchange) -> None:
        """Add an exchange; where only errors are kept, one that was no acknowledgement."""
        if self._errors_only and exchange.is_acknowledged:
            return
        url, _, query = exchange.url.partition("?")
        headers = _encoded(exchange.headers)
        headers.append((b"content-length", b"%d" % len(exchange.body)))
        captured = CapturedRequest(
            {
                REQUEST_ID: exchange.id.encode(),
                "method": "POST",
                "path": url,
                "query_string": query.encode(),
                "headers": headers,
            },
            exchange.at,
        )
        captured.company_id = exchange.company_id
        captured.reason = exchange.error
        captured.add_request({"type": "http.request", "body": exchange.body})
        if exchange.status is not None:
            answer_headers = _encoded(exchange.answer_headers)
            captured.add_answer(
                {
                    "type": "http.response.start",
                    "status": exchange.status,
                    "headers": answer_headers,
                }
            )
            captured.add_answer({"type": "http.response.body", "body": exchange.answer})
        captured.end(seconds=exchange.seconds)
        await self._queue.add(captured)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]
