"""The rules of faults on deliveries: what they are for, and how often."""

from typing import Any

import pytest
from pydantic import ValidationError

from alfred_mock.events.webhooks.faults import (
    CountedFault,
    DeliveryFault,
    dump_faults,
    next_fault,
    parse_faults,
)

COMPANY = "0f767925-b464-4ffa-b621-1a0aeacad257"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"event": "job_*"},
        {"lost": False},
        {"lost": True, "copies": 1},
        {"delay_s": 1, "reordered": True},
        {"delay_s": 0},
        {"delay_s": 601},
        {"copies": 0},
        {"copies": 11},
        {"status": 99},
        {"event": "Job", "lost": True},
        {"event": "", "lost": True},
        {"times": 0, "lost": True},
        {"lose": True},
    ],
)
def test_what_is_no_fault(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DeliveryFault.model_validate(wrong)


def test_only_so_many_after_so_many() -> None:
    faults = [CountedFault(id="a", event="job_*", lost=True, skip=1, times=2)]
    met = [next_fault(faults, "job_start") is not None for _ in range(5)]
    assert met == [False, True, True, False, False]
    assert next_fault(faults, "file_done") is None
    assert faults[0].remaining == 0


def test_faults_are_the_same_once_they_were_stored() -> None:
    faults = [
        CountedFault(id="a", event="job_*", lost=True, skip=1, times=2, seen=3, fired=2),
        CountedFault(id="b", copies=3),
    ]
    assert parse_faults(COMPANY, dump_faults(faults)) == faults
    assert dump_faults([]) == "[]"


def test_faults_without_an_id_get_one_that_stays() -> None:
    text = '[{"lost": true}, {"copies": 1}]'
    one, two = parse_faults(COMPANY, text)
    assert one.id != two.id
    assert [each.id for each in parse_faults(COMPANY, text)] == [one.id, two.id]
