"""Forms as clients of other platforms write them, byte for byte."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import Application
from tests.alfred.calls import (
    BOUNDARY,
    DOWNLOAD,
    FILE,
    JOB,
    NOTHING_STORED,
    UPLOAD,
    form_headers,
    get,
    job_of_session,
    new_session,
    stored,
)
from tests.support import WITH_KEY

pytestmark = pytest.mark.anyio

NAME = "Año ñ €.pdf"
ENCODED = quote(NAME)
WORDS = "=?utf-8?B?QcOxbyDDsSDigqwucGRm?="
DASHES = f"--{BOUNDARY}".encode()
FORM_DATA = "Content-Disposition: form-data; "


def _part(head: str, data: bytes = b"content") -> bytes:
    return head.encode() + b"\r\n\r\n" + data


def _body(*parts: bytes) -> bytes:
    return b"".join(DASHES + b"\r\n" + part + b"\r\n" for part in parts) + DASHES + b"--\r\n"


async def _send(
    client: httpx.AsyncClient, body: bytes, content_type: str | None = None
) -> httpx.Response:
    headers = form_headers()
    if content_type is not None:
        headers["Content-Type"] = content_type
    return await client.post(UPLOAD, content=body, headers=headers)


async def _session(client: httpx.AsyncClient) -> bytes:
    return _part(f'{FORM_DATA}name="session_id"', (await new_session(client)).encode())


async def test_dotnets_form_is_a_file_with_the_name_that_the_user_sees(
    client: httpx.AsyncClient,
) -> None:
    session_id = await new_session(client)
    name = "alfred-mock-file-failed.pdf"
    file = f"{FORM_DATA}name=file; filename=x.bin; filename*=utf-8''{name}"
    session = f"Content-Type: text/plain; charset=utf-8\r\n{FORM_DATA}name=session_id"
    answer = await _send(client, _body(_part(session, session_id.encode()), _part(file)))
    assert (await get(client, FILE, answer.json()["file_id"]))["file_name"] == name
    job = await get(client, JOB, await job_of_session(client, session_id))
    assert job["files"][0]["status"] == "failed"


class TestForms:
    """How a form is read does not depend on the database."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(_env_file=None, database_url="sqlite:///:memory:")

    async def _name(self, client: httpx.AsyncClient, file: str) -> str:
        body = _body(_part(f"{FORM_DATA}name=file; {file}"), await _session(client))
        answer = await _send(client, body)
        assert answer.status_code == 200, answer.text
        detail = await get(client, FILE, answer.json()["file_id"])
        assert detail["file_size"] == len(b"content")
        return str(detail["file_name"])

    @pytest.mark.parametrize(
        ("file", "name"),
        [
            (f'filename="{NAME}"', NAME),
            (f'filename="{WORDS}"', NAME),
            (f"filename={WORDS}", NAME),
            (f"filename=\"{WORDS}\"; filename*=utf-8''{ENCODED}", NAME),
            (f"filename*=UTF-8''{ENCODED}; filename=\"{WORDS}\"", NAME),
            (f"filename*=utf-8'es'{ENCODED}", NAME),
            (f"FileName*=\"utf-8''{ENCODED}\"", NAME),
            ("filename*=iso-8859-1''A%F1o.pdf", "Año.pdf"),
            ('filename="=?utf-8?Q?A=C3=B1o_1.pdf?="', "Año 1.pdf"),
            ('filename="=?iso-8859-1?q?A=F1o.pdf?="', "Año.pdf"),
            ('filename="=?utf-8?B?QcOx?= =?utf-8?B?by5wZGY=?="', "Año.pdf"),
            ("filename=\"=?utf-8?B?Li4veC5wZGY=?=\"; filename*=utf-8''..%2Fb.pdf", "b.pdf"),
            # What only looks encoded is a name.
            ('filename="=?utf-8?B?"', "=?utf-8?B?"),
            ('filename="=?none?B?QQ==?="', "=?none?B?QQ==?="),
            ('filename="=?utf-8?B?/w==?="', "w==?="),
            ('filename="a =?utf-8?B?QQ==?=.pdf"', "a =?utf-8?B?QQ==?=.pdf"),
            ("filename=\"a.pdf; filename*=utf-8''b.pdf\"", "a.pdf; filename*=utf-8''b.pdf"),
            # Beside a name that can be read, one that cannot does no harm.
            ("filename=a.pdf; filename*=utf-8''%FF", "a.pdf"),
            ("filename=a.pdf; filename*=b.pdf", "a.pdf"),
            ("filename=a.pdf; filename*=utf-7''b.pdf", "a.pdf"),
            ('filename="a\\"b.pdf"', 'a"b.pdf'),
            ('filename="C:\\Temp\\a.pdf"', "a.pdf"),
            ("filename=a.pdf ; size=7", "a.pdf"),
            (f"filename*=utf-8''{quote('é' * 250)}", "é" * 250),
        ],
    )
    async def test_the_name_is_the_one_that_the_user_sees(
        self, client: httpx.AsyncClient, file: str, name: str
    ) -> None:
        assert await self._name(client, file) == name

    @pytest.mark.parametrize(
        "head",
        [
            f'{FORM_DATA}name="metadata"; filename="blob"\r\nContent-Type: application/json',
            f'Content-Type: application/json\r\n{FORM_DATA}name="metadata"',
            f"{FORM_DATA}name=metadata",
            f'{FORM_DATA}name="metadata"\r\nContent-Type: application/json; charset=utf-8',
            f'{FORM_DATA}name="metadata"\r\nContent-Transfer-Encoding: 8bit',
        ],
    )
    async def test_metadata_may_be_a_typed_blob(self, client: httpx.AsyncClient, head: str) -> None:
        parts = (_part(head, '{"a": "ñ"}'.encode()), _part(f"{FORM_DATA}name=file; filename=a"))
        answer = await _send(client, _body(*parts, await _session(client)))
        detail = await get(client, FILE, answer.json()["file_id"])
        assert detail["metadata"] == '{"a":"\\u00f1"}'

    async def test_text_is_in_the_charset_that_its_part_names(
        self, client: httpx.AsyncClient
    ) -> None:
        head = f"{FORM_DATA}name=metadata\r\nContent-Type: text/plain; charset=utf-16"
        parts = (_part(head, '"ñ"'.encode("utf-16")), _part(f"{FORM_DATA}name=file; filename=a"))
        answer = await _send(client, _body(*parts, await _session(client)))
        detail = await get(client, FILE, answer.json()["file_id"])
        assert detail["metadata"] == '"\\u00f1"'

    @pytest.mark.parametrize("before", [b"", b"\r\n", b"This is MIME.\r\n", DASHES + b"x"])
    @pytest.mark.parametrize("after", [b"", b"\r\n" + DASHES + b"\r\nno part"])
    @pytest.mark.parametrize("padding", [b"", b" ", b"\t  "])
    async def test_preamble_epilogue_and_padding(
        self, client: httpx.AsyncClient, before: bytes, after: bytes, padding: bytes
    ) -> None:
        file = _part(f"{FORM_DATA}name=file; filename=a.pdf", b"\r\nx" + DASHES + b"\r\n")
        body = _body(await _session(client), file)
        body = body.replace(DASHES + b"\r\nC", DASHES + padding + b"\r\nC")
        if before and not before.endswith(b"\n"):
            before += b"\r\n"
        for size in (1, len(body)):
            whole = before + body.replace(b"--\r\n", b"--" + padding) + after

            async def chunks(whole: bytes = whole, size: int = size) -> AsyncIterator[bytes]:
                for start in range(0, len(whole), size):
                    yield whole[start : start + size]

            answer = await client.post(UPLOAD, content=chunks(), headers=form_headers())
            assert answer.status_code == 200, answer.text
            file_id = answer.json()["file_id"]
            content = await client.get(f"{DOWNLOAD}/{file_id}", headers=WITH_KEY)
            assert content.content == b"\r\nx" + DASHES + b"\r\n"

    @pytest.mark.parametrize("quotes", ['"', ""])
    async def test_the_boundary_may_be_in_quotes(
        self, client: httpx.AsyncClient, quotes: str
    ) -> None:
        body = _body(await _session(client), _part(f"{FORM_DATA}name=file; filename=a"))
        kind = f"Multipart/Form-Data; charset=utf-8; boundary={quotes}{BOUNDARY}{quotes}"
        assert (await _send(client, body, kind)).status_code == 200

    async def test_other_files_are_ignored(self, client: httpx.AsyncClient) -> None:
        other = _part(f"{FORM_DATA}name=preview; filename=p.png", b"x" * 1_500_000)
        file = _part(f"{FORM_DATA}name=file; filename=a.pdf")
        answer = await _send(client, _body(other, await _session(client), file, other))
        detail = await get(client, FILE, answer.json()["file_id"])
        assert (detail["file_name"], detail["file_size"]) == ("a.pdf", 7)

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ([f"{FORM_DATA}name=file"], "Part 'file' is required, with a file name."),
            ([f"{FORM_DATA}name=file; filename=a"] * 2, "Part 'file' is given more than once."),
            ([f"{FORM_DATA}name=metadata"] * 2, "Part 'metadata' is given more than once."),
            (
                [f"{FORM_DATA}name=file; filename*=utf-8''%FF"],
                "Part 'file': filename* must be a charset, two quotes and the name in that"
                " charset, percent-encoded: UTF-8''a%20name.pdf.",
            ),
            (
                [f"{FORM_DATA}name=file; filename*=utf-8''a%00b"],
                "Part 'file': The name of a file must not have control characters.",
            ),
            (
                [f"{FORM_DATA}name=file; filename=a\r\nContent-Transfer-Encoding: Base64"],
                "Part 'file' has the Content-Transfer-Encoding base64, which forms do not have any"
                " more (RFC 7578): send the bytes as they are.",
            ),
            (
                ["Content-Type: text/plain"],
                "The form cannot be read: part 2 has no name in its Content-Disposition.",
            ),
            (["no colon"], "The form cannot be read: part 2 is broken."),
            ([f"{FORM_DATA}name=x"] * 33, "The form has more than 33 parts."),
        ],
    )
    async def test_a_refusal_names_the_part(
        self, app: Application, client: httpx.AsyncClient, parts: list[str], message: str
    ) -> None:
        answer = await _send(client, _body(await _session(client), *map(_part, parts)))
        assert (answer.status_code, answer.json()["message"]) == (400, message)
        assert await stored(app.services.database) == NOTHING_STORED

    @pytest.mark.parametrize(
        ("cut", "message"),
        [
            (-len(DASHES), "The form cannot be read: it is cut off in part 'file'."),
            (len(DASHES) - 1, "The form cannot be read: no line of it is the boundary"),
        ],
    )
    async def test_a_form_that_is_cut_off_says_where(
        self, client: httpx.AsyncClient, cut: int, message: str
    ) -> None:
        file = _part(f"{FORM_DATA}name=file; filename=a.pdf")
        answer = await _send(client, _body(await _session(client), file)[:cut])
        assert answer.status_code == 400
        assert answer.json()["message"].startswith(message)
