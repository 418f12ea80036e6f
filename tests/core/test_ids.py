"""Identifiers look as Alfred writes them."""

import uuid

import pytest

from alfred_mock.core.ids import Ids, derived_uuid, parse_uuid


def test_a_new_id_is_a_lower_case_version_4_uuid() -> None:
    made = Ids().uuid()
    assert str(uuid.UUID(made)) == made
    assert uuid.UUID(made).version == 4


def test_an_id_in_upper_case_is_read_in_lower_case() -> None:
    assert parse_uuid("456F1234-E89B-12D3-A456-426655440000") == (
        "456f1234-e89b-12d3-a456-426655440000"
    )


def test_new_ids_are_all_different_and_all_version_4() -> None:
    ids = Ids()
    made = [uuid.UUID(ids.uuid()) for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert {(one.version, one.variant) for one in made} == {(4, uuid.RFC_4122)}
    assert {str(one)[19] for one in made} == set("89ab")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xyz",
        "456f1234e89b12d3a456426655440000",
        "{456f1234-e89b-12d3-a456-426655440000}",
        "456f1234-e89b-12d3-a456-426655440000\n",
        "456f1234-e89b-12d3-a456-42665544000g",
        "٤56f1234-e89b-12d3-a456-426655440000",
    ],
)
def test_any_other_spelling_is_no_id(text: str) -> None:
    assert parse_uuid(text) is None


def test_a_seed_repeats_ids_and_tokens_and_another_seed_does_not() -> None:
    def drawn(seed: str) -> list[str]:
        ids = Ids(seed)
        return [*(ids.uuid() for _ in range(300)), ids.token()]

    assert drawn("a") == drawn("a")
    assert not set(drawn("a")) & set(drawn("b"))


def test_a_derived_id_is_always_the_same_and_a_different_one_for_other_parts() -> None:
    assert derived_uuid("a", "b") == derived_uuid("a", "b")
    assert len({derived_uuid("a", "b"), derived_uuid("a", "c"), derived_uuid("b", "a")}) == 3
