"""Servers for realtime clients, with and without a WebSocket library, and what to let them hear."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

import httpx

from tests.support import ServerProcess, server_process

SECONDS = 30
"""After which a test gives up waiting."""
STAGE_SECONDS = 0.125

_WITHOUT_WEBSOCKET = """
import sys
for name in ("websockets", "wsproto"):
    sys.modules[name] = None
"""


@dataclass
class Company:
    """A company of a test's own, and the API as its client calls it."""

    id: str
    key: str
    http: httpx.Client
    database: Path

    def create_job(self) -> str:
        """A job of one file; its id."""
        session = self._post("/api/deferred/create")["session_id"]
        file = {"file": ("invoice.pdf", b"%PDF-1.4", "application/pdf")}
        self._post("/api/file/uploadfile", files=file, data={"session_id": session})
        job_id: str = self._post("/api/job/create", json={"session_id": session})["job_id"]
        return job_id

    def read_job(self, job_id: str) -> dict[str, Any]:
        answer = self.http.get(f"/api/job/detail/{job_id}", headers=self._headers)
        job: dict[str, Any] = answer.raise_for_status().json()
        return job

    def _post(self, path: str, **request: Any) -> Any:
        answer = self.http.post(path, headers=self._headers, **request)
        return answer.raise_for_status().json()

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-TagshelfAPI-Key": self.key}

    def recorded(self) -> list[str]:
        """The names of its events in their order."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection:
            rows = connection.execute(
                "SELECT name FROM event WHERE company_id = ? ORDER BY number", (self.id,)
            )
            return [str(name) for (name,) in rows]

    def connections(self) -> list[dict[str, Any]]:
        """Who listens to it."""
        answer = self.http.get("/__admin/connections", params={"company": self.id})
        shown: list[dict[str, Any]] = answer.raise_for_status().json()["connections"]
        return shown

    def drop_connections(self) -> None:
        answer = self.http.delete("/__admin/connections", params={"company": self.id})
        assert answer.json()["dropped"] > 0


@dataclass
class RealtimeServer:
    """A server in a process of its own."""

    url: str
    database: Path
    transport: str
    """What clients end up with."""
    http: httpx.Client

    def company(self, **seed: Any) -> Company:
        made = self.http.post("/__admin/companies", json={"seed": seed}).raise_for_status().json()
        return Company(made["id"], made["api_key"], self.http, self.database)


@contextmanager
def serving(
    folder: Path, transport: str, port: int = 0, workers: int = 1
) -> Iterator[tuple[RealtimeServer, Any]]:
    """A server whose clients end up with this transport, and its process."""
    database = folder / "alfred-mock.db"
    environment = {}
    if transport == "polling":
        (folder / "sitecustomize.py").write_text(_WITHOUT_WEBSOCKET)
        environment["PYTHONPATH"] = ":".join([str(folder), *filter(None, sys.path)])
    arguments = ["--port", str(port), "--database-url", f"sqlite:///{database}"]
    arguments += ["--workers", str(workers)]
    process: ServerProcess
    with (
        server_process(*arguments, **environment) as process,
        httpx.Client(base_url=process.url, timeout=SECONDS) as http,
    ):
        yield RealtimeServer(process.url, database, transport, http), process


class Listener:
    """An official client in a process of its own, which says in JSON what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: Queue[dict[str, Any] | None] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)

    def next(self) -> dict[str, Any]:
        said = self._lines.get(timeout=SECONDS)
        assert said is not None, f"the client ended with {self.process.communicate()[1]}"
        return said

    def connected(self, transport: str) -> None:
        """Wait until it is connected, and has the transport that it ends up with."""
        while "connected" not in (said := self.next()):
            assert "disconnected" in said, said
        if transport == "websocket" and said["connected"] != "websocket":
            assert self.next() == {"upgraded": "websocket"}

    def hear_until(self, channel: str) -> list[tuple[str, Any]]:
        """What comes on all channels, up to something on this one."""
        heard: list[tuple[str, Any]] = []
        while not heard or heard[-1][0] != channel:
            said = self.next()
            heard.append((said["channel"], said["data"]))
        return heard

    def wait_for_end(self) -> list[dict[str, Any]]:
        """What else it says until its process ends, which it does by itself when disconnected."""
        said = []
        assert self.process.stdin is not None
        self.process.stdin.close()
        while (line := self._lines.get(timeout=SECONDS)) is not None:
            said.append(line)
        return said

    def leave(self) -> float:
        """Disconnect; how many milliseconds it was until the process could end."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        while "left" not in (said := self.next()):
            assert said == {"disconnected": "io client disconnect"}
        return float(said["left"])


@contextmanager
def listening_process(*command: str) -> Iterator[Listener]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Listener(process)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            stream.close()
