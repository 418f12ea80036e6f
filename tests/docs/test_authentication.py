"""The recipe for signatures in docs/authentication.md signs."""

import subprocess
import sys
from pathlib import Path

import httpx

from tests.docs.markdown import blocks, read, section
from tests.support import server_process

PAGE = read("docs/authentication.md")


def test_the_recipe_for_signatures_signs(sqlite_url: str, tmp_path: Path) -> None:
    (recipe,) = blocks(section(PAGE, "HMAC"), "python")
    script = tmp_path / "sign.py"
    script.write_text(recipe, encoding="utf-8")
    with server_process("--database-url", sqlite_url) as server:
        url = f"{server.url}/api/deferred/create"
        for body in ([], ['{"a": 1}']):
            signed = subprocess.check_output(
                [sys.executable, str(script), "POST", url, *body], text=True
            )
            headers = {"Authorization": signed.strip()}
            answer = httpx.post(url, headers=headers, content="".join(body), trust_env=False)
            assert answer.status_code == 200, answer.text
