"""What an answer looks like, without what it says.

A shape is JSON: an object keeps its members in their order, a list has one element that stands for
all of them, and each value is named by its form, such as `integer` or `date, 3 decimals`. Several
forms of one value are joined by ` or `. Nothing that a customer wrote is in it, so it can be shown
to anybody: only names of members, words such as `completed`, and sentences of errors with ids
masked.
"""

import re
from collections.abc import Mapping
from typing import Any

from alfred_mock.conformance.exchange import NO_JSON, Answer

OR = " or "
WORD, WORDS, DATE, ID = "word: ", "words: ", "date, ", "id"
ABSENT = "-"
NAME = re.compile(r"[A-Za-z_.][A-Za-z0-9_.]{0,40}")
"""A name of a member that a program may have; others are of customers' making."""
HIDDEN = "<name>"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_IS_UUID = re.compile(_UUID)
_IS_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?")
_IS_HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
_IS_WORD = re.compile(r"[A-Za-z][a-z_]{0,63}")
_IS_MD5 = re.compile(r"[A-Za-z0-9+/]{22}==")
_IS_LINK = re.compile(r"https?://[!-~]+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_MASKED = (
    (re.compile(r"https?://[^\s'\"]+"), "<URL>"),
    (re.compile(r"(?<![^\s'\"])[^\s'\"@]{1,64}@[^\s'\"@]+"), "<address>"),
    (re.compile(_UUID), ""),
    (re.compile(r"[\w/+=-]{24,}"), "<text>"),
    (re.compile(r"\d+"), "<number>"),
)
_LONGEST_SENTENCE, _LONGEST_READ = 300, 2_000
# A host, a proxy or the connection adds these; they say nothing of Alfred.
INFRASTRUCTURE = frozenset(
    (
        "accept-ranges", "age", "alt-svc", "cache-control", "cf-cache-status", "cf-ray",
        "connection", "content-encoding", "content-length", "content-security-policy", "date",
        "expires", "keep-alive", "last-modified", "nel", "pragma", "referrer-policy",
        "report-to", "request-context", "server", "server-timing", "set-cookie",
        "strict-transport-security", "transfer-encoding", "vary", "via", "x-aspnet-version",
        "x-aspnetmvc-version", "x-azure-ref", "x-cache", "x-content-type-options",
        "x-frame-options", "x-powered-by", "x-xss-protection",
    )
)  # fmt: skip


def shape_of(
    answer: Answer,
    *,
    words: Mapping[str, frozenset[str]],
    request_id: str = "",
    facts: Mapping[str, str] | None = None,
    is_content: bool = False,
) -> dict[str, Any]:
    """The shape of an answer.

    `words` names the members whose values are words of Alfred's, `request_id` is the one that was
    sent, `facts` are what else the check has found out; `is_content` says that the body is the
    content of a file, which has no shape.
    """
    shape: dict[str, Any] = {"status": answer.status}
    shape["headers"] = {
        printable(name): printable(_header(name, answer.header(name) or "", request_id))
        for name in sorted({name for name, _ in answer.headers} - INFRASTRUCTURE)
    }
    if facts:
        shape["facts"] = dict(facts)
    if is_content and answer.status < 400:
        return shape
    if not answer.body:
        shape["body"] = "nothing"
    elif answer.content is NO_JSON:
        shape["body"] = "no JSON"
    else:
        is_error = answer.status >= 400
        shape["body"] = body_shape(answer.content, words, is_error=is_error)
        text = answer.body.decode("utf-8", "replace")
        shape["space"] = "some" if re.search(r"\s", _STRING.sub("", text)) else "none"
    return shape


def body_shape(
    content: Any, words: Mapping[str, frozenset[str]], *, is_error: bool = False, name: str = ""
) -> Any:
    """The shape of a JSON value; `name` is the member that holds it."""
    if isinstance(content, dict):
        return {
            key if NAME.fullmatch(key) else HIDDEN: body_shape(
                value, words, is_error=is_error, name=key
            )
            for key, value in content.items()
        }
    if isinstance(content, list):
        elements = [body_shape(each, words, is_error=is_error, name=name) for each in content]
        return [_merged(elements)] if elements else []
    if content is None:
        return "null"
    if isinstance(content, bool):
        return "boolean"
    if isinstance(content, int | float):
        return "integer" if isinstance(content, int) else "decimal"
    if is_error:
        return WORDS + masked_sentence(content)
    if name in words:
        return WORD + content if _IS_WORD.fullmatch(content) else _form(content)
    return _form(content)


def _form(text: str) -> str:
    if not text:
        return "empty text"
    if _IS_UUID.fullmatch(text):
        case = "" if text == text.lower() else ", upper case"
        return ID + case
    date = _IS_DATE.fullmatch(text)
    if date:
        decimals = len(date[1] or ".") - 1
        zone = f", zone {'Z' if date[2] == 'Z' else 'as offset'}" if date[2] else ""
        return f"{DATE}{decimals} decimals{zone}"
    if _IS_HTTP_DATE.fullmatch(text):
        return f"{DATE}RFC 1123"
    if _IS_MD5.fullmatch(text):
        return "base64, 16 bytes"
    return "link" if _IS_LINK.fullmatch(text) else "text"


def printable(text: str) -> str:
    """A text that a terminal, a file in UTF-8 and XML can take, whoever has chosen it."""
    return "".join(each if each.isprintable() else "?" for each in text)


def masked_sentence(text: str) -> str:
    """A sentence of an error without what a customer may have put there."""

    def hide(found: re.Match[str]) -> str:
        return "<id>" if found[0] == found[0].lower() else "<id, upper case>"

    text = printable(text[:_LONGEST_READ])
    for pattern, mask in _MASKED:
        text = pattern.sub(mask or hide, text)
    return text if len(text) <= _LONGEST_SENTENCE else f"{text[:_LONGEST_SENTENCE]}…"


def _merged(shapes: list[Any]) -> Any:
    """One shape that stands for all of them."""
    if all(isinstance(shape, dict) for shape in shapes):
        names: dict[str, None] = {}
        for shape in shapes:
            names.update(dict.fromkeys(shape))
        return {name: _merged([shape[name] for shape in shapes if name in shape]) for name in names}
    if all(isinstance(shape, list) for shape in shapes):
        inner = [element for shape in shapes for element in shape]
        return [_merged(inner)] if inner else []
    texts = [shape if isinstance(shape, str) else _kind(shape) for shape in shapes]
    return OR.join(dict.fromkeys(texts))


def _kind(shape: Any) -> str:
    return "object" if isinstance(shape, dict) else "list"


def _header(name: str, value: str, request_id: str) -> str:
    if name == "content-type":
        return re.sub(r"\s*;\s*", "; ", value.lower())
    if name == "allow":
        return ", ".join(sorted(re.split(r"\s*,\s*", value.strip().upper())))
    if name == "www-authenticate":
        return re.sub(r'"[^"]*"', '"…"', value)
    if name == "x-request-id":
        return "as sent" if request_id and value == request_id else "text"
    if name == "content-disposition":
        names = re.findall(r";\s*([\w-]+\*?)=", value)
        return "; ".join([value.partition(";")[0].strip().lower(), *names])
    if name == "content-range":
        return re.sub(r"\d+", "<number>", value)
    if value.strip().isdecimal():
        return "integer"
    return "text" if value.strip() else "empty text"
