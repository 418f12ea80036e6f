"""Logs in JSON: which request a line is about, and no secret in it."""

import json
import logging
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from alfred_mock.telemetry.json_logs import JsonFormatter
from tests.support import API_KEY, COMPANY, UNKNOWN_ID, WITH_KEY, command, server_process

pytestmark = pytest.mark.anyio

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01"}


@pytest.fixture
def settings(sqlite_url: str) -> Settings:
    return Settings(_env_file=None, database_url=sqlite_url, log_format="json", access_log=True)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    @property
    def last(self) -> Any:
        return json.loads(self.texts[-1])


@pytest.fixture
def lines() -> Iterator[_Lines]:
    logger, handler = logging.getLogger("alfred_mock"), _Lines()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


async def test_a_request_is_a_line_with_its_parts(client: httpx.AsyncClient, lines: _Lines) -> None:
    headers = WITH_KEY | TRACEPARENT | {"X-Request-ID": "mine"}
    await client.get("/api/tagshelf/ping?token=secret-token", headers=headers)
    line = lines.last
    assert 0 < line.pop("duration_ms") < 60_000
    assert line.pop("time").endswith("Z")
    assert line.pop("message").startswith("mine GET /api/tagshelf/ping 200 ")
    assert line == {
        "level": "info",
        "logger": "alfred_mock.access",
        "request_id": "mine",
        "company": COMPANY,
        "trace_id": TRACE,
        "span_id": SPAN,
        "method": "GET",
        "path": "/api/tagshelf/ping",
        "status": 200,
        "scheme": "api_key",
    }


async def test_a_refusal_says_why(client: httpx.AsyncClient, lines: _Lines) -> None:
    await client.get(f"/api/deferred/detail/{UNKNOWN_ID}", headers=WITH_KEY)
    assert lines.last["status"] == 404
    assert lines.last["reason"] == f"Deferred Session with ID {UNKNOWN_ID} does not exist."


async def test_a_line_from_within_a_request_says_which_it_is(
    app: Application, client: httpx.AsyncClient, lines: _Lines
) -> None:
    async def boom() -> None:
        raise ZeroDivisionError(f"password=hunter2 api_key={API_KEY}")

    app.add_api_route("/boom", boom)
    answer = await client.get("/boom", headers={"X-Request-ID": "mine"} | TRACEPARENT)
    assert answer.status_code == 500
    logging.getLogger("alfred_mock").warning("outside")
    assert "request_id" not in lines.last
    during = json.loads(lines.texts[-2])
    assert (during["request_id"], during["trace_id"]) == ("mine", TRACE)
    assert "hunter2" not in "".join(lines.texts)
    assert API_KEY not in "".join(lines.texts)


def test_a_stack_trace_is_a_member_and_is_masked() -> None:
    try:
        raise ValueError("password=hunter2")
    except ValueError as error:
        exc_info = type(error), error, error.__traceback__
    record = logging.LogRecord("alfred_mock", 40, __file__, 1, "it broke", None, exc_info)
    line = json.loads(JsonFormatter().format(record))
    assert line["message"] == "it broke"
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert "ValueError: password=***" in line["exception"]


async def test_a_secret_in_the_wrong_place_is_in_no_line(
    client: httpx.AsyncClient, lines: _Lines
) -> None:
    await client.get(f"/api/{API_KEY}?x=1", headers={"X-TagshelfAPI-Key": API_KEY + "x"})
    await client.get("/nowhere/password=hunter2", headers={"Authorization": f"Bearer {API_KEY}"})
    text = "".join(lines.texts)
    assert len(lines.texts) == 2
    assert API_KEY not in text
    assert "hunter2" not in text


def test_every_line_of_a_server_is_json(sqlite_url: str) -> None:
    options = ["--database-url", sqlite_url, "--log-format", "json", "--access-log"]
    with server_process(*options, "--log-level", "debug") as server:
        httpx.get(f"{server.url}/api/tagshelf/ping", headers=WITH_KEY)
        _, _, err = server.stop()
    found = [json.loads(line) for line in err.splitlines()]
    assert [each["path"] for each in found if each["logger"] == "alfred_mock.access"] == [
        "/api/tagshelf/ping"
    ]


def test_a_refusal_to_start_is_json_too(sqlite_url: str) -> None:
    with server_process("--database-url", sqlite_url) as server:
        port = server.url.rpartition(":")[2]
        options = ["--port", port, "--log-format", "json"]
        ended = subprocess.run(command("serve", *options), capture_output=True, text=True)
    (line,) = ended.stderr.splitlines()
    assert json.loads(line)["message"].startswith("alfred-mock does not start: cannot listen on")
