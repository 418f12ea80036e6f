"""A company's handle: credentials, seed, reset, faults, clock, what it sets."""

import statistics
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from alfred_mock.testing import AlfredMock, Company, ControlError
from tests.control.faults.serving import served
from tests.support import UNKNOWN_ID

CREATE = "/api/deferred/create"
PING = "/api/tagshelf/ping"
WHO = "/api/tagshelf/who-am-i"
LIMIT_SECONDS = 0.25
CONTRACTS = {"tags": [{"name": "CONTRATO", "data_points": [{"name": "parte", "value": "A"}]}]}


def test_its_credentials_are_its_own(server: AlfredMock, company: Company) -> None:
    login = {
        "grant_type": "password",
        "username": company.user.user_name,
        "password": company.user.password,
    }
    with httpx.Client(base_url=company.url, trust_env=False) as client:
        token = client.post("/token", data=login).json()["access_token"]
        for headers in (company.headers, {"Authorization": f"Bearer {token}"}):
            assert client.get(WHO, headers=headers).json()["company_id"] == company.id
    assert company.headers == {"X-TagshelfAPI-Key": company.api_key}
    assert company.hmac.id
    assert company.hmac.key
    assert company.name in repr(company)
    assert server.company("Mine").name == "Mine"


def test_it_is_made_quickly(server: AlfredMock) -> None:
    server.company()
    durations = []
    for _ in range(20):
        begun = time.perf_counter()
        server.company()
        durations.append(time.perf_counter() - begun)
    assert statistics.median(durations) < LIMIT_SECONDS


def test_a_seed_that_cannot_be_is_refused_by_name(server: AlfredMock) -> None:
    with pytest.raises(ControlError, match="tag") as raised:
        server.company(seed={"tag": []})
    assert raised.value.status == 400


def test_a_reset_goes_back_to_the_seed(server: AlfredMock) -> None:
    session = {
        "id": "5f7e0c86-98ba-4b40-9f0c-46ba5a8d2d11",
        "creation_date": "2022-11-17T00:00:00.000",
        "user_name": "API Key 1",
    }
    company = server.company(seed={**CONTRACTS, "deferred_sessions": [session]})
    with httpx.Client(base_url=company.url, headers=company.headers, trust_env=False) as client:
        later = client.post(CREATE).json()["session_id"]
        company.reset()
        assert client.get(f"/api/deferred/detail/{later}").status_code == 404
        assert client.get(f"/api/deferred/detail/{session['id']}").status_code == 200


def test_a_reset_of_parts_leaves_the_others(company: Company, http: httpx.Client) -> None:
    session_id = http.post(CREATE).json()["session_id"]
    company.fail(PING, status=503)
    company.reset(only=["faults", "journal"])
    assert company.requests() == []
    assert http.get(PING).status_code == 200
    assert http.get(f"/api/deferred/detail/{session_id}").status_code == 200


def test_a_fault_counts_down_and_is_cleared(company: Company, http: httpx.Client) -> None:
    fault = company.fail(CREATE, "POST", status=503, message="Later.", times=3)
    assert fault.remaining == 3
    for _ in range(2):
        answer = http.post(CREATE)
        assert (answer.status_code, answer.json()["message"]) == (503, "Later.")
    assert (fault.remaining, fault.seen, fault.fired) == (1, 2, 2)
    assert http.get(PING).status_code == 200
    fault.clear()
    assert (fault.remaining, fault.seen, fault.fired) == (0, 0, 0)
    assert http.post(CREATE).status_code == 200


def test_a_sequence_of_faults_is_followed(company: Company, http: httpx.Client) -> None:
    company.fail(sequence=[500, None, {"status": 429, "headers": {"Retry-After": "7"}}])
    statuses = [http.get(PING) for _ in range(4)]
    assert [answer.status_code for answer in statuses] == [500, 200, 429, 200]
    assert statuses[2].headers["Retry-After"] == "7"


def test_a_fault_by_header_or_without_end(company: Company, http: httpx.Client) -> None:
    fault = company.fail(header={"X-Batch": "night-*"}, connection="close")
    assert fault.remaining is None
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(PING, headers={"X-Batch": "night-1"})
    assert http.get(PING).status_code == 200


def test_a_fault_has_any_status_and_any_body(company: Company, http: httpx.Client) -> None:
    company.fail(
        PING,
        sequence=[
            307,
            {"status": 502, "content": b"\x89PNG\x00", "content_type": "image/png"},
            {"status": 200, "content": "<h1>Hola</h1>", "content_type": "text/html"},
        ],
    )
    moved, picture, page = (http.get(PING) for _ in range(3))
    assert (moved.status_code, moved.content) == (307, b"")
    assert (picture.content, picture.headers["Content-Type"]) == (b"\x89PNG\x00", "image/png")
    assert (page.status_code, page.text) == (200, "<h1>Hola</h1>")
    company.fail(PING, status=303, headers={"Location": WHO}, times=1)
    assert http.get(PING, follow_redirects=True).json()["company_id"] == company.id
    company.fail(PING, content=b"\xff", status=500)
    assert http.get(PING).content == b"\xff"


def test_handles_say_what_they_are(server: AlfredMock, company: Company) -> None:
    fault = company.fail(CREATE, "POST", header={"X-Batch": "*"}, status=503, times=2)
    shown = f'POST {CREATE} X-Batch: * -> {{"effect": {{"status": 503}}, "times": 2}}'
    assert repr(fault) == f"<Fault {fault.id}: {shown}>"
    assert repr(company.faults()) == repr([fault])
    everything = company.fail("/livez/*", content="x" * 10_000)
    assert "any method /livez/* ->" in repr(everything)
    assert len(repr(everything)) < 400
    assert repr(company.clock) == f"<CompanyClock of company {company.id}>"
    assert repr(server.clock) == "<CompanyClock of all companies>"
    httpx.get(f"{company.url}/livez/x", headers=company.headers, trust_env=False)
    (request,) = company.requests()
    assert repr(request) == f"<Request {request.number}: GET /livez/x 404>"
    with AlfredMock.at(server.url) as other:
        assert repr(other) == f"<AlfredServer at {server.url}>"
    assert repr(other) == f"<AlfredServer at {server.url}, closed>"


def test_an_argument_that_is_none_is_left_out(company: Company, http: httpx.Client) -> None:
    company.fail(PING, status=503, message=None, headers=None, times=None)
    assert http.get(PING).json()["error"] == "Service Unavailable"


def test_a_fault_of_the_server_is_everybodys() -> None:
    with AlfredMock() as server:
        fault = server.fail(PING, status=500, times=2)
        for company in (server.company(), server.company()):
            url = f"{server.url}{PING}"
            answer = httpx.get(url, headers=company.headers, trust_env=False)
            assert answer.status_code == 500
        assert fault.remaining == 0


def test_a_clock_is_the_companys(server: AlfredMock, company: Company) -> None:
    clock, at = company.clock, datetime(2030, 1, 1, tzinfo=UTC)
    assert clock.freeze(at) == clock.now == at
    assert clock.advance(60) == clock.now == at + timedelta(minutes=1)
    assert clock.advance(timedelta(hours=-1)) == at - timedelta(minutes=59)
    assert at - timedelta(minutes=59) <= clock.resume() < at
    assert clock.set("2031-01-01T00:00:00") == datetime(2031, 1, 1, tzinfo=UTC)
    ahead = clock.offset(timedelta(days=1)) - datetime.now(UTC)
    assert timedelta(hours=23) < ahead < timedelta(hours=25)
    assert abs(server.clock.now - datetime.now(UTC)) < timedelta(hours=1)
    assert abs(clock.clear() - datetime.now(UTC)) < timedelta(hours=1)
    assert clock.freeze() == clock.now


def test_a_session_is_set(company: Company, http: httpx.Client) -> None:
    session_id = http.post(CREATE).json()["session_id"]
    closed = company.set_session(session_id, job_id=UNKNOWN_ID)
    assert (closed["status"], closed["job_id"]) == ("closed", UNKNOWN_ID)
    assert company.set_session(session_id, job_id=None)["status"] == "open"
    assert http.get(f"/api/deferred/detail/{session_id}").json()["status"] == "open"


def test_a_job_and_a_file_are_set(company: Company, http: httpx.Client) -> None:
    session = http.post(CREATE).json()
    file = {"file": ("invoice.pdf", b"%PDF-1.4")}
    file_id = http.post("/api/file/uploadfile", data=session, files=file).json()["file_id"]
    job_id = http.post("/api/job/create", json=session).json()["job_id"]
    assert company.set_job(job_id, stage="in_revision")["stage"] == "in_revision"
    assert http.get(f"/api/job/detail/{job_id}").json()["stage"] == "in_revision"
    assert company.set_job(job_id, stage=None)["stage"] == "completed"
    assert company.set_file(file_id, tag=None)["tag_name"] is None


def test_it_is_gone_when_it_was_deleted(company: Company, http: httpx.Client) -> None:
    company.delete()
    company.delete()
    assert http.get(PING).status_code == 401
    with pytest.raises(ControlError, match="no company") as raised:
        company.reset()
    assert raised.value.status == 404


def test_one_session_job_or_file_is_removed(company: Company, http: httpx.Client) -> None:
    session = http.post(CREATE).json()
    upload = {"file": ("a.pdf", b"x", "application/pdf")}
    files = [
        http.post("/api/file/uploadfile", data=session, files=upload).json()["file_id"]
        for _ in range(2)
    ]
    job_id = http.post("/api/job/create", json=session).json()["job_id"]
    company.remove_file(files[0])
    assert http.get(f"/api/file/detail/{files[0]}").status_code == 404
    company.remove_job(job_id)
    assert http.get(f"/api/file/detail/{files[1]}").status_code == 404
    company.remove_session(session["session_id"])
    assert http.get(f"/api/deferred/detail/{session['session_id']}").status_code == 404
    for remove in (company.remove_file, company.remove_job, company.remove_session):
        with pytest.raises(ControlError, match="does not exist") as raised:
            remove(UNKNOWN_ID)
        assert raised.value.status == 404


def test_a_query_is_matched(company: Company, http: httpx.Client) -> None:
    company.fail(PING, query={"page": "[2-9]", "tag": "A&B*"}, status=503)
    for page, status in ((1, 200), (2, 503)):
        asked = http.get(PING, params={"page": page, "tag": "A&B=C"})
        assert asked.status_code == status
    assert [r.status for r in company.requests(query={"page": "*"})] == [200, 503]
    assert [r.status for r in company.requests(query={"tag": "A&B=?", "page": "2"})] == [503]
    assert company.wait_for(2, query="tag=*")
    with pytest.raises(ControlError, match="write '/api/x'"):
        company.fail("http://127.0.0.1/api/x", status=503)


def test_a_company_lives_for_a_time(server: AlfredMock) -> None:
    company = server.company(ttl_s=0.05)
    time.sleep(0.1)
    with pytest.raises(ControlError, match="no company"):
        company.requests()
    company.delete()


def test_where_the_control_api_is_off_the_handle_says_why() -> None:
    settings = Settings(
        _env_file=None, database_url="sqlite:///:memory:", public_url="https://alfred.example.com"
    )
    with served(create_app(settings)) as url:
        elsewhere = AlfredMock.at(url)
        with pytest.raises(ControlError, match=r"is off.*ALFRED_MOCK_ADMIN_TOKEN") as raised:
            elsewhere.company()
    assert raised.value.status == 404
