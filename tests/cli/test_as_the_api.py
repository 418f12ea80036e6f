"""Each command does what the call of the control API does, and prints its body with --json."""

import json
from pathlib import Path

import httpx
import pytest
import yaml

from alfred_mock.cli.statuses import NOT_MET, REFUSED
from alfred_mock.testing import AlfredMock, Company
from tests.cli.running import Shell

SESSION = "0f767925-b464-4ffa-b621-1a0aeacad257"
DATE = "2022-11-17T00:00:00.000"


def _post(company: Company, path: str, **json_body: object) -> httpx.Response:
    return httpx.post(
        f"{company.url}{path}", headers=company.headers, json=json_body, trust_env=False
    )


def _job(company: Company) -> tuple[str, str]:
    """The ids of a new job and of its file."""
    with httpx.Client(base_url=company.url, headers=company.headers, trust_env=False) as client:
        session = client.post("/api/deferred/create").json()
        file = client.post("/api/file/uploadfile", data=session, files={"file": ("a.pdf", b"a")})
        job = client.post("/api/job/create", json=session).json()
    return job["job_id"], file.json()["file_id"]


@pytest.mark.parametrize(
    ("arguments", "path", "query"),
    [
        (["company", "list"], ["companies"], {}),
        (["faults"], ["faults"], {"company": ...}),
        (["requests"], ["requests"], {"company": ...}),
        (["requests", "--status", "4xx"], ["requests"], {"company": ..., "status": "4xx"}),
        (["requests", "--path", "/api/*", "--method", "post"], ["requests"],
         {"company": ..., "path": "/api/*", "method": "post"}),
        (["requests", "--anonymous"], ["requests"], {"anonymous": "true"}),
        (["requests", "--outgoing"], ["requests"], {"outgoing": "true"}),
        (["requests", "--limit", "1"], ["requests"], {"company": ..., "limit": 1}),
        (["requests", "--since", "2"], ["requests"], {"company": ..., "since": 2}),
        (["requests", "count"], ["requests", "count"], {"company": ...}),
        (["requests", "har"], ["requests", "har"], {"company": ...}),
        (["events"], ["events"], {"company": ...}),
        (["events", "--name", "job_finished"], ["events"],
         {"company": ..., "name": "job_finished"}),
        (["wait", "request", "/nowhere"], ["requests", "wait"],
         {"company": ..., "path": "/nowhere"}),
        (["wait", "event", "job_finished"], ["events", "wait"],
         {"company": ..., "name": "job_finished"}),
        (["seed", "show"], ["seed"], {"company": ...}),
        (["seed", "show", "--no-content", "--no-secrets"], ["seed"],
         {"company": ..., "content": "false", "secrets": "false"}),
        (["webhook", "show"], ["webhook"], {"company": ...}),
        (["webhook", "faults"], ["webhook", "faults"], {"company": ...}),
        (["deliveries"], ["deliveries"], {"company": ...}),
        (["deliveries", "--state", "failed"], ["deliveries"],
         {"company": ..., "state": "failed"}),
        (["connections"], ["connections"], {"company": ...}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_what_is_read_is_the_apis_own_body(
    shell: Shell,
    company: Company,
    arguments: list[str],
    path: list[str],
    query: dict[str, object],
) -> None:
    company.events.all()
    company.fail("/api/tag/*", status=503, times=2)
    _post(company, "/nowhere")
    _job(company)
    asked = {name: company.id if value is ... else value for name, value in query.items()}
    of_company = ["--company", company.id] if "company" in query else []
    assert shell.json(*arguments, *of_company) == shell.get(*path, **asked)
    # A person is shown something, too.
    assert shell.out(*arguments, *of_company).strip()


def test_a_company_is_made_used_and_removed(shell: Shell, tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text(f"deferred_sessions: [{{id: {SESSION}, creation_date: {DATE}, user_name: Me}}]")
    made = shell.json("company", "create", "Mine", "--seed", str(seed), "--ttl", "2h")
    (shown,) = [each for each in shell.get("companies")["companies"] if each["id"] == made["id"]]
    assert (shown["name"], shown["expires"] is not None) == ("Mine", True)
    assert set(made) == {"id", "name", "api_key", "hmac", "user", "admin_token"}
    (listed,) = shell.json("session", "list", "--company", made["api_key"])["companies"]
    assert [session["id"] for session in listed["deferred_sessions"]] == [SESSION]
    assert shell.out("company", "remove", made["id"]) == f"removed {made['id']}\n"
    assert made["id"] not in shell.out("company", "list")


def test_credentials_are_shown_to_people_once(shell: Shell) -> None:
    shown = dict(line.split("  ", 1) for line in shell.out("company", "create").splitlines())
    key = shown["API key"].strip()
    assert shell.run("requests", "--company", key).exit_code == 0
    assert key not in shell.out("company", "list")
    shell.out("company", "remove", shown["id"].strip())


def test_a_fault_has_all_that_it_can_have(shell: Shell, company: Company, tmp_path: Path) -> None:
    content = tmp_path / "body"
    content.write_bytes(b"\xff")
    made = shell.json(
        *("fail", "/api/file/*", "--company", company.id, "--method", "GET"),
        *("--header", "X-A=1*", "--query", "a=*", "--status", "503", "--answer-header", "X-B=2"),
        *("--content-file", str(content), "--content-type", "a/b", "--delay-ms", "1-2"),
        *("--drip-ms", "1", "--after", "--times", "2", "--percentage", "50", "--seed", "s"),
    )
    assert made == {
        "id": made["id"],
        "company": company.id,
        "match": {
            "method": "GET", "path": "/api/file/*", "query": {"a": "*"}, "header": {"X-A": "1*"}
        },
        "effect": {
            "status": 503,
            "content_base64": "/w==",
            "content_type": "a/b",
            "headers": {"X-B": "2"},
            "delay_ms": {"min": 1.0, "max": 2.0},
            "drip_ms": 1.0,
            "after": True,
        },
        "times": 2,
        "percentage": 50.0,
        "seed": "s",
        "remaining": 2,
        "seen": 0,
        "fired": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "effect"),
    [
        (["--connection", "reset"], {"connection": "reset"}),
        (["--body", "truncated"], {"body": "truncated"}),
        (["--status", "400", "--message", "No."], {"status": 400, "message": "No."}),
        (["--delay-ms", "5"], {"delay_ms": 5.0}),
        (
            ["--delay-ms", '{"median": 5, "sigma": 0.5}'],
            {"delay_ms": {"median": 5.0, "sigma": 0.5}},
        ),
        (["--content", "{}"], {"content": "{}"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_effect_is_an_option(
    shell: Shell, company: Company, options: list[str], effect: dict[str, object]
) -> None:
    made = shell.json("fail", "*", "--company", company.id, "--every", "2", *options)
    assert (made["effect"], made["every"]) == (effect, 2)


@pytest.mark.parametrize(
    "written", ["503,none,reset", '[503, null, {"connection": "reset"}]', "503, none, reset"]
)
def test_a_sequence_is_short_or_json(shell: Shell, company: Company, written: str) -> None:
    made = shell.json("fail", "/api/*", "--company", company.id, "--sequence", written)
    assert made["sequence"] == [{"status": 503}, None, {"connection": "reset"}]


def test_requests_fail_as_often_as_they_are_told_to(shell: Shell, company: Company) -> None:
    shell.out("fail", "/api/deferred/*", "--status", "503", "--times", "2", "--company", company.id)
    statuses = [_post(company, "/api/deferred/create").status_code for _ in range(3)]
    assert statuses == [503, 503, 200]
    heading, row = shell.table("faults", "--company", company.id)
    assert heading == ["ID", "COMPANY", "REQUESTS", "EFFECT", "SEEN", "FIRED", "LEFT"]
    assert row[1:] == [company.id, "any /api/deferred/*", "status 503, times 2", "2", "2", "0"]


def test_faults_are_cleared_one_by_one_or_all(shell: Shell, company: Company) -> None:
    faults = [company.fail("/a", status=500) for _ in range(3)]
    assert shell.json("faults", "clear", faults[0].id) == {"cleared": 1}
    assert shell.out("faults", "clear", "--company", company.id) == "cleared 2\n"
    assert company.faults() == []


def test_a_reset_is_of_parts_or_of_all(shell: Shell, company: Company) -> None:
    company.fail("/a", status=500)
    _post(company, "/api/deferred/create")
    done = shell.json("reset", "--company", company.id, "--only", "journal", "--only", "state")
    assert (done, company.requests(), len(company.faults())) == ({}, [], 1)
    shell.out("reset", "--company", company.id)
    assert company.faults() == []


@pytest.mark.parametrize("name", ["seed.yaml", "seed.json", "seed.toml"])
def test_a_seed_is_loaded_from_a_file(
    shell: Shell, company: Company, name: str, tmp_path: Path
) -> None:
    tags = (
        '[[tags]]\nname = "FACTURA"\n'
        if name.endswith("toml")
        else '{"tags": [{"name": "FACTURA"}]}'
    )
    (tmp_path / name).write_text(tags)
    loaded = shell.json("seed", "load", str(tmp_path / name), "--company", company.id)
    assert loaded["companies"][0]["tags"][0]["name"] == "FACTURA"
    shown = yaml.safe_load(shell.out("seed", "show", "--company", company.id))
    assert shown == shell.get("seed", company=company.id)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tags: [", "line 1"),
        ("- a", "no object"),
        ("1: 2", "must be text"),
        ("tag: []", "no such key"),
    ],
)
def test_a_seed_that_is_none_is_refused(
    shell: Shell, company: Company, text: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "seed.yaml").write_text(text)
    done = shell.run("seed", "load", str(tmp_path / "seed.yaml"), "--company", company.id)
    assert (done.exit_code, len(done.stderr.splitlines())) == (REFUSED, 1)
    assert reason in done.stderr


def test_the_clock_is_frozen_set_and_moved(shell: Shell, company: Company) -> None:
    mine = ("--company", company.id)
    assert shell.json("clock", "freeze", DATE, *mine)["now"] == DATE
    assert shell.json("clock", "advance", "2h", *mine)["now"] == "2022-11-17T02:00:00.000"
    assert shell.json("clock", "advance", "-30m", *mine)["now"] == "2022-11-17T01:30:00.000"
    shown, told = shell.json("clock", "show", *mine), shell.get("clock", company=company.id)
    assert (shown["now"], shown["frozen"], set(shown)) == (told["now"], True, set(told))
    assert "frozen" in shell.out("clock", "show", *mine)
    assert shell.json("clock", "resume", *mine)["frozen"] is False
    assert shell.json("clock", "set", "2030-01-01T00:00:00Z", *mine)["now"] >= "2030-01-01"
    assert round(shell.json("clock", "offset", "90", *mine)["offset_s"]) == 90
    assert "ahead of the real time" in shell.out("clock", "show", *mine)
    assert shell.json("clock", "reset", *mine)["offset_s"] == 0
    assert shell.out("clock", "show", *mine).endswith("going with the real time\n")


def test_a_session_is_made_and_changed(shell: Shell, company: Company) -> None:
    made = shell.json("session", "create", company.id, "--creation-date", DATE)
    assert (made["status"], made["creation_date"]) == ("open", DATE)
    closed = shell.json("session", "set", made["id"], "--job-id", SESSION)
    assert (closed["status"], closed["job_id"]) == ("closed", SESSION)
    assert shell.json("session", "show", made["id"]) == closed
    assert shell.json("session", "set", made["id"], "--job-id", "none")["status"] == "open"
    assert shell.out("session", "show", made["id"]).startswith("id ")
    shell.out("session", "remove", made["id"])
    assert shell.run("session", "show", made["id"]).exit_code == NOT_MET


def test_a_job_is_advanced_and_held(shell: Shell, company: Company) -> None:
    job, file = _job(company)
    assert shell.json("job", "set", job, "--stage", "in_revision")["stage"] == "in_revision"
    before = shell.json("job", "show", job)
    assert before["stage"] == "in_revision"
    shell.out("job", "set", job, "--stage", "none", "--progression", "manual")
    first = shell.json("job", "show", job)["stage"]
    assert shell.json("job", "show", job)["stage"] == first
    assert shell.json("job", "advance", job, "2")["stage"] != first
    assert file in shell.out("job", "show", job)
    (listed,) = shell.json("job", "list", "--company", company.id)["companies"]
    assert [each["id"] for each in listed["jobs"]] == [job]
    assert job in shell.out("job", "list", "--company", company.id)
    shell.out("job", "remove", job)
    assert shell.run("job", "show", job).exit_code == NOT_MET


def test_a_file_is_changed(shell: Shell, company: Company, tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text(
        json.dumps({"tags": [{"name": "FACTURA", "data_points": [{"name": "monto"}]}]})
    )
    shell.out("seed", "load", str(tmp_path / "seed.json"), "--company", company.id)
    _, file = _job(company)
    shown = shell.json("file", "set", file, "--tag", "FACTURA", "--value", "monto=12.50")
    assert shown["tag_name"] == "FACTURA"
    assert shell.json("file", "show", file) == shown
    (exported,) = shell.json("file", "list", "--company", company.id)["companies"][0]["files"]
    assert exported["values"] == {"monto": "12.50"}
    assert file in shell.out("file", "list", "--company", company.id)
    assert shell.json("file", "set", file, "--tag", "none")["tag_name"] != "FACTURA"
    shell.out("file", "remove", file)
    assert shell.run("file", "show", file).exit_code == NOT_MET


def test_an_event_is_told_with_members_of_any_type(shell: Shell, company: Company) -> None:
    _, file = _job(company)
    told = shell.json(
        *("emit", "file_property_create", "--file", file),
        *("--field", "name=Kind", "--field", "value=a report"),
    )
    (event,) = told["events"]
    assert (event["fields"]["name"], event["fields"]["value"]) == ("Kind", "a report")
    assert "file_property_create" in shell.out("events", "--company", company.id)
    done = shell.run("emit", "file_proprety_create", "--file", file)
    assert (done.exit_code, "file_property_create" in done.stderr) == (REFUSED, True)


def test_a_webhook_is_set_made_to_fail_and_removed(shell: Shell, company: Company) -> None:
    shell.out("webhook", "set", company.id, "http://127.0.0.1:9/")
    assert "http://127.0.0.1:9/" in shell.out("webhook", "show", "--company", company.id)
    fault = shell.json("webhook", "fail", company.id, "--event", "job_*", "--lost", "--times", "1")
    assert (fault["event"], fault["lost"], fault["times"]) == ("job_*", True, 1)
    assert "lost" in shell.out("webhook", "faults", "--company", company.id)
    assert shell.json("webhook", "clear", fault["id"]) == {"removed": 1}
    assert shell.json("webhook", "clear", "--company", company.id) == {"removed": 0}
    assert shell.out("webhook", "remove", "--company", company.id) == "removed 1\n"


def test_an_event_is_delivered_once_more(shell: Shell, company: Company) -> None:
    with company.webhook() as receiver:
        _, file = _job(company)
        shell.out("emit", "file_property_create", "--file", file)
        (event,) = receiver.wait_for("file_property_create")
        before = len(receiver.attempts)
        assert shell.json("redeliver", event.id)["event"] == event.id
        assert receiver.wait_for_attempts(before + 1)[-1].id == event.id
    assert event.id in shell.out("deliveries", "--company", company.id, "--event", event.id)


def test_credentials_and_tokens_are_taken_away(shell: Shell, company: Company) -> None:
    user = company.user
    login = {"grant_type": "password", "username": user.user_name, "password": user.password}
    httpx.post(f"{company.url}/token", data=login, trust_env=False).raise_for_status()
    assert shell.json("credential", "expire-tokens", "--company", company.id) == {"expired": 1}
    assert shell.out("credential", "expire-tokens", "--user-name", user.user_name) == "expired 0\n"
    removed = shell.json("credential", "remove", "--api-key", company.api_key)
    assert removed == {"company": company.id}
    assert _post(company, "/api/deferred/create").status_code == 401


def test_connections_are_dropped(shell: Shell, company: Company) -> None:
    assert shell.json("connections", "drop", "--company", company.id) == {"dropped": 0}
    assert shell.run("connections", "drop", "no-such-id").exit_code == NOT_MET


def test_one_request_is_shown_in_full(shell: Shell, company: Company) -> None:
    _post(company, "/nowhere", a="b")
    (entry,) = shell.json("requests", "--company", company.id)["requests"]
    assert shell.json("requests", "show", str(entry["number"])) == entry
    shown = shell.out("requests", "show", str(entry["number"]))
    assert '  {"a":"b"}' in shown
    assert "no such route; the nearest is" in shown
    assert shell.run("requests", "show", "999999").exit_code == NOT_MET
    shell.out("requests", "clear", "--company", company.id)
    assert shell.out("requests", "--company", company.id) == "none\n"


def test_waiting_in_vain_is_a_1_with_what_came(shell: Shell, company: Company) -> None:
    _post(company, "/nowhere")
    waiting = ("wait", "request", "/nowhere", "--count", "2", "--timeout", "0.05")
    done = shell.run(*waiting, "--company", company.id)
    assert (done.exit_code, "/nowhere" in done.stdout) == (NOT_MET, True)
    assert done.stderr == "alfred-mock: 1 of 2 requests came within 0.05 s.\n"
    as_json = json.loads(shell.run(*waiting, "--company", company.id, "--json").stdout)
    assert (as_json["error"], as_json["total"]) == ("Request Timeout", 1)
    nothing = shell.run("wait", "event", "--company", company.id, "--timeout", "0")
    assert (nothing.exit_code, nothing.stdout) == (NOT_MET, "")


def test_the_console_is_printed_for_those_without_a_browser(
    shell: Shell, server: AlfredMock
) -> None:
    assert shell.out("open", "--print") == f"{server.url}/__admin/\n"


def test_a_browser_is_opened(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >{tmp_path}/opened\n')
    browser.chmod(0o755)
    import webbrowser

    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})
    done = shell.run("open", BROWSER=str(browser))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "opened").read_text().strip() == f"{shell.server.url}/__admin/"
