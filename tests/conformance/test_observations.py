"""What was seen of the real Alfred still holds for the double, without a network."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from alfred_mock.conformance.comparing import Verdict
from alfred_mock.conformance.observations import Observation, kept_in, replay, save
from alfred_mock.conformance.report import BAD, Result
from alfred_mock.conformance.run import replayed
from tests.conformance.sides import report_of
from tests.docs.markdown import ROOT
from tests.support import run_async

FOLDER = ROOT / "observations"
KEPT = {observation.name: observation for observation in kept_in(FOLDER)}
KNOWN: dict[str, dict[str, str]] = yaml.safe_load(
    (FOLDER / "known-differences.yaml").read_text("utf-8")
)


@cache
def _own() -> dict[str, dict[str, Any]]:
    return run_async(replayed())


def _bad(observation: Observation) -> dict[str, Result]:
    return {r.id: r for r in replay(observation, _own()) if r.verdict in BAD}


@pytest.mark.parametrize("name", KEPT)
def test_the_double_answers_as_was_observed(name: str) -> None:
    found = {id_: (r.there, r.here) for id_, r in _bad(KEPT[name]).items()}
    assert {id_: found[id_] for id_ in found if id_ not in KNOWN.get(name, {})} == {}


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        pytest.param(name, id_, marks=pytest.mark.xfail(strict=True, reason=reason))
        for name, differences in KNOWN.items()
        for id_, reason in differences.items()
    ],
)
def test_a_known_difference_is_no_more(name: str, id_: str) -> None:
    assert id_ not in _bad(KEPT[name])


def test_what_was_published_is_among_them() -> None:
    assert {"documented-1.66", "published-2024-05-13"} <= set(KEPT)
    confirmed = [r for r in replay(KEPT["published-2024-05-13"], _own()) if r.row is not None]
    assert {"file.detail", "job.detail", "session.detail"} <= {r.row.id for r in confirmed if r.row}


def test_a_confirmed_row_that_breaks_is_found() -> None:
    own = json.loads(json.dumps(_own()))
    del own["file.new"]["body"]["md5_hash"]
    found = {r.id: r.verdict for r in replay(KEPT["published-2024-05-13"], own)}
    assert found["file.new.members"] is Verdict.MORE


@pytest.mark.anyio
async def test_what_a_run_has_seen_is_kept_and_compared_again(tmp_path: Path) -> None:
    report = await report_of()
    path = save(report, tmp_path / "observations")
    assert path.name == "2026-11-25-real.test.json"
    (kept,) = kept_in(path.parent)
    assert (kept.date, kept.host) == ("2026-11-25", "real.test")
    results = list(replay(kept, await replayed()))
    assert {r.verdict for r in results} == {Verdict.CONFIRMED}
    assert len(results) == len(report.results)


@pytest.mark.anyio
async def test_nothing_that_a_customer_wrote_is_kept(tmp_path: Path) -> None:
    text = save(await report_of(), tmp_path).read_text("utf-8")
    for written in ("Real Company", "the-key-of-the-real-one", "Key of CI", "factura", "RNC 1"):
        assert written not in text
