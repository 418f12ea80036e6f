"""The seed: the present state as a document that can be changed, checked, loaded and exported."""

import json
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import func, select
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.alfred.tables import File
from alfred_mock.control.body_limit import SEED_BYTES
from alfred_mock.control.browsers import CONSOLE
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.forms import ask, to_page
from alfred_mock.control.console.rendering import fragment, page
from alfred_mock.control.console.sections import Section
from alfred_mock.control.seed.document import parse_seed
from alfred_mock.control.seed.export import export
from alfred_mock.control.seed.formats import parse_json, parse_toml, parse_yaml
from alfred_mock.core.errors import BadRequest, Refusal
from alfred_mock.core.services import Services
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of

PATH = f"{CONSOLE}/seed"
MOST_CONTENT = 200_000
"""Bytes of files that are shown; of more, the document is shown without their content."""

_files = columns_of(File)
_SIZE = Statement(
    select(func.coalesce(func.sum(_files.file_size), 0)).where(of_company(_files.company_id))
)


class _Checked(NamedTuple):
    content: Any
    problems: list[tuple[str, str]]
    """Places and reasons."""


async def index(request: Request) -> Response:
    """The present state, to be changed."""
    companies = await companies_of(request)
    services = console_of(request).services
    has_content = await _content_size(services, companies.chosen_id) <= MOST_CONTENT
    query = {"company": companies.chosen_id, "content": f"{has_content}".lower()}
    return await page(
        request,
        "seed.html",
        companies=companies,
        document=await ask(request, "GET", "/seed", query=query),
        has_content=has_content,
        is_loaded="loaded" in request.query_params,
    )


async def _content_size(services: Services, company_id: str | None) -> int:
    ((size,),) = await services.database.fetch(_SIZE(company_id=company_id))
    return int(size)


async def check(request: Request) -> Response:
    """What is wrong with the text as it is now."""
    text, name = await _given(request)
    checked = _checked(text, name, await companies_of(request))
    return fragment("_problems.html", problems=checked.problems)


async def load(request: Request) -> Response:
    """All of it or nothing."""
    companies = await companies_of(request)
    text, name = await _given(request)
    try:
        content = _parsed(text, name)
    except ValueError as error:
        raise BadRequest(f"{error}") from None
    query = {"company": companies.chosen_id}
    await ask(request, "PUT", "/seed", query=query, body=content)
    mark = "&" if companies.query else "?"
    return to_page(f"{PATH}{companies.query}{mark}loaded=1")


async def _given(request: Request) -> tuple[str, str]:
    """The text, and the name of the file that it was in, if it was in one."""
    async with request.form(max_files=1, max_part_size=SEED_BYTES) as form:
        file, text = form.get("file"), form.get("text")
        if isinstance(file, UploadFile) and file.filename:
            content = await file.read()
            try:
                return content.decode("utf-8-sig"), file.filename
            except ValueError:
                raise BadRequest("The file must be text in UTF-8.") from None
    return text if isinstance(text, str) else "", ""


def _parsed(text: str, name: str) -> Any:
    """What the text holds, as JSON has it; raises ValueError where it is none."""
    if name.lower().endswith(".toml"):
        parse = parse_toml
    else:
        parse = parse_json if text.lstrip()[:1] in ("{", "[") else parse_yaml
    try:
        content = parse(text)
        return json.loads(json.dumps({} if content is None else content, default=_date))
    except RecursionError:
        raise ValueError("The document is nested too deeply.") from None
    except (TypeError, OverflowError):
        raise ValueError("Keys must be text (put them in quotes).") from None


def _date(value: Any) -> Any:
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    raise TypeError


def _checked(text: str, name: str, companies: Companies) -> _Checked:
    try:
        content = _parsed(text, name)
    except ValueError as error:
        return _Checked(None, [("syntax", f"{error}")])
    chosen, whole = companies.chosen, content
    if chosen is not None and isinstance(content, dict) and "companies" not in content:
        whole = {"companies": [{"id": chosen.id, "name": chosen.name, **content}]}
    try:
        parse_seed(whole, source="seed")
    except Refusal as refusal:
        lines = f"{refusal}".removeprefix("seed: ").split("\nseed: ")
        return _Checked(content, [_placed(line) for line in lines])
    return _Checked(content, [])


def _placed(line: str) -> tuple[str, str]:
    place, _, why = line.partition(": ")
    return place, why


async def export_all(request: Request) -> Response:
    """The document as a file, with the content of files."""
    companies = await companies_of(request)
    services = console_of(request).services
    reply = await export(
        services, companies.chosen_id, with_content=True, with_secrets=not services.vault.seals
    )
    reply.headers["Content-Disposition"] = 'attachment; filename="alfred-mock-seed.json"'
    return reply


SECTION = Section(
    "Seed",
    PATH,
    (
        Route(PATH, index, methods=["GET"]),
        Route(PATH, load, methods=["POST"]),
        Route(f"{PATH}/check", check, methods=["POST"]),
        Route(f"{PATH}/export", export_all),
    ),
)
