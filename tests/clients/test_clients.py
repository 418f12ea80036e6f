"""HTTP clients as they come, unmodified, against a server."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import tool
from tests.support import API_KEY

_HERE = Path(__file__).parent


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_client_of_the_jdk(url: str) -> None:
    lines = _run(tool("java"), str(_HERE / "Jdk.java"), url).splitlines()
    statuses = [line.partition(" HTTP_1_1 ")[0] for line in lines]
    # The session has no files, which only the body of that request could tell.
    assert statuses == ["200", "200", "200", "400", "200", "200"]
    assert "has no files" in lines[3]
    assert "access_token" in lines[4]
    assert lines[5].endswith('{"pong":"API Key 1"}')


@pytest.mark.parametrize("size", [0, 100_000])
def test_curl_that_offers_http_2(url: str, size: int, tmp_path: Path) -> None:
    form = tmp_path / "form"
    login = f"grant_type=password&username=SuperTagShelf&password=demo-password&x={'x' * size}"
    form.write_text(login)
    form_of_size = ["--data-binary", f"@{form}"]
    said = _run(
        tool("curl"), "--silent", "--http2", "--write-out", "\n%{http_code} %{num_connects}\n",
        f"{url}/token", *form_of_size,
        "--next", "--silent", "--http2", "--write-out", "\n%{http_code} %{num_connects}\n",
        "-H", f"X-TagshelfAPI-Key: {API_KEY}", "-d", "{}", f"{url}/api/deferred/create",
    ).splitlines()  # fmt: skip
    if size:  # more than a form may have
        assert (json.loads(said[0])["error"], said[1]) == ("invalid_request", "400 1")
    else:
        assert (json.loads(said[0])["userName"], said[1]) == ("SuperTagShelf", "200 1")
    assert "session_id" in json.loads(said[2])
    assert said[3].startswith("200 ")


def test_curl_that_waits_for_leave_to_send(url: str) -> None:
    said = _run(
        tool("curl"), "--silent", "--http2", "-H", "Expect: 100-continue",
        "-d", "grant_type=password&username=SuperTagShelf&password=demo-password", f"{url}/token",
    )  # fmt: skip
    assert json.loads(said)["userName"] == "SuperTagShelf"


def test_the_agent_of_node_keeps_a_connection_as_long_as_it_was_told(url: str) -> None:
    # The server announces two seconds: within these a connection is used again, later it is not.
    said = _run(tool("node"), str(_HERE / "keep_alive.mjs"), url, "0", "50", "900", "2600", "50")
    assert said.splitlines() == ["200 false", "200 true", "200 true", "200 false", "200 true"]
