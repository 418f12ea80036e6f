"""What a company has set for itself, from a seed to the database."""

import pytest

from alfred_mock.main import Application
from tests.control.seed.documents import load_company, rows_of

pytestmark = pytest.mark.anyio


async def test_the_profile_is_what_the_seed_says_now(app: Application) -> None:
    await load_company(
        app.services,
        progression="timed",
        stage_seconds=1.5,
        cloudinfo={"account_name": "Other", "invalid_on_failed_file": False, "web_hook_url": ""},
    )
    [profile] = await rows_of(app.services, "company_profile")
    assert (profile["progression"], profile["stage_ms"]) == ("timed", 1_500)
    said = '{"account_name":"Other","invalid_on_failed_file":false,"web_hook_url":""}'
    assert profile["cloudinfo_json"] == said
    await load_company(app.services)
    [profile] = await rows_of(app.services, "company_profile")
    assert (profile["progression"], profile["stage_ms"]) == (None, None)
    assert profile["cloudinfo_json"] == "{}"
