"""What the server has acknowledged is there after it was killed."""

import signal
import threading

import httpx
import pytest

from tests.support import WITH_KEY, server_process

_CLIENTS = 8


def _create_until_it_dies(url: str, acknowledged: list[str], enough: threading.Event) -> None:
    with httpx.Client(base_url=url, headers=WITH_KEY) as client:
        while True:
            try:
                answer = client.post("/api/deferred/create")
            except httpx.TransportError:
                return
            acknowledged.append(answer.json()["session_id"])
            if len(acknowledged) >= 100:
                enough.set()


@pytest.mark.parametrize("kind", ["sqlite_url", "postgres_url"])
def test_no_acknowledged_session_is_lost_to_a_kill(
    kind: str, request: pytest.FixtureRequest
) -> None:
    url: str = request.getfixturevalue(kind)
    acknowledged: list[str] = []
    enough = threading.Event()
    with server_process("--database-url", url) as server:
        clients = [
            threading.Thread(target=_create_until_it_dies, args=(server.url, acknowledged, enough))
            for _ in range(_CLIENTS)
        ]
        for client in clients:
            client.start()
        assert enough.wait(30)
        server.stop(signal.SIGKILL)
        for client in clients:
            client.join()
    with (
        server_process("--database-url", url) as server,
        httpx.Client(base_url=server.url, headers=WITH_KEY) as http,
    ):
        found = [http.get(f"/api/deferred/detail/{made}").status_code for made in acknowledged]
    assert found == [200] * len(acknowledged)
