"""Each check of a run names a row of fidelity, the one that it is about."""

import pytest

from alfred_mock.conformance.checks import CHECKS
from alfred_mock.conformance.rows import all_rows, row_of
from tests.conformance.sides import report_of


@pytest.mark.anyio
async def test_every_result_is_about_a_row() -> None:
    report = await report_of()
    assert [result.id for result in report.results if result.row is None] == []


@pytest.mark.anyio
async def test_every_row_with_conformance_checks_has_results() -> None:
    report = await report_of()
    reached = {row.id for row in report.by_row()}
    promised = {row.id for row in all_rows() if row.patterns}
    # A server that cannot answer is never provoked.
    assert promised - reached == {"unavailable.database"}


def test_ids_of_checks_are_all_different() -> None:
    assert len({check.id for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize(
    ("check", "row"),
    [
        ("errors.unknown-session.status", "errors.unknown-session"),
        ("errors.unknown-session.members", "errors.shape"),
        ("session.detail.dates", "dates.form"),
        ("session.detail.types", "session.detail"),
        ("session.detail.members", "session.detail.no-files"),
        ("tagshelf.ping.header.x-request-id", "headers.request-id"),
        ("unavailable.header.retry-after", "unavailable.database"),
    ],
)
def test_the_row_that_says_it_most_precisely_counts(check: str, row: str) -> None:
    found = row_of(check)
    assert found is not None
    assert found.id == row


def test_a_check_that_no_row_names_has_none() -> None:
    assert row_of("nothing.of.the.kind") is None
