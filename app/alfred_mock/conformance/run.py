"""A run: each check is sent to the real Alfred and to a double, and the answers are compared."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from alfred_mock.conformance.caller import Caller, Sleep, made_up
from alfred_mock.conformance.checks import CHECKS, Check, Level, checks_up_to
from alfred_mock.conformance.comparing import Verdict, compare
from alfred_mock.conformance.double import API_KEY, COMPANY_WITH_A_JOB, Double, started
from alfred_mock.conformance.exchange import Answer, Request, Side, Stopped
from alfred_mock.conformance.patience import Patience
from alfred_mock.conformance.report import Report, Result, results_of
from alfred_mock.conformance.shapes import ABSENT, shape_of
from alfred_mock.core.ids import Ids

_BUSY = frozenset((429, 503))
UNAVAILABLE = "unavailable"
"""The check of what a server says that cannot answer now; it is never provoked."""

Permit = Callable[[str], Awaitable[None]]
"""Told the company's name; raises where the levels beyond `read` are not to be."""


async def run(
    side: Side,
    api_key: str,
    report: Report,
    *,
    permit: Permit | None = None,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Fill the report by asking `side` up to the report's level.

    Raises:
        Refusal: `permit` says no.
    """
    variables = made_up(Ids())
    async with started(COMPANY_WITH_A_JOB) as app:
        double = Double(app)
        there = Caller(side, api_key, variables, sleep)
        here = Caller(double, API_KEY, variables, sleep)
        patience = Patience()
        checks = checks_up_to(Level(report.level))
        left = list(CHECKS)
        try:
            for check in checks:
                answer = await _check(check, there, here, double, report)
                left.remove(check)
                if answer is not None:
                    patience.judge(answer)
                if check is CHECKS[0]:
                    await _know_the_caller(there, permit)
        except Stopped as stopped:
            report.stopped = str(stopped)
    for check in left:
        why = report.stopped if check in checks else f"level {check.level}"
        report.results.append(_unasked(check, Verdict.SKIPPED, why))


async def _know_the_caller(there: Caller, permit: Permit | None) -> None:
    if "company_id" not in there.variables:
        raise Stopped("/api/tagshelf/who-am-i does not say whose the key is: it was refused")
    if permit is not None:
        await permit(there.variables.get("company_name", ""))


async def _check(
    check: Check, there: Caller, here: Caller, double: Side, report: Report
) -> Answer | None:
    """Compare the answers to a check; returns the real one."""
    answer, own = await there.ask(check), await here.ask(check)
    if answer is None or own is None:
        nothing = "there is nothing to look at"
        report.results.append(_unasked(check, Verdict.CANNOT_TELL, nothing))
        return answer
    if answer.status in _BUSY:
        report.results += await _busy(answer, double)
    if answer.status == 429 or answer.status >= 500:
        said = f"answered {answer.status}"
        report.results.append(_unasked(check, Verdict.CANNOT_TELL, said))
    else:
        shape = report.answers[check.id] = there.shape(check, answer)
        report.results += judged(check, shape, here.shape(check, own))
    return answer


def judged(check: Check, there: Mapping[str, Any], here: Mapping[str, Any]) -> list[Result]:
    """The results of a check from the two shapes."""
    findings = compare(there, here, words=check.words, is_own=check.is_own)
    return results_of(check.id, f"{check.method} {check.target}", findings)


async def _busy(answer: Answer, double: Side) -> list[Result]:
    """Compare what a server says that cannot answer now; the words are its own."""
    asked = {"X-TagshelfAPI-Key": API_KEY, "X-Alfred-Mock-Fault": f"{answer.status}"}
    own = await double.send(Request("GET", "/api/tagshelf/ping", asked))
    there, here = (shape_of(each, words={}) for each in (answer, own))
    findings = [each for each in compare(there, here, words={}) if each.aspect != "words"]
    return results_of(UNAVAILABLE, "any", findings)


def _unasked(check: Check, verdict: Verdict, why: str) -> Result:
    return Result(f"{check.id}.status", verdict, why, ABSENT, f"{check.method} {check.target}")


async def replayed() -> dict[str, dict[str, Any]]:
    """The shapes of the double's own answers to all checks, by the id of the check."""
    shapes = {}
    async with started(COMPANY_WITH_A_JOB) as app:
        here = Caller(Double(app), API_KEY, made_up(Ids()))
        for check in CHECKS:
            answer = await here.ask(check)
            if answer is not None:
                shapes[check.id] = here.shape(check, answer)
    return shapes
