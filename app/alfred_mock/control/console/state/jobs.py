"""Jobs: the list, and one opened with its course, which can be bent."""

from types import SimpleNamespace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.alfred.jobs import repository
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.processing.pipeline import Stage
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.exchange import body_of
from alfred_mock.control.console.forms import ask, fields_of, follow_up, number_of
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import page
from alfred_mock.control.console.state import entries
from alfred_mock.control.console.state.course import course_of
from alfred_mock.control.console.state.pages import JOBS, Listing
from alfred_mock.control.overrides.editing import caller_of
from alfred_mock.core.settings import Progression

_LIST = Listing(JOBS, entries.jobs, title="Jobs")
_RELEASED = "-"
"""Stands for null in the form: the job follows its pipeline again."""


async def opened(request: Request) -> Response:
    """One job: its course, its files, its details, and what can be done to it."""
    companies = await companies_of(request)
    job, shown = await _found(request)
    return await page(
        request,
        "job.html",
        companies=companies,
        job=job,
        detail=shown,
        live=_course(request, companies, job, shown).html,
        metadata=body_of(shown["metadata"] or "", "application/json"),
        stages=[stage.value for stage in Stage],
        outcomes=[outcome.value for outcome in Outcome],
        progressions=[progression.value for progression in Progression],
        released=_RELEASED,
    )


async def course(request: Request) -> Response:
    """Its course and its files again, if they have changed."""
    companies = await companies_of(request)
    return renewed(request, _course(request, companies, *await _found(request)))


async def _found(request: Request) -> tuple[SimpleNamespace, dict[str, Any]]:
    """The job as it is stored, and as the API shows it."""
    services = console_of(request).services
    job = await entries.job(services, f"{request.path_params['id']}")
    detail = await repository.look_at(services, caller_of(job.company_id), job.id)
    return job, detail.model_dump(mode="json")


def _course(
    request: Request, companies: Companies, job: SimpleNamespace, shown: dict[str, Any]
) -> Region:
    return region(
        "_course.html",
        f"{JOBS}/{job.id}/course",
        companies,
        job=job,
        detail=shown,
        stops=course_of(job, console_of(request).services.clock.now(job.company_id)),
    )


async def change(request: Request) -> Response:
    """What the form names, and nothing else."""
    given = await fields_of(request)
    body: dict[str, Any] = {
        name: given[name] for name in ("outcome", "progression", "creation_date") if name in given
    }
    if "advance" in given:
        body["advance"] = number_of(given["advance"])
    if "stage" in given:
        body["stage"] = None if given["stage"] == _RELEASED else given["stage"]
    await ask(request, "PATCH", f"/jobs/{request.path_params['id']}", body=body)
    return await follow_up(request, f"{JOBS}/{request.path_params['id']}")


async def remove(request: Request) -> Response:
    """Away with it and its files."""
    await ask(request, "DELETE", f"/jobs/{request.path_params['id']}")
    return await follow_up(request, JOBS)


ROUTES = (
    Route(JOBS, _LIST.index),
    Route(f"{JOBS}/rows", _LIST.rows),
    Route(f"{JOBS}/{{id:uuid}}", opened, methods=["GET"]),
    Route(f"{JOBS}/{{id:uuid}}/course", course),
    Route(f"{JOBS}/{{id:uuid}}", change, methods=["POST"]),
    Route(f"{JOBS}/{{id:uuid}}/remove", remove, methods=["POST"]),
)
