"""A shape says how an answer looks, and nothing of what a customer wrote."""

import json
from typing import Any

import pytest

from alfred_mock.conformance.exchange import Answer
from alfred_mock.conformance.shapes import body_shape, masked_sentence, shape_of

_ID = "0f767925-b464-4ffa-b621-1a0aeacad257"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (None, "null"),
        (True, "boolean"),
        (7, "integer"),
        (0.5, "decimal"),
        ("", "empty text"),
        ("anything", "text"),
        (_ID, "id"),
        (_ID.upper(), "id, upper case"),
        ("2024-05-13T17:41:20.133", "date, 3 decimals"),
        ("2024-05-13T17:41:20.21", "date, 2 decimals"),
        ("2024-05-13T17:41:20", "date, 0 decimals"),
        ("2024-05-13T17:41:20Z", "date, 0 decimals, zone Z"),
        ("2024-05-13T17:41:20.1234567+02:00", "date, 7 decimals, zone as offset"),
        ("Tue, 11 Jun 2019 09:04:53 GMT", "date, RFC 1123"),
        ("GiZkvwxF0QwxbALzdPX6gA==", "base64, 16 bytes"),
        ("https://example.com/a?b", "link"),
        ({"b": 1, "a": None}, {"b": "integer", "a": "null"}),
        ([], []),
        ([{"a": 1}, {"a": None, "b": ""}], [{"a": "integer or null", "b": "empty text"}]),
        ([1, [2]], ["integer or list"]),
        ([[1], []], [["integer"]]),
    ],
)
def test_a_value_is_named_by_its_form(value: Any, shape: Any) -> None:
    assert body_shape(value, {}) == shape


def test_members_keep_their_order() -> None:
    assert list(body_shape({"b": 1, "a": 2}, {})) == ["b", "a"]


def test_only_words_of_alfreds_are_shown() -> None:
    content = {"stage": "completed", "name": "secretly", "status": "Two words"}
    words = {"stage": frozenset[str](), "status": frozenset[str]()}
    assert body_shape(content, words) == {
        "stage": "word: completed", "name": "text", "status": "text"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "masked"),
    [
        (f"Job with ID {_ID} does not exist.", "Job with ID <id> does not exist."),
        (f"No {_ID.upper()}.", "No <id, upper case>."),
        ("No resource matches 'https://a.test/b?c=d'.", "No resource matches '<URL>'."),
        ("Ask ana@example.com.", "Ask <address>"),
        ("At most 40 of them.", "At most <number> of them."),
        (f"Key {'k' * 24} is unknown.", "Key <text> is unknown."),
        ("a " * 200, "a " * 150 + "…"),
        ("Red: \x1b[31m, half: \ud800.", "Red: ?[<number>m, half: ?."),
    ],
)
def test_a_sentence_keeps_its_words_alone(sentence: str, masked: str) -> None:
    assert masked_sentence(sentence) == masked


def _answer(body: bytes, *headers: tuple[str, str], status: int = 200) -> Answer:
    return Answer(status, headers, body)


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("content-type", "Application/JSON;charset=UTF-8", "application/json; charset=utf-8"),
        ("allow", "post,GET", "GET, POST"),
        ("www-authenticate", 'Bearer realm="Acme", amx', 'Bearer realm="…", amx'),
        ("x-ratelimit-limit", "100", "integer"),
        ("x-request-id", "abc", "text"),
        ("content-disposition", "attachment; filename=a.pdf", "attachment; filename"),
        ("content-range", "bytes 4-9/20", "bytes <number>-<number>/<number>"),
        ("x-customer", "Acme", "text"),
    ],
)
def test_a_header_shows_what_is_alfreds(name: str, value: str, shape: str) -> None:
    assert shape_of(_answer(b"{}", (name, value)), words={})["headers"] == {name: shape}


def test_a_request_id_that_comes_back_is_seen() -> None:
    answer = _answer(b"{}", ("x-request-id", "mine"))
    assert shape_of(answer, words={}, request_id="mine")["headers"] == {"x-request-id": "as sent"}


def test_what_a_host_adds_is_left_out() -> None:
    answer = _answer(b"{}", ("server", "x"), ("date", "now"), ("set-cookie", "a=b"))
    assert shape_of(answer, words={})["headers"] == {}


@pytest.mark.parametrize(
    ("body", "space"),
    [(b'{"a":"b c"}', "none"), (b'{"a": 1}', "some"), (b'{"a":"\\" "}\n', "some")],
)
def test_white_space_between_values_is_seen(body: bytes, space: str) -> None:
    assert shape_of(_answer(body), words={})["space"] == space


def test_a_body_that_is_no_json_says_so() -> None:
    assert shape_of(_answer(b"<html>"), words={})["body"] == "no JSON"
    assert shape_of(_answer(b""), words={})["body"] == "nothing"


def test_nothing_that_a_customer_wrote_is_in_a_shape() -> None:
    secret = "Canary"
    content = {"user_name": secret, "files": [{"file_name": secret}], "stage": "completed"}
    answer = _answer(json.dumps(content).encode(), ("x-note", secret))
    assert secret not in json.dumps(shape_of(answer, words={"stage": frozenset()}))


def test_a_name_of_a_member_that_no_program_has_is_hidden() -> None:
    content = {"md5_hash": 1, ".issued": 1, "userName": 1, "Ana Pérez": 1, "a" * 50: 1}
    assert list(body_shape(content, {})) == ["md5_hash", ".issued", "userName", "<name>"]


@pytest.mark.parametrize("body", [b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 200 + b"1" + b"}" * 200])
def test_what_is_nested_too_deeply_is_no_json(body: bytes) -> None:
    assert shape_of(_answer(body), words={})["body"] == "no JSON"


def test_what_is_nested_less_is_some() -> None:
    assert shape_of(_answer(b"[" * 50 + b"]" * 50), words={})["body"] != "no JSON"
