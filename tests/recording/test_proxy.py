"""A client of the recorder gets Alfred's own answers."""

import pytest

from alfred_mock.conformance.report import BAD
from alfred_mock.core.clock import SECOND, Clock
from tests.auth.vectors import amx
from tests.recording.conftest import Recording
from tests.recording.flow import CONTENT, life

pytestmark = pytest.mark.anyio


async def test_what_alfred_answers_comes_back(recording: Recording) -> None:
    ids = await life(recording.client)
    answer = await recording.client.get(f"/api/file/download/{ids['file_id']}")
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "text/plain"
    assert int(answer.headers["x-ratelimit-limit"]) > 0
    recording.company.assert_called("POST", "/api/job/create")


async def test_an_error_comes_back_too(recording: Recording) -> None:
    answer = await recording.client.get("/api/deferred/detail/42?a=b")
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


async def test_the_double_beside_it_answers_alike(recording: Recording) -> None:
    await life(recording.client)
    assert {r.id: (r.there, r.here) for r in recording.recorder.results if r.verdict in BAD} == {}
    assert len(recording.recorder.results) > 100


async def test_a_token_is_a_placeholder(recording: Recording) -> None:
    user = recording.company.user
    login = {"grant_type": "password", "username": user.user_name, "password": user.password}
    granted = (await recording.client.post("/token", data=login, headers={})).json()
    token = granted["access_token"]
    assert token.startswith("recording-")
    headers = {"Authorization": f"Bearer {token}"}
    recording.client.headers.pop("X-TagshelfAPI-Key")
    answer = await recording.client.get("/api/tagshelf/ping", headers=headers)
    assert answer.json() == {"pong": user.user_name}
    # The placeholder is of no use anywhere else.
    (request,) = recording.company.requests(path="/api/tagshelf/ping")
    assert token not in str(request.headers)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://recorder.test/api/deferred/create?a=b", 200),
        ("http://another.test/api/deferred/create?a=b", 401),
    ],
)
async def test_what_was_signed_right_is_signed_anew(
    recording: Recording, url: str, status: int
) -> None:
    recording.client.headers.pop("X-TagshelfAPI-Key")
    pair, now = recording.company.hmac, Clock().real() // SECOND
    header = amx(pair.id, pair.key, "POST", url, nonce="n", timestamp=now)
    answer = await recording.client.post(
        "/api/deferred/create?a=b", headers={"Authorization": header}
    )
    assert answer.status_code == status, answer.text


async def test_a_nonce_stays_the_clients_own(recording: Recording) -> None:
    recording.client.headers.pop("X-TagshelfAPI-Key")
    pair, now = recording.company.hmac, Clock().real() // SECOND
    url = "http://recorder.test/api/tagshelf/ping"
    header = amx(pair.id, pair.key, "GET", url, nonce="once", timestamp=now)
    asked = [
        await recording.client.get("/api/tagshelf/ping", headers={"Authorization": header})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in asked] == [200, 401]


async def test_who_cannot_be_reached_is_a_502(recording: Recording) -> None:
    from alfred_mock.recording.upstream import Upstream

    recording.recorder._upstream = Upstream("http://127.0.0.1:9")
    answer = await recording.client.get("/api/tagshelf/ping")
    assert answer.status_code == 502
    assert answer.json()["error"] == "Bad Gateway"
