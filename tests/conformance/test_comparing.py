"""What two shapes say of each other."""

from typing import Any

import pytest

from alfred_mock.conformance.comparing import Verdict, compare

CONFIRMED, CANNOT_TELL, MORE, DIFFERS = (
    Verdict.CONFIRMED, Verdict.CANNOT_TELL, Verdict.MORE, Verdict.DIFFERS
)  # fmt: skip
WORDS = {"stage": frozenset(("queued", "completed"))}


def _verdicts(there: Any, here: Any, *, is_own: bool = True) -> dict[str, Verdict]:
    shapes = [{"status": 200, "headers": {}, "body": body} for body in (there, here)]
    found = compare(*shapes, words=WORDS, is_own=is_own)
    left_out = ("status", "headers")
    return {f.aspect: f.verdict for f in found if f.aspect not in left_out}


@pytest.mark.parametrize(
    ("there", "here", "aspect", "verdict"),
    [
        ("id", "id", "ids", CONFIRMED),
        ("id, upper case", "id", "ids", DIFFERS),
        ("text", "id", "ids", DIFFERS),
        ("date, 2 decimals", "date, 3 decimals", "dates", DIFFERS),
        ("null", "text", "types", CANNOT_TELL),
        ("text", "null", "types", DIFFERS),
        ("integer", "text", "types", DIFFERS),
        ("integer", "decimal", "types", CANNOT_TELL),
        ("decimal", "integer", "types", DIFFERS),
        ("link", "text", "types", CONFIRMED),
        ("empty text", "text", "types", CONFIRMED),
        ("text", "empty text", "types", CANNOT_TELL),
        ("text", "base64, 16 bytes", "forms", DIFFERS),
        ([], ["id"], "types", CANNOT_TELL),
        (["id"], ["id"], "ids", CONFIRMED),
        ([], [], "types", CONFIRMED),
        ([], "text", "types", DIFFERS),
        ("no JSON", {"a": "id"}, "types", DIFFERS),
        ("integer or null", "integer", "types", CONFIRMED),
        ("integer or text", "integer", "types", DIFFERS),
        ("words: A or b.", "words: A or b.", "words", CONFIRMED),
        ("words: A.", "words: B.", "words", DIFFERS),
    ],
)
def test_a_value(there: Any, here: Any, aspect: str, verdict: Verdict) -> None:
    assert _verdicts(there, here) == {aspect: verdict}


@pytest.mark.parametrize(
    ("there", "is_own", "verdict"),
    [
        ("completed", True, CONFIRMED),
        ("queued", True, DIFFERS),
        ("queued", False, CONFIRMED),
        ("melting", True, MORE),
        ("melting", False, MORE),
    ],
)
def test_a_word(there: str, is_own: bool, verdict: Verdict) -> None:
    bodies = [{"stage": f"word: {word}"} for word in (there, "completed")]
    assert _verdicts(*bodies, is_own=is_own)["words"] is verdict


def test_of_other_things_null_here_says_nothing() -> None:
    assert _verdicts("text", "null", is_own=False) == {"types": CANNOT_TELL}


def test_members_may_be_more_or_fewer() -> None:
    assert _verdicts({"a": "id", "b": "id"}, {"a": "id"})["members"] is MORE
    assert _verdicts({"a": "id"}, {"a": "id", "b": "id"})["members"] is DIFFERS
    assert _verdicts({"a": "id"}, {"a": "id"})["members"] is CONFIRMED


def test_members_have_an_order() -> None:
    assert _verdicts({"b": "id", "a": "id"}, {"a": "id", "b": "id"})["order"] is DIFFERS
    # What only one side has is no matter of order.
    assert (
        _verdicts({"a": "id", "x": "id", "b": "id"}, {"a": "id", "b": "id"})["order"] is CONFIRMED
    )


def _shape(status: int = 200, **headers: str) -> dict[str, Any]:
    return {"status": status, "headers": headers, "body": {"a": "id"}, "space": "none"}


def test_a_header_may_be_missing_changed_or_new() -> None:
    def found(there: dict[str, Any], here: dict[str, Any]) -> dict[str, Verdict]:
        return {each.aspect: each.verdict for each in compare(there, here, words={})}

    assert found(_shape(), _shape(allow="GET"))["header.allow"] is DIFFERS
    assert found(_shape(allow="PUT"), _shape(allow="GET"))["header.allow"] is DIFFERS
    assert found(_shape(allow="GET"), _shape())["headers"] is MORE
    assert found(_shape(), _shape())["headers"] is CONFIRMED


def test_bodies_of_different_statuses_are_not_compared() -> None:
    found = compare(_shape(410), _shape(404), words={})
    assert [each.aspect for each in found] == ["status", "headers"]
    assert found[0].verdict is DIFFERS


def test_what_was_published_without_a_head_is_compared_as_far_as_it_goes() -> None:
    (members, ids) = compare({"body": {"a": "id"}}, _shape(allow="GET"), words={})
    assert (members.verdict, ids.verdict) == (CONFIRMED, CONFIRMED)
