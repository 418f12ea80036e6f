"""What fails a test beside its own assertions, where that is asked for."""

from collections.abc import Collection

from alfred_mock.testing.company import Company
from alfred_mock.testing.journal import Request, listing


def unused_faults(company: Company) -> list[str]:
    """Lines about the company's faults that no request has met."""
    return [f"  {fault!r}" for fault in company.faults() if not fault.fired]


def refusals(company: Company, expected: Collection[int], *, strays_too: bool) -> list[str]:
    """Lines about requests that were refused, though no fault asked for it.

    With `strays_too` also those of no company: nobody but this test can have made them.
    """
    calls = [*company.requests(status="4xx"), *company.requests(status="5xx")]
    if strays_too:
        calls += company.strays()
    unexpected = [call for call in calls if _is_unexpected(call, expected)]
    unexpected.sort(key=lambda call: call.number)
    return [f"  {line}" for line in listing(unexpected).splitlines()] if unexpected else []


def _is_unexpected(call: Request, expected: Collection[int]) -> bool:
    return call.status >= 400 and call.fault is None and call.status not in expected
