"""Names of files, as they are accepted and as the official SDKs read them in a download."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alfred_mock.alfred.files.naming import (
    clean_name,
    content_disposition,
    numbered,
    stem_of,
)
from alfred_mock.core.errors import BadRequest

ARABIC, FAMILY = "تقرير.pdf", "👨\u200d👩\u200d👧.png"

_TOKENS = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}", fullmatch=True)
_NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
_NEARLY_ASCII = st.text(st.sampled_from("ab .;='\"*%\\é"), min_size=1, max_size=12)


def _in_javascript(header: str) -> str:
    """The name, as the official JavaScript SDK takes it from the header."""
    return header.split("filename=")[1]


def _in_python(header: str) -> str:
    """The name, as the official Python SDK takes it from the header."""
    if "filename*" in header:
        return unquote(header.split("filename*=UTF-8''")[-1])
    return header.split("filename=")[-1].strip("\"'")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("invoice.pdf", "attachment; filename=invoice.pdf"),
        (".bashrc", "attachment; filename=.bashrc"),
        ("my invoice.pdf", 'attachment; filename="my invoice.pdf"'),
        ("a;b,c.pdf", 'attachment; filename="a;b,c.pdf"'),
        ('a"b.pdf', 'attachment; filename="a\\"b.pdf"; filename*=UTF-8\'\'a%22b.pdf'),
        ("año.pdf", "attachment; filename=\"a_o.pdf\"; filename*=UTF-8''a%C3%B1o.pdf"),
    ],
)
def test_the_header_of_a_download(name: str, header: str) -> None:
    assert content_disposition(name) == header


@given(_TOKENS)
def test_a_simple_name_is_taken_verbatim_by_the_javascript_sdk(name: str) -> None:
    assert _in_javascript(content_disposition(name)) == name


@given(_NAMES | _NEARLY_ASCII)
@example(ARABIC)
@example(FAMILY)
@example("' quoted '")
@example("a filename=b.pdf")
@example("the filename*.pdf")
def test_every_name_is_read_right_by_the_python_sdk(name: str) -> None:
    header = content_disposition(name)
    simple = header == f"attachment; filename={name}"
    if simple and (name.strip("'") != name or "filename*" in name):
        return  # it cannot be told without making the other SDK wrong
    assert _in_python(header) == name


@given(st.text(max_size=60))
def test_a_header_is_always_printable_ascii(name: str) -> None:
    assert re.fullmatch("[ -~]+", content_disposition(name))


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\invoice.pdf", "invoice.pdf"),
        ("../../up\\and/down.pdf", "down.pdf"),
        ("...", "..."),
        (".bashrc", ".bashrc"),
        (ARABIC, ARABIC),
        (FAMILY, FAMILY),
        ("\u202efdp.exe", "\u202efdp.exe"),
        ("ñ" * 255, "ñ" * 255),
        ("folder" * 100 + "/short.pdf", "short.pdf"),
    ],
)
def test_a_name_is_the_last_part_of_what_was_given(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        *[(raw, "must have a name") for raw in ("", " ", ".", "..", "a/", "a\\..", "/", "\\")],
        *[(f"a{c}b", "control characters") for c in "\0\n\r\t\x1f\x7f\x85"],
        ("a\ud800b", "valid Unicode"),
        ("a" * 256, "longer than 255"),
    ],
)
def test_what_is_no_name_is_refused(raw: str, problem: str) -> None:
    with pytest.raises(BadRequest, match=problem):
        clean_name(raw)


@given(st.text(st.characters(exclude_categories=[]) | st.sampled_from("/\\.\0"), max_size=300))
def test_an_accepted_name_is_safe_to_keep_and_to_send(raw: str) -> None:
    try:
        name = clean_name(raw)
    except BadRequest as error:
        error.message.encode()
        return
    assert raw.endswith(name)
    assert not set(name) & set("/\\\0\r\n")
    assert name not in {"", ".", ".."}
    assert len(name.encode()) <= 4 * 255
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("CertificacionMeta.pdf", 6, "CertificacionMeta-6.pdf"),
        ("CertificacionMeta.pdf", 0, "CertificacionMeta.pdf"),
        ("archive.tar.gz", 1, "archive.tar-1.gz"),
        ("README", 2, "README-2"),
        (".bashrc", 3, ".bashrc-3"),
        (".config.json", 4, ".config-4.json"),
        ("ends with.", 5, "ends with-5."),
        (ARABIC, 10, "تقرير-10.pdf"),
    ],
)
def test_the_number_comes_before_the_extension(name: str, number: int, expected: str) -> None:
    assert numbered(name, number) == expected


@given(_NAMES, st.integers(0, 10**6), st.integers(0, 10**6))
def test_different_numbers_make_different_names(name: str, one: int, other: int) -> None:
    assert (numbered(name, one) == numbered(name, other)) == (one == other)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.pdf", "a"), ("a.tar.gz", "a.tar"), ("README", "README"), (".bashrc", ".bashrc")],
)
def test_the_stem_is_the_name_without_its_extension(name: str, stem: str) -> None:
    assert stem_of(name) == stem
