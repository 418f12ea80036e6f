"""What each state brings about, and what its setup answers."""

import base64
import hashlib
import time
import uuid
from typing import Any

import httpx
import pytest

from tests.auth.vectors import amx
from tests.control.pact.verifying import (
    DETAIL,
    SESSION_ID,
    STATES,
    companies,
    get,
    refused,
    set_up,
    tear_down,
)
from tests.support import COMPANY, ORIGIN, UNKNOWN_ID

pytestmark = pytest.mark.anyio

DATE = "2022-11-17T00:00:00.000"
OF_COMPANY = {"company_id", "api_key", "hmac_id", "hmac_key", "user_name", "password"}
WHO = "/api/tagshelf/who-am-i"


async def test_every_state_answers_what_the_catalogue_says(client: httpx.AsyncClient) -> None:
    shown = (await client.get(STATES)).json()
    assert set(shown["company_returns"]) == OF_COMPANY
    assert len(shown["states"]) == 17
    for state in shown["states"]:
        params = {"date": DATE} if "date" in state["params"] else {}
        values = await set_up(client, state["state"], scope=state["state"], **params)
        # Only a closed session has a job, and only a finished file has a tag.
        optional = {"job_id"} if "creation_date" in values else set()
        optional |= {"tag_id"} if "md5_hash" in values else set()
        assert set(values) - OF_COMPANY == set(state["returns"]) - OF_COMPANY - optional, state


async def test_the_credentials_of_the_company_are_good(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "a company", name="Mine", progression="manual")
    assert (await get(client, WHO, values)).json()["company_name"] == "Mine"
    login = {"username": values["user_name"], "password": values["password"]}
    granted = await client.post("/token", data={"grant_type": "password", **login})
    signed = amx(
        values["hmac_id"],
        values["hmac_key"],
        "GET",
        ORIGIN + WHO,
        nonce="one",
        timestamp=int(time.time()),
    )
    for authorization in (f"Bearer {granted.json()['access_token']}", signed):
        answer = await client.get(WHO, headers={"Authorization": authorization})
        assert answer.json()["company_id"] == values["company_id"]


async def test_a_company_is_always_a_new_one(client: httpx.AsyncClient) -> None:
    first = await set_up(client, "a company")
    second = await set_up(client, "a company", seed={"tags": [{"name": "CONTRATO"}]})
    assert set(await companies(client)) == {COMPANY, second["company_id"]}
    assert (await get(client, WHO, first)).status_code == 401
    tags = (await get(client, "/api/tag/all", second)).json()
    assert "CONTRATO" in str(tags)


async def test_no_credentials_are_good_where_there_are_none(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "no valid credentials")
    assert (await get(client, WHO, values)).status_code == 401
    pair = values["hmac_id"], values["hmac_key"]
    for authorization in (
        f"Bearer {values['access_token']}",
        amx(*pair, "GET", ORIGIN + WHO, nonce="one", timestamp=int(time.time())),
    ):
        answer = await client.get(WHO, headers={"Authorization": authorization})
        assert answer.status_code == 401
    login = {"username": values["user_name"], "password": values["password"]}
    answer = await client.post("/token", data={"grant_type": "password", **login})
    assert answer.status_code == 400


async def test_a_token_expires_and_another_one_is_good(client: httpx.AsyncClient) -> None:
    for state, status in (("an expired access token", 401), ("a logged-in user", 200)):
        values = await set_up(client, state)
        bearer = {"Authorization": f"Bearer {values['access_token']}"}
        assert (await client.get(WHO, headers=bearer)).status_code == status


async def test_a_user_has_the_name_and_password_of_the_contract(client: httpx.AsyncClient) -> None:
    given = {"user_name": "Ana", "password": "ana's password"}
    values = await set_up(client, "a logged-in user", **given)
    assert {name: values[name] for name in given} == given
    bearer = {"Authorization": f"Bearer {values['access_token']}"}
    assert (await client.get(WHO, headers=bearer)).json()["user_name"] == "Ana"
    assert await refused(client, "the user Ana is logged in", scope="two") == (
        409,
        "The user name or API key is one of another company.",
    )


async def test_a_session_is_as_it_is_asked_for_time_and_again(client: httpx.AsyncClient) -> None:
    given = {"id": SESSION_ID.upper(), "creation_date": DATE, "user_name": "Ana", "files": "2"}
    values = await set_up(client, "a deferred session exists", **given)
    assert (values["session_id"], values["creation_date"]) == (SESSION_ID, DATE)
    detail = (await get(client, f"{DETAIL}/{SESSION_ID}", values)).json()
    assert (detail["status"], detail["user_name"]) == ("open", "Ana")
    assert detail["creation_date"] == DATE
    closed = await set_up(client, "a deferred session exists", id=SESSION_ID, status="closed")
    detail = (await get(client, f"{DETAIL}/{SESSION_ID}", values)).json()
    assert (detail["status"], detail["job_id"]) == ("closed", closed["job_id"])
    await set_up(client, f"Deferred session {SESSION_ID} exists.")
    detail = (await get(client, f"{DETAIL}/{SESSION_ID}", values)).json()
    assert (detail["status"], detail["job_id"], detail["creation_date"]) == ("open", None, DATE)


async def test_a_session_of_another_scope_is_in_the_way(client: httpx.AsyncClient) -> None:
    sentence = f"a deferred session with ID {SESSION_ID} exists"
    await set_up(client, sentence, scope="one")
    said = f"Deferred Session with ID {SESSION_ID} belongs to another company."
    assert await refused(client, sentence, scope="two") == (409, said)
    await tear_down(client, "one")
    await set_up(client, sentence, scope="two")


async def test_a_session_goes_and_others_stay(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "a deferred session exists", id=SESSION_ID)
    gone = f"the deferred session with ID {SESSION_ID} does not exist"
    assert (await set_up(client, gone, scope="two"))["session_id"] == SESSION_ID
    path = f"{DETAIL}/{SESSION_ID}"
    assert (await get(client, path, values)).status_code == 200
    await set_up(client, gone)
    assert (await get(client, path, values)).status_code == 404


async def test_a_foreign_session_is_not_the_callers(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "a deferred session of another company exists")
    assert (await get(client, f"{DETAIL}/{values['session_id']}", values)).status_code == 404
    assert len(await companies(client)) == 3
    await tear_down(client)
    assert await companies(client) == [COMPANY]


async def test_a_file_has_its_content_tag_and_values(client: httpx.AsyncClient) -> None:
    given = {"content": "año", "content_type": "text/plain", "file_name": "a.txt"}
    values = await set_up(client, "a file exists", **given, tag="CONTRATO", values={"parte": "Ana"})
    digest = hashlib.md5("año".encode(), usedforsecurity=False).digest()
    assert values["md5_hash"] == base64.b64encode(digest).decode()
    detail = (await get(client, f"/api/file/detail/{values['file_id']}", values)).json()
    assert (detail["tag_id"], detail["tag_name"]) == (values["tag_id"], "CONTRATO")
    assert (detail["status"], detail["file_name"]) == ("finished", "a.txt")
    found = (await get(client, f"/api/values/file/{values['file_id']}", values)).json()
    assert [(value["metadata_name"], value["value"]) for value in found] == [("parte", "Ana")]
    content = await get(client, f"/api/file/download/{values['file_id']}", values)
    assert (content.text, content.headers["Content-Type"]) == ("año", "text/plain")


async def test_a_file_may_be_put_into_a_session_that_is_open(client: httpx.AsyncClient) -> None:
    await set_up(client, "a deferred session exists", id=SESSION_ID)
    values = await set_up(client, "a file named b.pdf exists", session_id=SESSION_ID)
    detail = (await get(client, f"/api/file/detail/{values['file_id']}", values)).json()
    assert (detail["file_name"], detail["status"]) == ("b.pdf", "uploaded")
    await set_up(client, "a deferred session exists", id=SESSION_ID, status="closed")
    said = f"Deferred Session with ID {SESSION_ID} is closed."
    assert await refused(client, "a file exists", session_id=SESSION_ID) == (409, said)


@pytest.mark.parametrize(("kind", "name"), [("file", "file_name"), ("job", "metadata")])
async def test_what_a_setup_has_made_is_replaced(
    client: httpx.AsyncClient, kind: str, name: str
) -> None:
    sentence = f"a {kind} with ID {UNKNOWN_ID} exists"
    path = f"/api/{kind}/detail/{UNKNOWN_ID}"
    for value in ("one", "two"):
        values = await set_up(client, sentence, **{name: value})
        assert value in str((await get(client, path, values)).json()[name])
    status, said = await refused(client, sentence, scope="two")
    assert (status, said.endswith("belongs to another company.")) == (409, True)
    await set_up(client, f"{kind} {UNKNOWN_ID} does not exist")
    assert (await get(client, path, values)).status_code == 404


async def test_a_job_is_where_it_should_be(client: httpx.AsyncClient) -> None:
    given: dict[str, Any] = {"stage": "in_revision", "files": 2, "metadata": {"order": 7}}
    values = await set_up(client, "a job exists", **given)
    detail = (await get(client, f"/api/job/detail/{values['job_id']}", values)).json()
    assert (detail["stage"], len(detail["files"])) == ("in_revision", 2)
    assert '"order"' in detail["metadata"]
    assert detail["deferred_session_id"] == values["session_id"]
    session = (await get(client, f"{DETAIL}/{values['session_id']}", values)).json()
    assert (session["status"], session["job_id"]) == ("closed", values["job_id"])


async def test_a_job_ends_as_it_should(client: httpx.AsyncClient) -> None:
    for outcome, stage in (("completed", "completed"), ("failed", "failed")):
        values = await set_up(client, "a job exists", outcome=outcome)
        detail = (await get(client, f"/api/job/detail/{values['job_id']}", values)).json()
        assert detail["stage"] == stage
    values = await set_up(client, "a job exists", files=0)
    assert "file_id" not in values


async def test_values_are_the_contracts_or_the_tags_own(client: httpx.AsyncClient) -> None:
    own: dict[str, Any] = {"values": {"monto": "12.50"}}
    for given, expected in ({}, "390.00"), (own, "12.50"):
        values = await set_up(client, "values were extracted from factura.pdf", **given)
        found = (await get(client, f"/api/values/file/{values['file_id']}", values)).json()
        assert expected in [value["value"] for value in found]
        detail = (await get(client, f"/api/file/detail/{values['file_id']}", values)).json()
        assert detail["tag_id"] == values["tag_id"]
        job = (await get(client, f"/api/job/detail/{values['job_id']}", values)).json()
        assert (job["stage"], job["files"][0]["file_name"]) == ("completed", "factura.pdf")


async def test_a_tag_keeps_the_values_that_nobody_names(client: httpx.AsyncClient) -> None:
    await set_up(client, "a tag exists", data_points={"monto": "1.00"})
    values = await set_up(client, "a tag named FACTURA exists", data_points='["monto", "parte"]')
    seed = (await client.get("/__admin/seed", params={"company": values["company_id"]})).json()
    (tag,) = seed["companies"][0]["tags"]
    points = {point["name"]: point.get("value", "") for point in tag["data_points"]}
    assert (points["monto"], points["parte"], points["rnc"]) == ("1.00", "", "1923829")
    assert tag["id"] == values["tag_id"]


async def test_requests_of_the_company_fail_and_no_others(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "the rate limit is exhausted", path="/api/tagshelf/*", times=1)
    other = await set_up(client, "a company", scope="two")
    assert (await get(client, WHO, other)).status_code == 200
    answers = [await get(client, WHO, values) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [429, 200]
    assert answers[0].headers["Retry-After"]
    await set_up(client, "requests fail with status 418", method="post")
    create = "/api/deferred/create"
    headers = {"X-TagshelfAPI-Key": values["api_key"]}
    assert (await client.post(create, headers=headers)).status_code == 418


async def test_time_stands_still_for_the_company(client: httpx.AsyncClient) -> None:
    values = await set_up(client, f"it is {DATE}")
    other = await set_up(client, "a company", scope="two")
    create = "/api/deferred/create"
    dates = []
    for caller in (values, other):
        headers = {"X-TagshelfAPI-Key": caller["api_key"]}
        made = (await client.post(create, headers=headers)).json()["session_id"]
        detail = (await get(client, f"{DETAIL}/{made}", caller)).json()
        dates.append(detail["creation_date"])
    assert (dates[0], values["now"]) == (DATE, DATE)
    assert dates[1] > DATE


@pytest.mark.parametrize(
    ("state", "params", "said"),
    [
        (
            "a job exists",
            {"stagee": "x"},
            "Parameter 'stagee' is not known; the nearest is 'stage'.",
        ),
        ("a job exists", {"files": "two"}, "Parameter 'files' must be a valid integer"),
        ("a job exists", {"id": "7"}, "Parameter 'id' must be a UUID."),
        ("no valid credentials", {"x": 1}, "Parameter 'x' is not known: this state has none."),
        (f"a job with ID {UNKNOWN_ID} exists", {"id": SESSION_ID}, "Parameter 'id' is not what"),
        (
            "a deferred session exists",
            {"status": "open", "job_id": UNKNOWN_ID},
            "Parameter 'job_id'",
        ),
        ("a deferred session exists", {"status": "closed", "files": 1}, "Parameter 'files' is for"),
        ("it is {date}", {}, "Parameter 'date' is required, once."),
        ("it is 1969-12-31", {}, "Parameter 'date' must be from 1970 to 8999."),
        ("requests fail", {"path": "http://a/b"}, "Parameter 'path' is a URL"),
        (
            "requests fail",
            {"status": 99},
            "Parameter 'status' must be greater than or equal to 200.",
        ),
        ("a company", {"seed": {"id": UNKNOWN_ID}}, "Field 'seed.id' is not taken"),
        (
            "a company",
            {"seed": {"tags": [{"name": 1}]}},
            "seed: companies[0].tags[0].name: must be",
        ),
    ],
)
async def test_what_is_wrong_is_named(
    client: httpx.AsyncClient, state: str, params: dict[str, Any], said: str
) -> None:
    status, message = await refused(client, state, **params)
    assert (status, message[: len(said)]) == (400, said)


async def test_an_unused_id_is_unused(client: httpx.AsyncClient) -> None:
    for state, name in (("no file exists", "file_id"), ("no job exists", "job_id")):
        values = await set_up(client, state)
        assert uuid.UUID(values[name])
        path = f"/api/{name.removesuffix('_id')}/detail/{values[name]}"
        assert (await get(client, path, values)).status_code == 404
