"""The demo company: well-known credentials, so that a first request needs no reading."""

from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.document import SeedDocument

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


def demo_beside(seed: SeedDocument | None) -> SeedDocument:
    """The demo company, as it is while the seed is loaded after it.

    Where the seed describes that company itself, how its files are processed is the seed's to say
    from the first moment: the default tags would stay beside the seed's own.
    """
    given = {company.id: company for company in seed.companies} if seed is not None else {}
    own = given.get(DEMO_COMPANY.id)
    if own is None:
        return SeedDocument(companies=[DEMO_COMPANY])
    keys = ("progression", "stage_seconds", "cloudinfo", "tags", "rules")
    described = DEMO_COMPANY.model_copy(update={key: getattr(own, key) for key in keys})
    return SeedDocument(companies=[described])


def banner(url: str, *, with_control: bool = True) -> str:
    """What the console says about the demo company, with a request to try."""
    user, hmac = DEMO_COMPANY.users[0], DEMO_COMPANY.hmac[0]
    key = DEMO_COMPANY.api_keys[0].key
    if url.startswith("unix:"):
        curl, origin = f"curl --unix-socket {url.removeprefix('unix:')}", "http://localhost"
    else:
        # Every address of the machine is no address that a client can ask.
        curl, origin = "curl", url.replace("//0.0.0.0:", "//127.0.0.1:")
    control = f", control API: {origin}/__admin/docs" if with_control else ""
    return f"""
{DEMO_COMPANY.name} ({DEMO_COMPANY.id})
  API key   {key}
  user      {user.user_name}, password {user.password}
  HMAC      id {hmac.id}, key {hmac.key}
Try:
  {curl} -X POST {origin}/api/deferred/create -H 'X-TagshelfAPI-Key: {key}'
API documentation: {origin}/docs{control}
"""
