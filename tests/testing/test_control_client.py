"""What a handle makes of servers that answer otherwise, or not at all."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from alfred_mock.testing import AlfredMock, ControlError

TOKEN = "a-token-for-tests"


class _NotAlfred(BaseHTTPRequestHandler):
    """Answers as some other server would."""

    protocol_version = "HTTP/1.1"
    connections: set[tuple[str, int]]
    drops: bool

    def do_POST(self) -> None:
        self.connections.add(self.client_address)
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.send_response(404)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"Huh?")
        self.close_connection = self.drops

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def not_alfred() -> Iterator[str]:
    """URL of a server that is no alfred-mock."""
    _NotAlfred.connections, _NotAlfred.drops = set(), False
    with HTTPServer(("127.0.0.1", 0), _NotAlfred) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_an_answer_of_some_other_server_is_an_error(not_alfred: str) -> None:
    with AlfredMock.at(not_alfred) as server:
        with pytest.raises(ControlError, match="POST /__admin/companies was answered with 404"):
            server.company()
        with pytest.raises(ControlError):
            server.company()
    assert len(_NotAlfred.connections) == 2


def test_a_connection_that_the_server_has_ended_is_no_error(not_alfred: str) -> None:
    _NotAlfred.drops = True
    with AlfredMock.at(not_alfred) as server:
        for _ in range(3):
            with pytest.raises(ControlError, match="404"):
                server.company()
    assert len(_NotAlfred.connections) == 3


def test_nobody_there_is_an_error_that_names_the_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        AlfredMock.at(f"http://127.0.0.1:{port}") as server,
        pytest.raises(ControlError, match=f"no answer from http://127.0.0.1:{port}: ") as raised,
    ):
        server.company()
    assert raised.value.status is None


def test_what_is_no_url_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'127\.0\.0\.1:8000' is no URL"):
        AlfredMock.at("127.0.0.1:8000")


def test_the_token_opens_the_control_api() -> None:
    with AlfredMock(admin_token=TOKEN) as own:
        assert own.company().id
        with AlfredMock.at(own.url, TOKEN) as server:
            assert server.company().url == own.url
        with (
            AlfredMock.at(own.url, "wrong-token") as server,
            pytest.raises(ControlError) as raised,
        ):
            server.company()
        assert raised.value.status == 401


def test_many_threads_may_call_at_once() -> None:
    with AlfredMock() as server:
        made: list[str] = []
        threads = [
            threading.Thread(target=lambda: made.append(server.company().id)) for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(made)) == 16
