"""Bodies by their kind, and requests as commands."""

import json
import shlex
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alfred_mock.control.console.exchange import Exchange, Part, body_of, curl_of

MULTIPART = (
    '--xy\r\nContent-Disposition: form-data; name="session_id"\r\n\r\nabc\r\n'
    '--xy\r\nContent-Disposition: form-data; name="file"; filename="ein Brief.pdf"\r\n'
    "Content-Type: application/pdf\r\n\r\n<1000 bytes of application/pdf>\r\n--xy--\r\n"
)
PARTS = (
    Part("session_id", None, "", "abc"),
    Part("file", "ein Brief.pdf", "application/pdf", "<1000 bytes of application/pdf>"),
)
FORM = "multipart/form-data; boundary=xy"


def _entry(**given: Any) -> SimpleNamespace:
    headers = {"host": "localhost:8000", "accept": "*/*", **given.pop("headers", {})}
    entry = {
        "method": "GET",
        "path": "/api/job/all",
        "query": "",
        "headers_json": json.dumps(headers),
        "body": "",
        "response_headers_json": "{}",
        "response_body": "",
        "reason": None,
    }
    return SimpleNamespace(**{**entry, **given})


@pytest.mark.parametrize(
    ("text", "content_type", "kind"),
    [
        ("", "application/json", "none"),
        ('{"a": 1}', "application/json", "json"),
        ('[{"a": 1}]', "", "json"),
        ('{"a": ', "application/json", "text"),
        ('{"a": 1… (20000 bytes)', "application/json", "text"),
        ("[" * 100_000, "application/json", "text"),
        ("[" * 500 + "]" * 500, "application/json", "text"),
        ("7", "application/json", "text"),
        ("a=1&b=", "application/x-www-form-urlencoded", "form"),
        ("<12 bytes of image/png>", "image/png", "text"),
        (MULTIPART, FORM, "form"),
        ("nonsense", FORM, "text"),
        ("nonsense", "multipart/form-data", "text"),
    ],
)
def test_the_kind_of_a_body(text: str, content_type: str, kind: str) -> None:
    body = body_of(text, content_type)
    assert (body.kind, body.text) == (kind, text)


def test_a_form_is_shown_by_its_parts() -> None:
    assert body_of(MULTIPART, FORM).parts == PARTS
    cut = body_of(MULTIPART[:180] + "… (5000 bytes)", FORM)
    assert cut.is_cut
    assert cut.parts[0] == PARTS[0]
    fields = body_of("a=1&b=&a=2", "application/x-www-form-urlencoded").parts
    assert [(part.name, part.value) for part in fields] == [("a", "1"), ("b", ""), ("a", "2")]


def test_the_nearest_route_is_told_apart_from_other_reasons() -> None:
    none = Exchange(_entry(reason="no such route; the nearest is GET /api/job/all"))
    assert (none.nearest, none.reason) == ("GET /api/job/all", "")
    other = Exchange(_entry(reason="the user's password is another one"))
    assert (other.nearest, other.reason) == ("", "the user's password is another one")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["curl", "http://localhost:8000/api/job/all"]),
        (
            {"path": "/a b'c", "query": "q=1"},
            ["curl", "http://localhost:8000/a%20b%27c?q=1"],
        ),
        (
            {"method": "POST", "body": '{"a": "it\'s"}', "headers": {"x-a": "$HOME"}},
            [
                "curl",
                "-X",
                "POST",
                "http://localhost:8000/api/job/all",
                "-H",
                "x-a: $HOME",
                "--data-raw",
                '{"a": "it\'s"}',
            ],
        ),
        (
            {"method": "POST", "body": MULTIPART, "headers": {"content-type": FORM}},
            [
                "curl",
                "-X",
                "POST",
                "http://localhost:8000/api/job/all",
                "-F",
                "session_id=abc",
                "-F",
                "file=@ein Brief.pdf;type=application/pdf",
            ],
        ),
        (
            {"method": "POST", "path": "http://127.0.0.1:9/hook"},
            ["curl", "-X", "POST", "http://127.0.0.1:9/hook"],
        ),
    ],
)
def test_a_request_as_a_command(given: dict[str, Any], words: list[str]) -> None:
    command = curl_of(_entry(**given), public_url=None)
    assert shlex.split(command.replace("\\\n", "")) == words


def test_a_shell_takes_the_command_word_by_word(tmp_path: Path) -> None:
    tricky = "a'b\"c $(touch x) `touch x`\n; touch x &"
    entry = _entry(method="POST", body=tricky, headers={"x-a": tricky.replace("\n", " ")})
    script = f'curl() {{ printf "%s\\0" "$@"; }}\n{curl_of(entry, public_url="https://x.test")}'
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split("\0")[:3] == ["-X", "POST", "https://x.test/api/job/all"]
    assert done.stdout.split("\0")[-2] == tricky
    assert [*tmp_path.iterdir()] == []
