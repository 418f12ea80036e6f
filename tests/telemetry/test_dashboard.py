"""The dashboard and the alerts name only metrics and labels that there are."""

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.alfred.calls import job_of_files
from tests.docs.markdown import ROOT, code_in, read, rows, section
from tests.events.realtime.clients import polling
from tests.events.webhooks.calls import set_webhook
from tests.events.webhooks.receivers import receiving
from tests.support import SECRET_KEY, WITH_KEY, application, client_of

pytestmark = pytest.mark.anyio

DASHBOARD = json.loads((ROOT / "deploy/grafana/alfred-mock.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yaml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
OF_PROMETHEUS = {"instance", "job", "le"}
OF_WORKERS = {"pid"}


def _panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def _expressions() -> list[str]:
    shown = [target["expr"] for panel in _panels() for target in panel["targets"]]
    return [*shown, *(rule["expr"] for rule in RULES)]


async def _metrics_of(database_url: str) -> dict[str, set[str]]:
    """The labels of each metric, after a call of each kind."""
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        metrics=True,
        rate_limit_enforced=True,
        secret_key=SECRET_KEY,
    )
    async with (
        application(create_app(settings)) as app,
        client_of(app) as client,
        receiving() as receiver,
        polling(app) as listener,
    ):
        await set_webhook(client, receiver.url)
        job = await job_of_files(client, "a.pdf")
        await receiver.wait_for("job_finished")
        await listener.hear_events(1)
        await client.get(f"/api/job/detail/{job}", headers=WITH_KEY)
        await app.control.recorder.flush()
        text = (await client.get("http://localhost/metrics")).text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _families(metrics: dict[str, set[str]]) -> set[str]:
    """The names without the parts of histograms, and without when something was first counted."""
    names = {name for name in metrics if not name.endswith("_created")}
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in names}


@pytest.fixture
async def metrics(sqlite_url: str, postgres_url: str) -> dict[str, set[str]]:
    """Those of both databases: only PostgreSQL has a pool."""
    return await _metrics_of(sqlite_url) | await _metrics_of(postgres_url)


async def test_every_metric_and_label_that_is_named_exists(metrics: dict[str, set[str]]) -> None:
    for expression in _expressions():
        named = set(re.findall(r"\balfred_mock_\w+", expression))
        assert named, expression
        assert named <= set(metrics), expression
        known = set().union(*(metrics[name] for name in named)) | OF_PROMETHEUS | OF_WORKERS
        labels = set(re.findall(r"(\w+)(?:=~|!~|!=|=)\"", expression))
        for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
            labels |= set(re.split(r",\s*", grouped))
        assert labels <= known, expression


async def test_every_metric_is_shown_or_warned_of(metrics: dict[str, set[str]]) -> None:
    told = set(re.findall(r"\balfred_mock_\w+", " ".join(_expressions())))
    shown = {name.removesuffix("_bucket") for name in told}
    assert _families(metrics) - shown == {"alfred_mock_process_start_time_seconds"}


def test_panels_do_not_overlap_and_say_what_they_show() -> None:
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, panel["title"]
                taken.add((x, y))
    assert all(panel["description"] for panel in _panels())
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_alert_has_its_meaning_in_the_runbook() -> None:
    _, *table = rows(section(read("docs/operations.md"), "Alerts"))
    assert [code_in(row[0])[0] for row in table] == [rule["alert"] for rule in RULES]
    assert all(row[1] and row[2] for row in table)


async def test_every_metric_is_in_the_table(metrics: dict[str, set[str]]) -> None:
    _, *table = rows(section(read("docs/operations.md"), "Metrics"))
    documented = {f"alfred_mock_{code_in(row[0])[0]}" for row in table}
    assert documented == _families(metrics)
    for row in table:
        name, labels = f"alfred_mock_{code_in(row[0])[0]}", set(code_in(row[1]))
        there = metrics[name if name in metrics else f"{name}_bucket"]
        assert labels - OF_WORKERS == there - OF_PROMETHEUS, name
