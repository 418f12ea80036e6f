"""Stand-in content opens as what the file's name promises."""

import json
import re
import struct
import zlib

import pytest

from alfred_mock.alfred.remote_uploads.stand_in import content_type_of, stand_in

_TYPES = {
    "a.pdf": "application/pdf",
    "A.PDF": "application/pdf",
    "a.b.png": "image/png",
    "a.jpeg": "image/jpeg",
    "a.json": "application/json",
    "a.csv": "text/csv",
    "a.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "a.tar.gz": "application/gzip",
    "a.nobody-knows": "application/octet-stream",
    "pdf": "application/octet-stream",
    "data:text/html,a": "application/octet-stream",
    "a.": "application/octet-stream",
    "": "application/octet-stream",
}


@pytest.mark.parametrize(("name", "content_type"), _TYPES.items())
def test_a_name_promises_a_type(name: str, content_type: str) -> None:
    assert content_type_of(name) == content_type


@pytest.mark.parametrize("name", ["a.pdf", "a.png", "a.json", "a.txt", ""])
def test_the_same_name_gives_the_same_bytes(name: str) -> None:
    assert stand_in(name) == stand_in(name) != b""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("invoice.pdf", b"invoice.pdf"),
        (r"a(1)\.pdf", rb"a\(1\)\\.pdf"),
        ("Mü 合.PDF", b"M\xfc ?.PDF"),
        ("a\r\nb\0\ud800.pdf", b"a??b??.pdf"),
        ("x" * 5000 + ".pdf", b"xxx.pdf"),
    ],
)
def test_a_pdf_shows_the_name_and_can_be_found_its_way_in(name: str, shown: bytes) -> None:
    pdf = stand_in(name)
    assert pdf.startswith(b"%PDF-1.4\n")
    found = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)
    assert found
    header, entries = pdf[int(found[1]) :].split(b"\n", 2)[:2]
    assert (header, entries) == (b"xref", b"0 6")
    table = pdf[int(found[1]) + len(b"xref\n0 6\n") :]
    assert table[120:].startswith(b"trailer\n<< /Size 6 /Root 1 0 R >>")
    offsets = [int(table[20 * number : 20 * number + 10]) for number in range(6)]
    for number in range(1, 6):
        assert pdf[offsets[number] :].startswith(b"%d 0 obj\n" % number)
    stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream\n", pdf, re.DOTALL)
    assert stream
    assert int(stream[1]) == len(stream[2])
    assert shown + b") Tj" in stream[2]


def test_a_png_has_one_pixel() -> None:
    png = stand_in("a.PNG")
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    chunks, rest = {}, png[8:]
    while rest:
        size, kind = struct.unpack(">I4s", rest[:8])
        assert zlib.crc32(rest[4 : 8 + size]) == int.from_bytes(rest[8 + size : 12 + size], "big")
        chunks[kind], rest = rest[8 : 8 + size], rest[12 + size :]
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert struct.unpack(">II", chunks[b"IHDR"][:8]) == (1, 1)
    assert len(zlib.decompress(chunks[b"IDAT"])) in {4, 5}


@pytest.mark.parametrize("name", ["a.json", 'a"ü.json', "\ud800.json"])
def test_json_names_the_file(name: str) -> None:
    assert json.loads(stand_in(name)) == {"file_name": name}


@pytest.mark.parametrize("name", ["a.txt", "ü.docx", "a", "\ud800"])
def test_anything_else_is_a_line_that_names_the_file(name: str) -> None:
    line = stand_in(name).decode()
    assert name.replace("\ud800", "?") in line
    assert line.endswith("\n")
