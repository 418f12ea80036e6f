"""The scripts that sign a request in the page agree with the server, which has its own."""

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from alfred_mock.auth.amx_signature import AmxHeader, encoded_urls, raw_text, sign
from tests.support import HMAC_ID, HMAC_KEY

FOLDER = files("alfred_mock.core.openapi.pages") / "files"
LENGTHS = [*range(130), 1_000, 65_537]


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str], Any]:
    """Runs a module in which `amx.js` and `md5.js` can be imported; what it says as JSON."""
    shutil.copytree(str(FOLDER), tmp_path, dirs_exist_ok=True)
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    return partial(_run, tmp_path)


def _run(folder: Path, script: str) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on this machine")
    done = subprocess.run(
        [node, "--input-type=module", "-e", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_md5_is_that_of_the_standard(run: Callable[[str], Any]) -> None:
    script = f"""
    import {{ md5 }} from "./md5.js";
    const of = (size) => md5(Uint8Array.from({{ length: size }}, (_, index) => index * 7));
    console.log(JSON.stringify({LENGTHS}.map((size) => Buffer.from(of(size)).toString("hex"))));
    """
    expected = [
        hashlib.md5(bytes(index * 7 % 256 for index in range(size)), usedforsecurity=False)
        for size in LENGTHS
    ]
    assert run(script) == [each.hexdigest() for each in expected]


@pytest.mark.parametrize("body", [b"", b'{"a": "\xc3\xb1"}', bytes(range(256))])
@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", "http://127.0.0.1:8000/api/tagshelf/ping"),
        ("POST", "https://alfred.example/mock/api/x?a=b%20c&d=(e)!*~"),
    ],
)
def test_the_header_is_the_one_that_the_server_expects(
    run: Callable[[str], Any], method: str, url: str, body: bytes
) -> None:
    script = f"""
    import {{ amxHeader }} from "./amx.js";
    const body = Uint8Array.from({list(body)});
    const [id, key, method, url] = {json.dumps([HMAC_ID, HMAC_KEY, method.lower(), url])};
    console.log(JSON.stringify(await amxHeader(id, key, method, url + "#part", body)));
    """
    scheme, _, credentials = run(script).partition(" ")
    header = AmxHeader.parse(credentials)
    assert scheme == "amx"
    assert header is not None
    assert (header.public_id, len(header.nonce)) == (HMAC_ID, 32)
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    hashed = base64.b64encode(digest).decode() if body else ""
    raws = [raw_text(header, method, encoded, hashed) for encoded in encoded_urls(url)]
    assert header.signature in {sign(HMAC_KEY, raw) for raw in raws}


def test_a_key_that_is_no_base64_is_told(run: Callable[[str], Any]) -> None:
    script = """
    import { amxHeader } from "./amx.js";
    const signed = amxHeader("id", "no base64!", "GET", "http://a.test/", new Uint8Array());
    console.log(JSON.stringify(await signed.catch((error) => error.message)));
    """
    assert run(script) == "The key of HMAC is not base64."
