"""The console's forms as tests send them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import Any

import httpx

from alfred_mock.control.company_tokens import token_of
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.support import ORIGIN, application, client_of

TOKEN = "only-for-testers"
CONSOLE = "/__admin/console"
OWN = {"Origin": ORIGIN}
BY_HTMX = {"HX-Request": "true", "HX-Boosted": "true"}


@asynccontextmanager
async def console(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, on a page of the console."""
    made = Settings(_env_file=None, database_url="sqlite:///:memory:", **settings)
    async with application(create_app(made)) as app, client_of(app, headers=OWN) as client:
        yield client


@asynccontextmanager
async def held_to(company_id: str) -> AsyncIterator[httpx.AsyncClient]:
    """The same, logged in with the token of a company."""
    async with console(admin_token=TOKEN) as client:
        token = token_of(company_id, TOKEN)
        await client.post(f"{CONSOLE}/login", data={"token": token})
        yield client


async def refusal(client: httpx.AsyncClient, path: str, /, **fields: str) -> str:
    """Why a form is refused, as htmx puts it into the form."""
    answer = await client.post(path, data=fields, headers=BY_HTMX)
    assert answer.status_code >= 400, answer.text
    assert answer.headers["HX-Retarget"] == "find [data-problem]"
    assert answer.headers["HX-Push-Url"] == "false"
    return text_of(answer.text)


async def leads_to(client: httpx.AsyncClient, path: str, /, **fields: str) -> str:
    """Where a form that is accepted leads to."""
    answer = await client.post(path, data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


async def text(client: httpx.AsyncClient, path: str) -> str:
    """What a page says."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


def text_of(html: str) -> str:
    """The words of a page, with one space between them."""
    reader = _Words()
    reader.feed(html)
    return " ".join(" ".join(reader.found).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)
