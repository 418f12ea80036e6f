"""The server behind a real nginx, with the configuration that is shipped."""

import re
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.alfred.calls import DOWNLOAD, UPLOAD
from tests.auth.vectors import ENCODERS, amx
from tests.docs.markdown import ROOT
from tests.support import HMAC_ID, HMAC_KEY, WITH_KEY, ServerProcess, command, server_process

CONFIG = ROOT / "deploy" / "nginx" / "nginx.conf"
LARGE = 5 * 1024 * 1024


@dataclass
class Balancer:
    """nginx, and the replicas behind it."""

    url: str
    replicas: list[ServerProcess]


def _config(folder: Path, port: int, replicas: list[ServerProcess]) -> str:
    """The shipped configuration with other addresses and another folder for what changes."""
    text = CONFIG.read_text(encoding="utf-8")
    for number, replica in enumerate(replicas, 1):
        address = replica.url.removeprefix("http://")
        text, changed = re.subn(rf"\bserver-{number}:8000\b", address, text)
        assert changed == 1
    text, changed = re.subn(r"\blisten 8080;", f"listen 127.0.0.1:{port};", text)
    assert changed == 1
    return text.replace("/tmp/", f"{folder}/")  # noqa: S108


@pytest.fixture
def balancer(postgres_url: str, tmp_path: Path) -> Iterator[Balancer]:
    """Two replicas on one database, and nginx before them."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with ExitStack() as stack:
        options = ["--database-url", postgres_url, "--trusted-proxies", "127.0.0.1"]
        options += ["--admin-token", "only-for-testers"]
        replicas = [stack.enter_context(server_process(*options)) for _ in range(2)]
        file = tmp_path / "nginx.conf"
        file.write_text(_config(tmp_path, port, replicas), encoding="utf-8")
        # The user is nginx's own if it is started as root, and could not write to the folder.
        asked = [nginx, "-c", str(file), "-p", str(tmp_path), "-g", "daemon off; user root;"]
        process = subprocess.Popen([*asked, "-e", "stderr"], stderr=subprocess.PIPE)
        stack.callback(process.communicate)
        stack.callback(process.terminate)
        ready = ["ready", "--wait", "--timeout", "20", "--port", str(port)]
        assert subprocess.run(command(*ready), capture_output=True).returncode == 0
        yield Balancer(f"http://127.0.0.1:{port}", replicas)


def _signed(method: str, url: str, body: bytes = b"", encode: int = 0) -> dict[str, str]:
    stamp = {"nonce": uuid.uuid4().hex, "timestamp": int(time.time())}
    credentials = amx(
        HMAC_ID,
        HMAC_KEY,
        method,
        url,
        body=body,
        encode=ENCODERS[encode],
        **stamp,  # type: ignore[arg-type]
    )
    return {"Authorization": credentials}


def _process_of(answer: httpx.Response) -> str:
    """What each process's request ids begin with."""
    return answer.headers["X-Request-ID"].rpartition("-")[0]


def test_signatures_hold_through_it_and_both_replicas_answer(balancer: Balancer) -> None:
    url = f"{balancer.url}/api/deferred/create"
    seen = set()
    for number in range(8):
        headers = _signed("POST", url, encode=number % len(ENCODERS))
        answer = httpx.post(url, headers=headers)
        assert answer.status_code == 200, answer.text
        seen.add(_process_of(answer))
    assert len(seen) == 2
    for spelling in (
        "/api/job/all?currentPage=1&pageSize=5",
        "/api/job/all?x=%2F%20~a+b&&y=%c3%b1",
    ):
        signed = balancer.url + spelling
        assert httpx.get(signed, headers=_signed("GET", signed)).status_code == 200, spelling
    other = url.replace("127.0.0.1", "localhost")
    assert httpx.post(url, headers=_signed("POST", other)).status_code == 401


def test_a_large_file_goes_through_and_comes_back(balancer: Balancer) -> None:
    with httpx.Client(base_url=balancer.url, headers=WITH_KEY, timeout=60) as client:
        session = client.post("/api/deferred/create").json()["session_id"]
        content = bytes(range(256)) * (LARGE // 256)
        sent = client.post(
            UPLOAD,
            files={"file": ("large.bin", content)},
            data={"session_id": session},
        )
        assert sent.status_code == 200, sent.text
        received = client.get(f"{DOWNLOAD}/{sent.json()['file_id']}")
    assert received.content == content


def test_the_control_api_takes_its_token_through_it(balancer: Balancer) -> None:
    url = f"{balancer.url}/__admin/clock"
    assert httpx.get(url).status_code == 401
    token = {"Authorization": "Bearer only-for-testers"}
    assert httpx.get(url, headers=token).status_code == 200


def test_a_replica_that_goes_costs_no_request(balancer: Balancer) -> None:
    with httpx.Client(base_url=balancer.url, headers=WITH_KEY) as client:
        for number in range(40):
            if number == 10:
                balancer.replicas[0].process.kill()
                balancer.replicas[0].process.wait()
            assert client.post("/api/deferred/create").status_code == 200
