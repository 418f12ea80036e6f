"""Words for what is not known."""

import pytest

from alfred_mock.core.validation import hint, what_is_known

KEYS = ("company", "match", "effect", "times")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("compny", "the nearest is 'company'"),
        ("status", "known are 'company', 'match', 'effect' and 'times'"),
        ("", "known are 'company', 'match', 'effect' and 'times'"),
    ],
)
def test_only_a_name_that_is_like_another_is_taken_for_it(name: str, words: str) -> None:
    assert what_is_known(name, KEYS, "'") == words


def test_the_only_name_is_the_nearest() -> None:
    assert what_is_known("zzz", ["company"]) == "the nearest is company"


def test_where_nothing_is_known_nothing_is_hinted() -> None:
    assert hint("zzz", []) == ""
