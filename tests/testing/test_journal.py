"""Asking a handle what was called."""

import threading

import httpx
import pytest

from alfred_mock.testing import AlfredMock, Company
from alfred_mock.testing.journal import SHOWN

CREATE = "/api/deferred/create"
PING = "/api/tagshelf/ping"


def test_requests_are_a_companys_own_and_in_order(
    server: AlfredMock, company: Company, http: httpx.Client
) -> None:
    http.post(CREATE)
    http.get(PING, params={"a": "1"})
    other = server.company()
    httpx.get(f"{server.url}{PING}", headers=other.headers, trust_env=False)
    first, second = company.requests()
    assert (first.method, first.path, first.status) == ("POST", CREATE, 200)
    assert (second.query, second.company, second.fault) == ("a=1", company.id, None)
    assert second.number > first.number
    assert company.api_key not in str(second.headers)
    assert str(second) == f"GET {PING}?a=1 200"
    assert len(server.requests(company=other.id)) == 1


def test_requests_can_be_filtered(company: Company, http: httpx.Client) -> None:
    http.post(CREATE, json={"a": 1})
    http.get(PING)
    http.get("/api/no/such")
    (created,) = company.requests(method="post", path="/api/deferred/*")
    assert created.json() == {"a": 1}
    assert [request.status for request in company.requests(status="4xx")] == [404]
    assert len(company.requests(since=created.number)) == 2
    assert len(company.requests(limit=1)) == 1


def test_what_was_called_is_returned(company: Company, http: httpx.Client) -> None:
    http.get(PING)
    http.get(PING)
    assert len(company.assert_called("GET", PING)) == 2
    assert len(company.assert_called("GET", "/api/*", times=2, status=200)) == 2
    assert company.assert_called("POST", CREATE, times=0) == []


def test_what_was_not_called_is_said_with_what_was(company: Company, http: httpx.Client) -> None:
    http.post(CREATE)
    http.get("/api/tagshelf/pong")
    with pytest.raises(AssertionError) as raised:
        company.assert_called("GET", PING)
    lines = str(raised.value).splitlines()
    assert lines[0] == f"expected GET {PING} at least once; it was called 0 times."
    called = [line.partition(",")[0].strip() for line in lines]
    assert called.index(f"POST {CREATE} 200") < called.index("GET /api/tagshelf/pong 404")
    assert lines[-1] == "The closest was GET /api/tagshelf/pong 404"


def test_too_many_are_as_wrong_as_too_few(company: Company, http: httpx.Client) -> None:
    for _ in range(SHOWN + 5):
        http.get(PING)
    with pytest.raises(AssertionError, match=f"2 times; it was called {SHOWN + 5} times") as raised:
        company.assert_called("GET", PING, times=2)
    assert "... and 5 before" in str(raised.value)
    assert str(raised.value).count(f"GET {PING} 200") == SHOWN


def test_nothing_is_like_nothing(company: Company) -> None:
    with pytest.raises(AssertionError, match="none") as raised:
        company.assert_called("GET", PING)
    assert "closest" not in str(raised.value)


def test_waiting_ends_when_they_have_come(company: Company, http: httpx.Client) -> None:
    later = threading.Timer(0.2, http.get, [PING])
    later.start()
    (request,) = company.wait_for(timeout=30, path=PING)
    later.join()
    assert request.path == PING


def test_waiting_in_vain_says_what_came(company: Company, http: httpx.Client) -> None:
    http.get(PING)
    with pytest.raises(AssertionError) as raised:
        company.wait_for(2, timeout=0.1, method="GET")
    assert str(raised.value).startswith(
        f"1 of 2 requests came within 0.1 s. Asked for: method=GET. Came:\nGET {PING} 200"
    )
