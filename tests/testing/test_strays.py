"""Calls that are no company's are mentioned where a company's are missed."""

from collections.abc import Callable

import httpx
import pytest

from alfred_mock.testing import AlfredMock
from alfred_mock.testing.strays import HEADING

CREATE = "/api/deferred/create"
PING = "/api/tagshelf/ping"
WITHOUT = "neither X-TagshelfAPI-Key nor Authorization was sent"


def _ping(server: AlfredMock, key: str | None = None) -> None:
    headers = {} if key is None else {"X-TagshelfAPI-Key": key}
    httpx.get(f"{server.url}{PING}", headers=headers, trust_env=False)


def test_calls_with_a_missing_or_wrong_key_are_mentioned_with_their_reason() -> None:
    with AlfredMock() as server:
        _ping(server)  # before the company was made
        company = server.company()
        _ping(server, company.api_key)
        for key in (None, "mistyped"):
            _ping(server, key)
        attempts: list[Callable[[], object]] = [
            lambda: company.assert_called("POST", CREATE),
            lambda: company.assert_called("GET", PING, times=2),
            lambda: company.wait_for(2, timeout=0.1),
        ]
        for attempt in attempts:
            with pytest.raises(AssertionError) as raised:
                attempt()
            _, _, told = str(raised.value).partition(HEADING)
            assert told.count(f"GET {PING} 401") == 2
            assert told.count(WITHOUT) == 1
        assert [request.status for request in company.strays()] == [401, 401]
        assert len(company.requests()) == 1


def test_none_are_mentioned_where_there_are_none() -> None:
    with AlfredMock() as server:
        _ping(server)
        company = server.company()
        _ping(server, company.api_key)
        with pytest.raises(AssertionError) as raised:
            company.assert_called("POST", CREATE)
        assert HEADING not in str(raised.value)
        _ping(server)
        with pytest.raises(AssertionError) as raised:
            company.assert_called("GET", PING, times=0)  # too many, not too few
        assert HEADING not in str(raised.value)


def test_without_a_journal_a_company_is_made_all_the_same() -> None:
    with AlfredMock(journal="off") as server:
        assert server.company().strays() == []
