"""What pages load, and what others have made of it."""

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

import alfred_mock.control.console

HERE = Path(alfred_mock.control.console.__file__).parent
STATIC, TEMPLATES = HERE / "static", HERE / "templates"
URL = "/__admin/console/static"


def test_what_is_vendored_is_what_was_published() -> None:
    vendored = json.loads((STATIC / "vendored.json").read_text("utf-8"))
    minified = {path.name for path in STATIC.glob("*.min.js")}
    assert set(vendored) == minified
    for name, said in vendored.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == said["sha256"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", said["version"])
        assert "permission to use" in (STATIC / said["licence"]).read_text("utf-8").lower()
    # The library says itself which version it is.
    assert f'version:"{vendored["htmx.min.js"]["version"]}"' in (STATIC / "htmx.min.js").read_text()


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_templates_have_nothing_that_the_policy_forbids(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on|javascript:", text)
    assert not re.search(r"https?://", text)
    assert "| safe" not in text


@pytest.mark.anyio
async def test_files_are_kept_by_browsers_for_as_long_as_they_are_the_same(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/__admin/")).text
    links = re.findall(rf'"({URL}/[^"]+)"', page)
    assert {link.partition("?")[0].rpartition(".")[2] for link in links} == {"css", "js", "svg"}
    for link in links:
        answer = await client.get(link)
        assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for other in ("", "?v=other"):
        assert (await client.get(f"{URL}/console.css{other}")).headers[
            "Cache-Control"
        ] == "no-cache"
    for missing in ("nothing.css", "..%2Frequests.py", "%2e%2e/requests.py"):
        assert (await client.get(f"{URL}/{missing}")).status_code == 404


def test_nothing_of_it_is_loaded_before_it_is_opened() -> None:
    code = """
import asyncio, sys, httpx
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
async def main():
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for path, loaded in (("/api/tagshelf/ping", False), ("/__admin/requests", False),
                                 ("/__admin/", True)):
                await client.get(path)
                for name in ("jinja2", "alfred_mock.control.console"):
                    assert (name in sys.modules) is loaded, (path, name)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
