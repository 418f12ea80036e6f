"""The fast path answers exactly as the ordinary way does, to the byte, and takes what it can."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import Request

from alfred_mock.core.scope_keys import REQUEST_ID, SERVER_SEND, SLOT
from alfred_mock.core.settings import Settings
from alfred_mock.engine.blocks import Blocks
from alfred_mock.engine.compiled_routes import FastLane, Plan
from alfred_mock.engine.fast_path import MOST_HEAD_BYTES, MOST_HEADS, FastPath
from alfred_mock.engine.fast_protocol import FastProtocol
from alfred_mock.main import Application, create_app
from tests.conftest import _fresh_database
from tests.control.faults.serving import FAULTS, make_over, served
from tests.engine.conversations import DETAIL, PING, SAID, SESSION, Said, get, hear, normal
from tests.support import UNKNOWN_ID, WITH_KEY

FROZEN = "2024-05-13T17:41:20.133"
_ALIKE: dict[str, Any] = {
    "timeout_keep_alive": 21,
    "headers": [("keep-alive", "timeout=20")],
    "ws": "none",
    "proxy_headers": False,
}
_OF_EACH = frozenset(("id", "at", "duration_ms", "number"))
"""What an entry of the journal has of its own."""


@dataclass
class Running:
    """A server in this process."""

    app: Application
    url: str
    session: str

    def hear(self, said: Said) -> bytes:
        return normal(hear(self.url, said, self.session))


@dataclass
class Pair:
    """The same server with its fast path and without."""

    fast: Running
    ordinary: Running
    taken: list[bytes]
    """The paths of the requests that the fast path has answered."""


def _settings(url: str, **more: Any) -> Settings:
    return Settings(_env_file=None, database_url=url, migrate=True, **more)


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "without journal"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    taken: list[bytes] = []
    answer = FastPath.answer

    def noted(self: FastPath, connection: Any, asked: Any, head: Any) -> bool:
        is_taken = answer(self, connection, asked, head)
        if is_taken:
            taken.append(asked.path)
        return is_taken

    more: dict[str, Any] = {"journal": "off"} if request.param == "without journal" else {}
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patching:
        patching.setattr(FastPath, "answer", noted)
        running = []
        for is_fast in (True, False):
            url = "sqlite:///:memory:"
            if request.param == "postgresql":
                server = request.getfixturevalue("postgres")
                template = request.getfixturevalue("postgres_template")
                url = stack.enter_context(
                    contextmanager(_fresh_database)(server, template=template)
                )
            settings = Settings(_env_file=None, database_url=url, fast_path=is_fast, **more)
            app = create_app(settings)
            address = stack.enter_context(served(app, http=FastProtocol, **_ALIKE))
            with httpx.Client(base_url=address) as client:
                clock = {"now": FROZEN, "frozen": True}
                assert client.put("/__admin/clock", json=clock).status_code == 200
                made = client.post("/api/deferred/create", headers=WITH_KEY).json()
            running.append(Running(app, address, made["session_id"]))
        yield Pair(running[0], running[1], taken)


@pytest.mark.parametrize("name", SAID)
def test_both_ways_give_the_same_bytes(pair: Pair, name: str) -> None:
    assert pair.fast.hear(SAID[name]) == pair.ordinary.hear(SAID[name])


def test_every_compiled_route_gives_the_same_bytes(pair: Pair) -> None:
    for method, path in FastLane(pair.fast.app, routers=pair.fast.app.routers).paths:
        for last in (UNKNOWN_ID, "x") if path.endswith("/") else ("",):
            for header in ("X-A: b", "X-TagshelfAPI-Key: nobody-has-this-key", "Authorization: x"):
                once = get(f"{path}{last}", header, method=method)
                said = Said((once, once), 2)
                assert pair.fast.hear(said) == pair.ordinary.hear(said), once


def test_a_plan_sees_the_same_request(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []
    run = Plan.run

    async def look(self: Plan, request: Request, argument: Any) -> Any:
        seen.append(dict(request.scope))
        assert await request.body() == b""
        return await run(self, request, argument)

    monkeypatch.setattr(Plan, "run", look)
    for running in (pair.fast, pair.ordinary):
        running.hear(Said((get(DETAIL),)))
    fast, ordinary = seen[0], seen[2]  # what is asked last is for the ordinary way
    own = {"app", "client", "server", "path", "raw_path", REQUEST_ID, SERVER_SEND, SLOT}
    # What does not wait takes no slot, and has no `send` of the server's.
    assert {**fast, SERVER_SEND: None, SLOT: None}.keys() == ordinary.keys()
    assert all(fast[name] == ordinary[name] for name in fast.keys() - own)


def test_an_answer_that_cannot_be_made_is_a_500(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> bytes:
        raise LookupError("no such block")

    monkeypatch.setattr(Blocks, "of", fail)
    for path, method in ((PING, "GET"), ("/api/deferred/create", "POST")):
        heard = pair.fast.hear(Said((get(path, method=method),)))
        assert heard.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")


def test_it_takes_what_it_can(pair: Pair) -> None:
    paths = [
        *("/api/account/companies", "/api/company/cloudinfo", "/api/tag/all"),
        *(PING, "/api/tagshelf/status", "/api/tagshelf/who-am-i", DETAIL),
        f"/api/file/detail/{UNKNOWN_ID}",
    ]
    for method, path in [("POST", "/api/deferred/create"), *[("GET", path) for path in paths]]:
        pair.taken.clear()
        own_id = get(path, "X-Request-ID: own", method=method)
        pair.fast.hear(Said((own_id, *[get(path, method=method)] * 2), 3))
        asked = path.replace(SESSION, pair.fast.session).encode()
        assert pair.taken == [asked] * 3


@pytest.mark.parametrize(
    "asked",
    [
        *(
            get(PING, version="1.0"),
            get(PING, "Connection: close"),
            get(f"{PING}?x"),
            get("/livez"),
        ),
        *(get(PING, "X-Alfred-Mock-Fault: 503"), get(PING, "Content-Length: 1") + "x"),
        *(get(PING, "Expect: 100-continue"), get(PING, f"X-A: {'a' * MOST_HEAD_BYTES}")),
        *(get(f"{PING}/"), get(PING, method="DELETE"), get("/api/job/all")),
    ],
)
def test_it_leaves_what_it_cannot(pair: Pair, asked: str) -> None:
    pair.taken.clear()
    pair.fast.hear(Said((asked,)))
    assert pair.taken == []


def test_a_fault_takes_its_requests_away(pair: Pair) -> None:
    pair.taken.clear()
    said = Said((get(PING), get(PING)), 2)
    heard = []
    for running in (pair.fast, pair.ordinary):
        with httpx.Client(base_url=running.url) as client:
            make_over(client, match={"path": PING}, effect={"status": 503})
            heard.append(running.hear(said))
            client.delete(FAULTS)
    assert heard[0] == heard[1]
    assert heard[0].count(b"HTTP/1.1 503 ") == 2
    assert pair.taken == []


def test_both_journals_are_the_same(pair: Pair) -> None:
    if pair.fast.app.control.journal is None:
        pytest.skip("there is no journal")
    journals = []
    for running in (pair.fast, pair.ordinary):
        with httpx.Client(base_url=running.url) as client:
            client.delete("/__admin/requests")
            for said in SAID.values():
                running.hear(said)
            found = client.get("/__admin/requests", params={"limit": 500}).json()
        entries = [
            {name: value for name, value in entry.items() if name not in _OF_EACH}
            for entry in found["requests"]
            if not entry["path"].startswith("/__admin")
        ]
        journals.append(json.loads(normal(json.dumps(entries).encode())))
    assert len(journals[0]) > 100
    assert journals[0] == journals[1]


def _with(**settings: Any) -> Application:
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:", **settings))
    app.build_middleware_stack()
    return app


def test_it_is_there_unless_something_looks_at_every_request() -> None:
    assert _with(fast_path=True).fast_path is not None


@pytest.mark.parametrize(
    "settings",
    [
        {"fast_path": False},
        {"access_log": True},
        {"metrics": True},
        {"log_format": "json"},
        {"rate_limit_enforced": True},
    ],
)
def test_it_is_not_there_where_something_does(settings: dict[str, Any]) -> None:
    assert _with(**{"fast_path": True, **settings}).fast_path is None


def test_workers_on_one_file_ask_for_announcements_first(sqlite_url: str) -> None:
    app = create_app(Settings(_env_file=None, database_url=sqlite_url, workers=2, fast_path=True))
    app.build_middleware_stack()
    assert app.fast_path is None


def test_only_so_many_heads_are_known_again(pair: Pair) -> None:
    path = pair.fast.app.fast_path
    assert path is not None
    for number in range(MOST_HEADS + 10):
        pair.fast.hear(Said((get(PING, f"X-Number: {number}"),)))
    assert 0 < len(path._heads) <= MOST_HEADS


def test_no_head_is_known_again_that_is_like_no_other(pair: Pair) -> None:
    path = pair.fast.app.fast_path
    assert path is not None
    path._heads.clear()
    for header in ("X-Request-ID: 1", f"traceparent: 00-{'a' * 32}-{'b' * 16}-01"):
        pair.fast.hear(Said((get(PING, header),)))
    assert not path._heads


def test_what_is_no_head_is_not_learnt(pair: Pair) -> None:
    """The end of a body, or a line before it, looks like the beginning of the head behind it."""
    path = pair.fast.app.fast_path
    assert path is not None
    path._heads.clear()
    line = f"GET {PING} HTTP/1.1\r\n"
    body = f"{line}X: "
    first = get("/token", f"Content-Length: {len(body)}", method="POST")
    pair.fast.hear(Said((first, body + get(PING)), 2))
    pair.fast.hear(Said(("\r\n" + get(PING),)))
    pair.fast.hear(Said((get(PING) + get(PING),), 2))
    assert not path._heads
