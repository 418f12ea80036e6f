"""API key and bearer token, what wins when several are sent, and what a refusal says."""

import httpx
import pytest

from tests.support import API_KEY, COMPANY, LOGIN, PASSWORD, USER_NAME, WITH_KEY

pytestmark = pytest.mark.anyio

WHO_AM_I = "/api/tagshelf/who-am-i"
PROTECTED = [
    ("POST", "/api/deferred/create"),
    ("GET", "/api/deferred/detail/456f1234-e89b-12d3-a456-426655440000"),
    ("GET", WHO_AM_I),
    ("GET", "/api/tagshelf/ping"),
]


async def _token(client: httpx.AsyncClient) -> str:
    token: str = (await client.post("/token", data=LOGIN)).json()["access_token"]
    return token


async def test_an_api_key_is_its_application(client: httpx.AsyncClient) -> None:
    who = (await client.get(WHO_AM_I, headers=WITH_KEY)).json()
    assert (who["authentication_type"], who["user_name"]) == ("api_key", "API Key 1")
    assert (who["company_id"], who["app_name"], who["user_id"]) == (COMPANY, "API Key 1", None)


async def test_a_token_is_its_user(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {await _token(client)}"}
    who = (await client.get(WHO_AM_I, headers=headers)).json()
    assert (who["authentication_type"], who["user_name"]) == ("oauth", USER_NAME)
    assert (who["company_id"], who["app_id"]) == (COMPANY, None)


@pytest.mark.parametrize("name", ["X-TagshelfAPI-Key", "x-tagshelfapi-key", "X-TAGSHELFAPI-KEY"])
async def test_header_names_have_no_case(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(WHO_AM_I, headers={name: API_KEY})).status_code == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
async def test_scheme_names_have_no_case(client: httpx.AsyncClient, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {await _token(client)}"}
    assert (await client.get(WHO_AM_I, headers=headers)).status_code == 200


async def test_an_api_key_is_judged_before_a_token(client: httpx.AsyncClient) -> None:
    bearer = {"Authorization": f"Bearer {await _token(client)}"}
    both = await client.get(WHO_AM_I, headers={**bearer, **WITH_KEY})
    assert both.json()["authentication_type"] == "api_key"
    for wrong in ("wrong", ""):
        wrong_key = await client.get(WHO_AM_I, headers={**bearer, "X-TagshelfAPI-Key": wrong})
        assert wrong_key.status_code == 401


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-TagshelfAPI-Key": ""},
        {"X-TagshelfAPI-Key": "wrong"},
        {"X-TagshelfAPI-Key": API_KEY.upper()},
        {"X-TagshelfAPI-Key": "schlüssel".encode()},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer undefined"},
        {"Authorization": f"Bearer {API_KEY}"},
        {"Authorization": "Basic VGFnOlNoZWxm"},
        {"Authorization": API_KEY},
    ],
    ids=str,
)
async def test_every_other_credential_is_refused_in_the_same_words(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await client.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Alfred", amx'
    assert answer.json() == {
        "error": "Unauthorized",
        "message": "Authorization has been denied for this request.",
    }


async def test_a_password_is_no_api_key(client: httpx.AsyncClient) -> None:
    headers = {"X-TagshelfAPI-Key": PASSWORD}
    assert (await client.get(WHO_AM_I, headers=headers)).status_code == 401
