"""Strangers choose the input: whatever compares it takes time in proportion to its length.

Each case is given its worst input in two sizes, one four times the other, and is measured in the
time of this process alone. What is quadratic takes sixteen times as long.
"""

import ast
import re
import time
from collections.abc import Callable
from contextlib import suppress
from fnmatch import translate
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import alfred_mock
from alfred_mock.alfred import wire
from alfred_mock.alfred.files import conditions, disposition, download, naming, uploads
from alfred_mock.alfred.processing import outcomes
from alfred_mock.alfred.remote_uploads import fetching
from alfred_mock.auth import amx_signature
from alfred_mock.auth.amx_diagnosis import Seen, explain
from alfred_mock.conformance import observations, shapes
from alfred_mock.control import company_tokens, request_match
from alfred_mock.control.console import entries, exchange, forms
from alfred_mock.control.console.entries import wanted_of
from alfred_mock.control.faults import effects
from alfred_mock.control.journal import filters, known_secrets
from alfred_mock.control.journal.bodies import form_of
from alfred_mock.control.journal.masking import headers_json, masked_login
from alfred_mock.control.journal.middleware import NearMiss
from alfred_mock.control.pact import sentences
from alfred_mock.control.pact.catalogue import KNOWN_STATES
from alfred_mock.control.pact.states import Catalogue
from alfred_mock.core import (
    clock,
    environment,
    host_header,
    hosts,
    ids,
    known_texts,
    masking,
    middleware,
    trace_context,
    values,
)
from alfred_mock.core.errors import ApiError
from alfred_mock.core.openapi.pages.serving import takes_gzip
from alfred_mock.core.validation import what_is_known
from alfred_mock.engine import fast_path
from alfred_mock.events.webhooks.faults import DeliveryFault
from alfred_mock.recording import reduction, stand_ins
from alfred_mock.testing.journal import Request, closest
from alfred_mock.testing.webhook import ReceivedEvent

PACKAGE = Path(alfred_mock.__file__).parent
SIZE = 8_000
MOST = 9.0
"""Four times the length takes four times as long; more is noise, sixteen is the square."""
TOO_SHORT = 0.02
"""Seconds that no input of the larger size may take for the ratio to matter at all."""


class Case(NamedTuple):
    """Something that input is given to, and how the worst input of a size is made."""

    where: str
    """The file in the package."""
    run: Callable[[Any], Any]
    worst: Callable[[int], Any]


def _pattern(where: str, pattern: Any, *worst: Callable[[int], str]) -> list[Case]:
    def run(text: str) -> None:
        given = text.encode("latin-1") if isinstance(pattern.pattern, bytes) else text
        pattern.fullmatch(given)
        pattern.match(given)

    return [Case(where, run, make) for make in worst]


def _found(where: str, pattern: Any, *worst: Callable[[int], str]) -> list[Case]:
    """A pattern that is looked for everywhere in a text."""

    def run(text: str) -> None:
        given = text.encode("latin-1") if isinstance(pattern.pattern, bytes) else text
        for _ in pattern.finditer(given):
            pass

    return [Case(where, run, make) for make in worst]


def _name(run: Callable[[str], Any]) -> Callable[[str], Any]:
    def refused_or_not(text: str) -> None:
        with suppress(ApiError, ValueError):
            run(text)

    return refused_or_not


def _of_form(header: str) -> None:
    form = form_of("multipart/form-data; boundary=b")
    assert form is not None
    form.add(
        f'--b\r\nContent-Disposition: form-data; name="{header}"\r\n\r\nx\r\n--b--\r\n'.encode()
    )
    form.text("multipart/form-data")


def _explained(query: str) -> str:
    header = amx_signature.AmxHeader("id", "signature", "nonce", "1600000000")
    url = f"http://alfred.test/?{query}"
    return explain(Seen(header, "GET", url, f"/?{query}", ""), "YWxm")


def _near_miss(path: str) -> str:
    from alfred_mock.alfred.jobs.router import router

    return NearMiss([router]).of("GET", path)


def _received(text: str) -> bool:
    received = ReceivedEvent("", "a" * 30, 1, 200, {"event": {}}, {})
    return received.matches(text, {})


def _fault(text: str) -> bool:
    return DeliveryFault.model_construct(event=text).is_for("file_move_to_recycle_bin")


def _stated(sentence: str) -> None:
    with suppress(ApiError):
        Catalogue(KNOWN_STATES).find(sentence)


def _body(text: str) -> object:
    return exchange.body_of(text, "application/json")


def _multipart(text: str) -> object:
    return exchange.body_of(text, "multipart/form-data; boundary=b")


def _closest(path: str) -> Request | None:
    empty = dict.fromkeys(Request.__dataclass_fields__, "")
    return closest([Request(**{**empty, "path": path[::-1]})], "GET", path)  # type: ignore[arg-type]


SPACES: Callable[[int], str] = lambda size: " " * size  # noqa: E731


def _repeated(text: str, end: str = "") -> Callable[[int], str]:
    return lambda size: text * (size // len(text)) + end


TEXTS = [
    SPACES,
    *(
        _repeated(text, end)
        for text, end in [
            ("\n", ""), ("=", ""), ("&", ""), ("a=", ""), ("a ", "="), ("?", "=1"), ("_", "=1"),
            ("%25", "=1"), ("%", ""), ("password", ""), ("password ", "=1"), ("_token", ""),
            ("://", ""), ("://a", "@"), ("@", "://"), ('"', ""), ('"\\', ""), ("\\", '"'),
            ('{"a":', ""), ("[", ""), ("]", ""), ('"a"   ', "="), ("{password:", ""), ("a:", ""),
            ('"', ":"), ('{"a":"' + "\\" * 8, ""), ("amx a:b:c:d ", ""),
        ]
    ),
]  # fmt: skip

CASES = [
    *(
        Case(where, run, worst)
        for where, run in [
            ("core/masking.py", masking.masked),
            ("core/masking.py", masking.masked_words),
            ("core/masking.py", masking.is_secret),
            ("core/known_texts.py", known_texts.words_of),
            ("control/journal/masking.py", masked_login),
            ("control/journal/masking.py", lambda text: headers_json(
                ((b"referer", text.encode()), (b"authorization", text.encode())), knows_caller=True
            )),
            ("alfred/files/naming.py", naming.content_disposition),
            ("alfred/files/naming.py", naming.unnumbered),
            ("alfred/files/naming.py", _name(naming.clean_name)),
        ]
        for worst in TEXTS
    ),
    *_pattern("control/journal/known_secrets.py", known_secrets._LIKE_A_TOKEN, _repeated("a-")),
    Case("control/journal/bodies.py", _of_form, _repeated("a;")),
    Case("auth/amx_diagnosis.py", _explained, _repeated("%41")),
    Case("core/validation.py", lambda text: what_is_known(text, ["a" * 9, "b"]), _repeated("ab")),
    Case("core/validation.py", lambda text: what_is_known(text, ["a" * 20]), _repeated("a")),
    Case("control/journal/middleware.py", _near_miss, _repeated("/a")),
    Case("control/journal/middleware.py", _near_miss, _repeated("/api/job")),
    Case("testing/webhook.py", _received, _repeated("*a")),
    Case("events/webhooks/faults.py", _fault, _repeated("*a")),
    Case("testing/journal.py", _closest, _repeated("/api/job")),
    Case("alfred/files/naming.py", naming.unnumbered, _repeated("-1", "x")),
    Case("alfred/files/naming.py", naming.unnumbered, _repeated("1")),
    Case("alfred/files/naming.py", naming.unnumbered, _repeated("--1")),
    Case("alfred/files/download.py", lambda text: download.range_of(text, 9), _repeated("bytes= ")),
    Case("alfred/files/download.py", lambda text: download.range_of(f"bytes={text}1-", 9), SPACES),
    *_pattern("alfred/files/download.py", download._MEDIA_TYPE,
              _repeated("a/"), _repeated("a/b \t")),
    *_pattern("alfred/files/uploads.py", uploads._CONTENT_TYPE, _repeated("a"), _repeated("a/b ")),
    *_pattern("alfred/remote_uploads/fetching.py", fetching._MEDIA_TYPE, _repeated("a/")),
    *_pattern("core/hosts.py", hosts._ENTRY, _repeated("*."), _repeated("[a")),
    *_pattern("alfred/wire.py", re.compile(wire.URL_PATTERN), _repeated("a://")),
    *_pattern("alfred/processing/outcomes.py", outcomes._NAME, _repeated("alfred-mock-a"),
              _repeated("-1"), lambda size: "alfred-mock-" + "-1" * size + "."),
    *_pattern("auth/amx_signature.py", amx_signature._TIMESTAMP, _repeated("1", "x")),
    *_pattern("core/ids.py", ids._CANONICAL, _repeated("a"), _repeated("aaaaaaaa-")),
    *_pattern("core/middleware.py", middleware._ACCEPTED_REQUEST_ID, _repeated("a", " ")),
    *_pattern("control/company_tokens.py", company_tokens._CALLS, _repeated("PATCH /jobs/")),
    *(
        Case("control/pact/sentences.py", _stated, worst)
        for worst in (*TEXTS, _repeated("a "), _repeated("' \""), _repeated("the "),
                      lambda size: "a job with ID '" + "a " * size)
    ),
    *_found("control/pact/sentences.py", sentences.PLACE, _repeated("{"), _repeated("{a"),
            lambda size: "{" + "a" * size),
    *_pattern("control/console/entries.py", entries._STATUS, _repeated("1")),
    Case("control/console/entries.py", lambda text: wanted_of(None, text).values, _repeated("%")),
    Case("control/console/entries.py", lambda text: wanted_of(None, text).values, SPACES),
    *_found("control/console/exchange.py", exchange._CUT, _repeated("… ("), _repeated("… (1"),
            lambda size: "… (" + "1" * size),
    Case("control/console/exchange.py", _body, _repeated("[")),
    Case("control/console/exchange.py", _body, _repeated("[", "]")),
    Case("control/console/exchange.py", _body, _repeated("[],", "[]")),
    Case("control/console/exchange.py", _multipart, _repeated("--b\r\n")),
    Case("control/console/exchange.py", _multipart, _repeated("--b\r\na: b\r\n\r\n")),
    Case("control/console/exchange.py", _multipart, lambda size: "--b" + "\r\na:" * size),
    *_pattern("control/console/forms.py", forms._NUMBER, _repeated("1"), _repeated("1.")),
    *_pattern("control/faults/effects.py", effects._HEADER_NAME, _repeated("a", " ")),
    *_pattern("control/journal/filters.py", re.compile(filters._STATUS_PATTERN), _repeated("1")),
    *_pattern("control/journal/filters.py", filters._GLOB, _repeated("a")),
    *_pattern("core/clock.py", clock._DATE, _repeated("2"), _repeated("2022-11-17T00:00:00.0")),
    *_pattern("core/host_header.py", host_header._AUTHORITY, _repeated("a"), _repeated("a:0"),
              _repeated("[")),
    *_pattern("core/values.py", values._NUMBER, _repeated("1"), _repeated("1e")),
    *_pattern("core/environment.py", environment._LINK, _repeated("ALFRED_MOCK_A_"),
              _repeated("ALFRED_MOCK_PORT_")),
    *_found("control/request_match.py", request_match._HOST, _repeated("a://")),
    *_found("control/request_match.py", request_match._QUERY, _repeated("?a"), _repeated("?")),
    *_found("alfred/files/conditions.py", conditions._ENTITY_TAG, _repeated('"'), _repeated("W/"),
            lambda size: '"' + "a" * size),
    *_found("alfred/files/disposition.py", disposition._PARAMETER, _repeated(";"), _repeated("; "),
            _repeated("; a"), lambda size: ";a=\"" + "\\" * size, lambda size: ";" + "a" * size),
    *_found("alfred/files/disposition.py", disposition._WORDS, _repeated("=?"),
            _repeated("=?a?b?"), lambda size: "=?" + "a" * size, _repeated("=?a?b?c?= ")),
    *_found("alfred/files/form.py", re.compile(rb"--b(?:[ \t]*\r\n|--)"), _repeated("--b "),
            lambda size: "--b" + " " * size),
    *(
        Case("conformance/shapes.py", shapes.masked_sentence, worst)
        for worst in (*TEXTS, _repeated("a@"), _repeated("http://a"), _repeated("a" * 23 + " "))
    ),
    *_found("conformance/shapes.py", shapes._STRING, _repeated('"'),
            lambda size: '"' + "\\" * size),
    *(
        case
        for pattern in (shapes._IS_DATE, shapes._IS_LINK, shapes._IS_WORD, shapes.NAME)
        for case in _pattern("conformance/shapes.py", pattern, _repeated("a"), _repeated("1"),
                             _repeated("http://a"), _repeated("2022-11-17T00:00:00.0"))
    ),
    *_pattern("core/trace_context.py", trace_context._TRACEPARENT, _repeated("0"), _repeated("-"),
              lambda size: "00-" + "0" * 32 + "-" + "1" * 16 + "-01-" + "a" * size),
    *_found("conformance/observations.py", observations._NO_NAME, _repeated("/"), _repeated("a/")),
    *(
        case
        for pattern in (reduction._PLAIN, reduction._SEGMENT)
        for case in _pattern("recording/reduction.py", pattern, _repeated("a"), _repeated("a, "),
                             _repeated("1"), _repeated("Aa, 1"))
    ),
    *_found("recording/stand_ins.py", stand_ins.UUID, _repeated("a"), _repeated("aaaaaaaa-")),
    *_pattern("recording/stand_ins.py", stand_ins._ENDING, _repeated(".a")),
    *(
        Case("core/openapi/pages/serving.py", takes_gzip, worst)
        for worst in (_repeated("gzip;q=0.0, "), lambda size: f"gzip;q=0.{'0' * size}1",
                      lambda size: f"gzip;{' ' * size}q=0.0{' ' * size}1")
    ),
    Case("engine/fast_path.py", fast_path._PARAMETER.fullmatch, lambda size: b"a" * size + b"/"),
    *(
        Case(where, re.compile(translate(glob)).match, _repeated("a"))
        for where in ("control/journal/filters.py", "control/faults/rules.py",
                      "alfred/processing/extraction.py")
        for glob in ("*a*a*a*b", "*" + "a*" * 30 + "b", "*?*?*?*b", "*[ab]*[ab]*c")
    ),
]  # fmt: skip

# Not given to strangers' input: settings, names of our own, what is typed at a shell.
NOT_INPUT = {
    "alfred/storage/objects.py",
    "cli/examples.py",
    "cli/parameters.py",
    "conformance/rows.py",
    "core/openapi/__init__.py",
}


def _seconds(case: Case, size: int) -> float:
    given = case.worst(size)
    durations = []
    for _ in range(3):
        masking._is_secret.cache_clear()
        headers_json.cache_clear()
        begun = time.process_time()
        case.run(given)
        durations.append(time.process_time() - begun)
    return min(durations)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.where)
def test_the_worst_input_takes_time_in_proportion_to_its_length(case: Case) -> None:
    for _attempt in range(3):
        larger = _seconds(case, 4 * SIZE)
        if larger < TOO_SHORT or larger < MOST * _seconds(case, SIZE):
            return
    pytest.fail(f"{4 * SIZE} characters like {case.worst(20)!r} take {larger:.3f} s")


def test_every_file_that_compares_texts_has_its_case() -> None:
    compares = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Import) and {name.name for name in node.names} & {"re", "difflib"})
        or (isinstance(node, ast.ImportFrom) and node.module in ("re", "fnmatch", "difflib"))
    }
    assert compares - {case.where for case in CASES} == NOT_INPUT
