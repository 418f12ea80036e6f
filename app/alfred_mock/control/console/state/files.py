"""Files: the list, and one opened with what became of it, which can be changed."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.alfred.files import repository
from alfred_mock.alfred.files.download import FileReply
from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.control.console.context import companies_of, console_of
from alfred_mock.control.console.exchange import body_of
from alfred_mock.control.console.forms import ask, fields_of, follow_up, json_of, number_of
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.state import entries
from alfred_mock.control.console.state.pages import FILES, Listing
from alfred_mock.control.overrides.editing import caller_of

_LIST = Listing(FILES, entries.files, title="Files")
_NONE = "-"
"""Stands for null in the form."""
_OR_NULL = ("status", "tag", "directory")


async def opened(request: Request) -> Response:
    """One file."""
    companies = await companies_of(request)
    services = console_of(request).services
    file = await entries.file(services, f"{request.path_params['id']}")
    detail = await repository.find(services, caller_of(file.company_id), file.id)
    return await page(
        request,
        "file.html",
        companies=companies,
        file=file,
        detail=detail.model_dump(mode="json"),
        values=await entries.values_of(services, file.id),
        metadata=body_of(file.metadata_json, "application/json"),
        properties=body_of(file.properties_json or "", "application/json"),
        statuses=[status.value for status in FileStatus],
        tags=await entries.tags_of(services, file.company_id),
        none=_NONE,
    )


async def download(request: Request) -> Response:
    """Its content, under its name."""
    services = console_of(request).services
    file = await entries.file(services, f"{request.path_params['id']}")
    return FileReply(services.storage, file)


async def change(request: Request) -> Response:
    """What the form names, and nothing else."""
    given = await fields_of(request)
    body: dict[str, Any] = {
        name: None if given[name] == _NONE else given[name] for name in _OR_NULL if name in given
    }
    if "classification_score" in given:
        body["classification_score"] = number_of(given["classification_score"])
    for name in ("values", "properties"):
        if name in given:
            body[name] = json_of(name, given[name])
    await ask(request, "PATCH", f"/files/{request.path_params['id']}", body=body)
    return await follow_up(request, f"{FILES}/{request.path_params['id']}")


async def remove(request: Request) -> Response:
    """Away with it and its content."""
    await ask(request, "DELETE", f"/files/{request.path_params['id']}")
    return await follow_up(request, FILES)


ROUTES = (
    Route(FILES, _LIST.index),
    Route(f"{FILES}/rows", _LIST.rows),
    Route(f"{FILES}/{{id:uuid}}", opened, methods=["GET"]),
    Route(f"{FILES}/{{id:uuid}}", change, methods=["POST"]),
    Route(f"{FILES}/{{id:uuid}}/download", download),
    Route(f"{FILES}/{{id:uuid}}/remove", remove, methods=["POST"]),
)
