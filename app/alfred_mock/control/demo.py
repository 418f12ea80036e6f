"""The demo company: well-known credentials, so that a first request needs no reading."""

from alfred_mock.control.seed.document import (
    CompanySeed,
    HmacSeed,
    KeySeed,
    SeedDocument,
    UserSeed,
)

DEMO_COMPANY = CompanySeed(
    id="286e2ed0-3626-4faa-a745-8ebf3488fbd7",
    name="Demo Company",
    users=[UserSeed(user_name="SuperTagShelf", password="demo-password")],  # noqa: S106
    api_keys=[KeySeed(key="alfred-mock-demo-key", name="API Key 1")],
    hmac=[
        HmacSeed(
            id="alfred-mock-demo-id", key="YWxmcmVkLW1vY2stZGVtby1zZWNyZXQ=", name="HMAC Key 1"
        )
    ],
)

DEMO = SeedDocument(companies=[DEMO_COMPANY])


def banner(url: str) -> str:
    """What the console says about the demo company, with a request to try."""
    user, hmac = DEMO_COMPANY.users[0], DEMO_COMPANY.hmac[0]
    key = DEMO_COMPANY.api_keys[0].key
    if url.startswith("unix:"):
        curl, origin = f"curl --unix-socket {url.removeprefix('unix:')}", "http://localhost"
    else:
        # Every address of the machine is no address that a client can ask.
        curl, origin = "curl", url.replace("//0.0.0.0:", "//127.0.0.1:")
    return f"""
{DEMO_COMPANY.name} ({DEMO_COMPANY.id})
  API key   {key}
  user      {user.user_name}, password {user.password}
  HMAC      id {hmac.id}, key {hmac.key}
Try:
  {curl} -X POST {origin}/api/deferred/create -H 'X-TagshelfAPI-Key: {key}'
API documentation: {origin}/docs
"""
