"""The demo company: well-known credentials, so that a first request needs no reading."""

import json
from typing import Any

from sqlalchemy import bindparam, select

from alfred_mock.control.company_filter import company_id_of
from alfred_mock.control.tables import StoredSeed
from alfred_mock.core.errors import NotFound
from alfred_mock.core.services import Services
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of

_USER = {"user_name": "SuperTagShelf", "password": "demo-password"}
_API_KEY = {"key": "alfred-mock-demo-key", "name": "API Key 1"}
_HMAC = {
    "id": "alfred-mock-demo-id",
    "key": "YWxmcmVkLW1vY2stZGVtby1zZWNyZXQ=",
    "name": "HMAC Key 1",
}
# Plain data: a start that finds the company in the database needs no format of seeds.
DEMO_COMPANY: dict[str, Any] = {
    "id": "286e2ed0-3626-4faa-a745-8ebf3488fbd7",
    "name": "Demo Company",
    "users": [_USER],
    "api_keys": [_API_KEY],
    "hmac": [_HMAC],
}
"""The company as a seed document has it."""
WELL_KNOWN = (
    "credentials of the demo company, which everybody knows; remove them, or set"
    " ALFRED_MOCK_DEMO=true to serve them in staging all the same"
)
CREDENTIALS = {_USER["user_name"], _API_KEY["key"], _HMAC["id"]}

_seeds = columns_of(StoredSeed)
_STORED = Statement(
    select(_seeds.document_json).where(_seeds.company_id == bindparam("company_id"))
)


async def is_loaded(services: Services) -> bool:
    """Whether the company is in the database and nothing else was loaded for it since."""
    rows = await services.database.fetch(_STORED(company_id=DEMO_COMPANY["id"]))
    company_id = DEMO_COMPANY["id"]
    opened = [services.vault.open(text, of=company_id) for (text,) in rows]
    return [json.loads(text) for text in opened] == [DEMO_COMPANY]


async def has_credentials(services: Services) -> bool:
    """Whether the database knows any of the company's credentials."""
    for credential in CREDENTIALS:
        try:
            await company_id_of(services, credential)
        except NotFound:
            continue
        return True
    return False


def banner(url: str, *, with_control: bool = True) -> str:
    """What is printed about the demo company, with a request to try."""
    if url.startswith("unix:"):
        curl, origin = f"curl --unix-socket {url.removeprefix('unix:')}", "http://localhost"
    else:
        # Every address of the machine is no address that a client can ask.
        curl, origin = "curl", url.replace("//0.0.0.0:", "//127.0.0.1:")
    console = f"\nConsole: {origin}/__admin/" if with_control else ""
    control = f", control API: {origin}/__admin/docs" if with_control else ""
    return f"""
{DEMO_COMPANY["name"]} ({DEMO_COMPANY["id"]})
  API key   {_API_KEY["key"]}
  user      {_USER["user_name"]}, password {_USER["password"]}
  HMAC      id {_HMAC["id"]}, key {_HMAC["key"]}
Try:
  {curl} -X POST {origin}/api/deferred/create -H 'X-TagshelfAPI-Key: {_API_KEY["key"]}'{console}
API documentation: {origin}/docs{control}
"""
