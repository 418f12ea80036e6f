"""Which rule decides what is extracted from a file."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from alfred_mock.alfred.processing.extraction import (
    DEFAULT_SCORE,
    NOTHING,
    Extracted,
    Rulebook,
    _Point,
    _Tag,
)

INVOICE = _Tag("t1", "FACTURA", [_Point("p1", "rnc", "1"), _Point("p2", "monto", "2")])
CONTRACT = _Tag("t2", "CONTRATO", [])


def _rule(
    pattern: str | None = None,
    metadata: dict[str, Any] | None = None,
    tag: str | None = "FACTURA",
    values: dict[str, str] | None = None,
    score: float = 0.5,
    confirmed: bool = True,
    outcome: str | None = None,
) -> SimpleNamespace:
    return SimpleNamespace(
        file_name=pattern,
        metadata_json=json.dumps(metadata or {}),
        tag_name=tag,
        values_json=json.dumps(values or {}),
        classification_score=score,
        confirmed=confirmed,
        outcome=outcome,
    )


def _extract(*rules: Any, name: str = "a.pdf", metadata: Any = None) -> Extracted:
    return Rulebook([INVOICE, CONTRACT], list(rules)).extract(name, metadata)


def test_without_a_rule_it_is_the_first_tag_as_it_stands() -> None:
    expected = Extracted("t1", "FACTURA", DEFAULT_SCORE, INVOICE.points, True, None)
    assert _extract() == expected


def test_a_company_without_tags_extracts_nothing() -> None:
    assert Rulebook([], []).extract("a.pdf", None) == NOTHING


def test_the_first_rule_that_fits_decides() -> None:
    rules = _rule("*.png", tag="CONTRATO"), _rule(score=0.1), _rule(score=0.2)
    assert _extract(*rules).classification_score == 0.1


def test_a_rule_that_does_not_fit_changes_nothing() -> None:
    assert _extract(_rule("*.png", tag="CONTRATO")) == _extract()


def test_a_rule_gives_values_to_some_of_the_data_points() -> None:
    extracted = _extract(_rule(values={"monto": "9", "unknown": "x"}))
    assert [(point.name, point.value) for point in extracted.points] == [
        ("rnc", "1"),
        ("monto", "9"),
    ]


def test_a_rule_says_how_sure_the_result_is() -> None:
    extracted = _extract(_rule(score=0.25, confirmed=False, outcome="failed"))
    assert extracted[2] == 0.25
    assert extracted[4:] == (False, "failed")


@pytest.mark.parametrize("tag", [None, "UNKNOWN"])
def test_a_rule_without_a_tag_extracts_nothing(tag: str | None) -> None:
    assert _extract(_rule(tag=tag, outcome="invalid")) == NOTHING._replace(outcome="invalid")


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        (None, "anything", True),
        ("*", "anything", True),
        ("*.pdf", "a.pdf", True),
        ("*.PDF", "a.pdf", True),
        ("*.pdf", "A.PDF", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[ab].pdf", "b.pdf", True),
        ("a", "ab", False),
        ("*.pdf", "a.pdf.zip", False),
    ],
)
def test_a_pattern_fits_whole_names_in_either_case(
    pattern: str | None, name: str, fits: bool
) -> None:
    assert (_extract(_rule(pattern, score=0.1), name=name)[2] == 0.1) is fits


@pytest.mark.parametrize(
    ("wanted", "metadata", "fits"),
    [
        ({}, None, True),
        ({}, [1], True),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": {"b": [1]}}, {"a": {"b": [1]}}, True),
        ({"a": None}, {"a": None}, True),
        ({"a": None}, {}, False),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, None, False),
        ({"a": 1}, [{"a": 1}], False),
        ({"a": "1"}, {"a": 1}, False),
    ],
)
def test_metadata_fits_if_it_has_all_that_is_wanted(
    wanted: dict[str, Any], metadata: Any, fits: bool
) -> None:
    found = _extract(_rule(metadata=wanted, score=0.1), metadata=metadata)
    assert (found[2] == 0.1) is fits


def test_a_rule_wants_both_its_name_and_its_metadata() -> None:
    rule = _rule("*.pdf", {"a": 1}, score=0.1)
    assert _extract(rule, name="a.pdf", metadata={"a": 1})[2] == 0.1
    assert _extract(rule, name="a.png", metadata={"a": 1})[2] == DEFAULT_SCORE
    assert _extract(rule, name="a.pdf", metadata={})[2] == DEFAULT_SCORE
