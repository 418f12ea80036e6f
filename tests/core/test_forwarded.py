"""Forwarded headers count only if a trusted proxy sent them."""

from typing import Any

import pytest

from alfred_mock.core.forwarded import Forwarding


def _scope(peer: str | None, target: bytes = b"/a", **headers: str) -> Any:
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "scheme": "http",
        "client": (peer, 1234) if peer else None,
        "path": path.decode(),
        "raw_path": path,
        "query_string": query,
        "headers": [
            (name.replace("_", "-").encode(), value.encode())
            for name, value in {"host": "server:8000", **headers}.items()
        ],
    }


FORWARDED: dict[str, Any] = {
    "x_forwarded_proto": "https",
    "x_forwarded_host": "alfred.test",
    "x_forwarded_for": "203.0.113.9, 10.0.0.7",
}


def test_a_stranger_cannot_forward() -> None:
    forwarding = Forwarding(("10.0.0.0/8",), None)
    scope = _scope("203.0.113.1", **FORWARDED)
    assert forwarding.client_url(scope) == "http://server:8000/a"
    assert forwarding.client_address(scope) == "203.0.113.1"


@pytest.mark.parametrize("trusted", ["10.0.0.0/8", "10.1.2.3"])
def test_a_trusted_proxy_can(trusted: str) -> None:
    forwarding = Forwarding((trusted,), None)
    assert forwarding.client_url(_scope("10.1.2.3", **FORWARDED)) == "https://alfred.test/a"


def test_the_client_is_the_last_address_that_is_no_proxy_of_ours() -> None:
    forwarding = Forwarding(("10.0.0.0/8",), None)
    made_up = {**FORWARDED, "x_forwarded_for": "198.51.100.1, 203.0.113.9, 10.0.0.7"}
    assert forwarding.client_address(_scope("10.1.2.3", **made_up)) == "203.0.113.9"


def test_where_everybody_is_trusted_the_first_address_is_the_client() -> None:
    forwarding = Forwarding(("*",), None)
    assert forwarding.client_address(_scope("10.1.2.3", **FORWARDED)) == "203.0.113.9"


def test_a_proxy_that_says_nothing_leaves_what_the_request_says() -> None:
    forwarding = Forwarding(("*",), None)
    scope = _scope("10.1.2.3")
    assert forwarding.client_url(scope) == "http://server:8000/a"
    assert forwarding.client_address(scope) == "10.1.2.3"


def test_behind_a_unix_socket_there_is_only_the_proxy() -> None:
    scope = _scope(None, **FORWARDED)
    assert Forwarding(("10.0.0.0/8",), None).client_url(scope) == "https://alfred.test/a"
    assert Forwarding((), None).client_address(scope) is None


def test_the_public_url_wins_over_every_header() -> None:
    forwarding = Forwarding(("*",), "https://public.test/base")
    scope = _scope("10.1.2.3", b"/a%20B?x=%2F&y", **FORWARDED)
    assert forwarding.client_url(scope) == "https://public.test/base/a%20B?x=%2F&y"
