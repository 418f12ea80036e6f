"""`alfred-mock example`, and the seeds that it prints."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner, Result

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.cli import EXIT_REFUSED, main
from alfred_mock.cli_example import about, example_files
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.document import read_seed
from alfred_mock.testing import AlfredMock
from tests.auth.vectors import amx

FILES = example_files()
SECONDS = 60


def _printed(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["example", *arguments])


def _client(server: AlfredMock, key: str) -> httpx.Client:
    return httpx.Client(
        base_url=server.url, headers={"X-TagshelfAPI-Key": key}, trust_env=False, timeout=SECONDS
    )


def test_without_a_name_each_is_listed_with_a_line() -> None:
    lines = _printed().stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(FILES)
    assert all(
        about(path) and line.endswith(about(path))
        for line, path in zip(lines, FILES.values(), strict=True)
    )


@pytest.mark.parametrize("name", FILES)
def test_what_is_printed_is_a_seed(name: str, tmp_path: Path) -> None:
    printed = _printed(name)
    assert printed.exit_code == 0
    (tmp_path / "seed.yaml").write_text(printed.stdout, "utf-8")
    assert read_seed(tmp_path / "seed.yaml").companies
    assert f"alfred-mock example {name} > seed.yaml" in printed.stdout


@pytest.mark.parametrize("name", FILES)
def test_a_server_starts_with_it(name: str) -> None:
    with AlfredMock(seed=FILES[name]) as server:
        for company in read_seed(FILES[name]).companies:
            for each in company.api_keys:
                with _client(server, each.key) as client:
                    assert client.get("/api/tagshelf/ping").status_code == 200


def test_a_name_that_is_none_is_refused_with_the_nearest() -> None:
    done = _printed("document")
    assert (done.exit_code, done.stdout) == (EXIT_REFUSED, "")
    assert done.stderr == (
        "alfred-mock: there is no example 'document'; the nearest is documented\n"
    )


def test_names_are_completed() -> None:
    environment = {
        "_ALFRED_MOCK_COMPLETE": "bash_complete",
        "COMP_WORDS": "alfred-mock example two",
        "COMP_CWORD": "2",
    }
    done = CliRunner().invoke(main, [], env=environment, prog_name="alfred-mock")
    assert done.stdout == "plain,two-companies\n"


def test_the_failing_pipeline_fails_after_a_while() -> None:
    ends = {"corrupt.pdf": "failed", "a.exe": "invalid", "busy.pdf": "completed"}
    with (
        AlfredMock(seed=FILES["failing-pipeline"]) as server,
        _client(server, "failing-pipeline-key") as client,
    ):
        server.clock.freeze()
        jobs = {}
        for name in ends:
            session = client.post("/api/deferred/create").json()
            client.post("/api/file/uploadfile", data=session, files={"file": (name, b"%PDF")})
            jobs[name] = client.post("/api/job/create", json=session).json()["job_id"]
        stages = {
            name: client.get(f"/api/job/detail/{job}").json()["stage"] for name, job in jobs.items()
        }
        assert set(stages.values()) == {"queued"}
        server.clock.advance(60)
        stages = {
            name: client.get(f"/api/job/detail/{job}").json()["stage"] for name, job in jobs.items()
        }
        assert stages == ends


def test_the_failing_pipeline_has_each_way_to_end() -> None:
    (company,) = read_seed(FILES["failing-pipeline"]).companies
    assert {rule.outcome for rule in company.rules} >= {*Outcome} - {Outcome.COMPLETED}


def _logins(server: AlfredMock, company: CompanySeed) -> list[Callable[[str], dict[str, str]]]:
    """The headers of a GET, by each of the three ways."""
    (key,), (user,), (pair,) = company.api_keys, company.users, company.hmac
    form = {"grant_type": "password", "username": user.user_name, "password": user.password}
    token = httpx.post(f"{server.url}/token", data=form, trust_env=False, timeout=SECONDS).json()[
        "access_token"
    ]

    def signed(path: str) -> dict[str, str]:
        nonce, now = str(uuid.uuid4()), int(time.time())
        url = server.url + path
        return {"Authorization": amx(pair.id, pair.key, "GET", url, nonce=nonce, timestamp=now)}

    return [
        lambda _: {"X-TagshelfAPI-Key": key.key},
        lambda _: {"Authorization": f"Bearer {token}"},
        signed,
    ]


def test_the_two_companies_log_in_in_all_three_ways_and_see_their_own_only() -> None:
    document = read_seed(FILES["two-companies"])
    with AlfredMock(seed=FILES["two-companies"]) as server:
        for company in document.companies:
            for login in _logins(server, company):
                for owner in document.companies:
                    (session,) = owner.deferred_sessions
                    path = f"/api/deferred/detail/{session.id}"
                    answer = httpx.get(
                        server.url + path, headers=login(path), trust_env=False, timeout=SECONDS
                    )
                    assert answer.status_code == (200 if owner is company else 404)


def test_the_unreliable_webhook_loses_and_repeats_events() -> None:
    (seed,) = yaml.safe_load(FILES["unreliable-webhook"].read_text("utf-8"))["companies"]
    del seed["id"], seed["name"], seed["api_keys"], seed["events"]["webhook"]
    with AlfredMock() as server:
        company = server.company(seed=seed)
        hook = company.webhook()
        with _client(server, company.api_key) as client:
            client.post("/api/file/upload", json={"urls": ["https://example.com/factura.pdf"]})
        hook.wait_for("job_finished", timeout=60)
        hook.wait_for_attempts(len(hook.received) + 3, timeout=60)
        told = [attempt.name for attempt in hook.attempts]
        assert told.count("job_finished") == 3
        assert told.count("file_done") == 2
        assert "job_start" not in told
        assert told.index("file_update") > told.index("file_move")
