"""The faults: those of requests and of deliveries, with forms that say at once what is wrong."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alfred_mock.control.browsers import CONSOLE
from alfred_mock.control.company_tokens import HELD_TO
from alfred_mock.control.console.context import Companies, companies_of
from alfred_mock.control.console.fault_forms import DELIVERY_FAULT, FAULT, METHODS, WHOLE, FaultForm
from alfred_mock.control.console.forms import ask, fields_of, follow_up
from alfred_mock.control.console.live import Region, region, renewed
from alfred_mock.control.console.rendering import fragment, page
from alfred_mock.control.console.sections import Section
from alfred_mock.control.faults.effects import Effect
from alfred_mock.events.catalogue import KINDS
from alfred_mock.events.webhooks.faults import EFFECTS, DeliveryFault

PATH = f"{CONSOLE}/faults"
DELIVERIES = f"{PATH}/deliveries"
_UNSET = dict.fromkeys(("company", "event", "times", "every", "percentage", "skip"))
"""What an answer leaves out where it is not set."""


async def index(request: Request) -> Response:
    """Both lists."""
    companies = await companies_of(request)
    live = await _lists(request, companies)
    return await page(request, "faults.html", companies=companies, live=live.html)


async def lists(request: Request) -> Response:
    """Both lists again, if they have changed."""
    return renewed(request, await _lists(request, await companies_of(request)))


async def _lists(request: Request, companies: Companies) -> Region:
    of_company = {"company": companies.chosen_id}
    faults = await ask(request, "GET", "/faults", query=of_company)
    deliveries = await ask(request, "GET", "/webhook/faults", query=of_company)
    return region(
        "_faults.html",
        f"{PATH}/lists",
        companies,
        faults=[{**_UNSET, **fault, "does": _does(fault)} for fault in faults["faults"]],
        deliveries=[{**_UNSET, **fault, "does": _does_to(fault)} for fault in deliveries["faults"]],
    )


def _does(fault: dict[str, Any]) -> list[str]:
    if "sequence" in fault:
        return [_summary(effect) for effect in fault["sequence"]]
    return [_summary(fault["effect"])]


def _summary(effect: dict[str, Any] | None) -> str:
    return "nothing" if effect is None else Effect.model_validate(effect).summary()


def _does_to(fault: dict[str, Any]) -> str:
    given = {name: fault[name] for name in EFFECTS if name in fault}
    return DeliveryFault.model_validate(given).summary()


async def new(request: Request) -> Response:
    """The form for a fault of requests, filled in with what the query says."""
    return await _form(request, "fault.html", FAULT)


async def new_of_deliveries(request: Request) -> Response:
    """The form for a fault of deliveries, filled in with what the query says."""
    return await _form(request, "delivery_fault.html", DELIVERY_FAULT)


async def _form(request: Request, template: str, form: FaultForm) -> Response:
    companies = await companies_of(request)
    query = request.query_params
    values = {name: query[name] for name in form.fields if query.get(name)}
    # Before anything is filled in, nothing is wrong with it.
    wanted = form.wanted(values)
    problems = wanted.problems if values.keys() - {"company"} else {}
    return await page(
        request,
        template,
        companies=companies,
        values=dict.fromkeys(form.fields, "") | values,
        body=wanted.body,
        problems=problems,
        fields=form.fields,
        methods=METHODS,
        events=list(KINDS),
    )


async def preview(request: Request) -> Response:
    """What a form asks for as JSON, and beside each field what is wrong with it."""
    return await _preview(request, FAULT)


async def preview_of_deliveries(request: Request) -> Response:
    """The same for faults of deliveries."""
    return await _preview(request, DELIVERY_FAULT)


async def _preview(request: Request, form: FaultForm) -> Response:
    wanted = form.wanted(await _fields(request))
    return fragment(
        "_preview.html",
        body=wanted.body,
        problems=wanted.problems,
        fields=(*form.fields, WHOLE),
    )


async def _fields(request: Request) -> dict[str, str]:
    """What was typed; a token for one company makes faults of that one."""
    held_to = HELD_TO.get()
    given = await fields_of(request)
    return given if held_to is None else {**given, "company": held_to}


async def create(request: Request) -> Response:
    """A fault of requests."""
    return await _create(request, FAULT, "/faults")


async def create_of_deliveries(request: Request) -> Response:
    """A fault of deliveries."""
    return await _create(request, DELIVERY_FAULT, "/webhook/faults")


async def _create(request: Request, form: FaultForm, path: str) -> Response:
    wanted = form.wanted(await _fields(request))
    await ask(request, "POST", path, body=wanted.body)
    return await follow_up(request, PATH)


async def clear(request: Request) -> Response:
    """All faults of requests, or those of the company."""
    return await _clear(request, "/faults")


async def clear_of_deliveries(request: Request) -> Response:
    """All faults of deliveries, or those of the company."""
    return await _clear(request, "/webhook/faults")


async def _clear(request: Request, path: str) -> Response:
    companies = await companies_of(request)
    await ask(request, "DELETE", path, query={"company": companies.chosen_id})
    return await follow_up(request, PATH)


async def remove(request: Request) -> Response:
    """One fault of requests."""
    await ask(request, "DELETE", f"/faults/{request.path_params['id']}")
    return await follow_up(request, PATH)


async def remove_of_deliveries(request: Request) -> Response:
    """One fault of deliveries."""
    await ask(request, "DELETE", f"/webhook/faults/{request.path_params['id']}")
    return await follow_up(request, PATH)


def _post(path: str, endpoint: Any) -> Route:
    return Route(path, endpoint, methods=["POST"])


SECTION = Section(
    "Faults",
    PATH,
    (
        Route(PATH, index, methods=["GET"]),
        _post(PATH, create),
        Route(f"{PATH}/lists", lists),
        Route(f"{PATH}/new", new),
        _post(f"{PATH}/preview", preview),
        _post(f"{PATH}/clear", clear),
        _post(DELIVERIES, create_of_deliveries),
        Route(f"{DELIVERIES}/new", new_of_deliveries),
        _post(f"{DELIVERIES}/preview", preview_of_deliveries),
        _post(f"{DELIVERIES}/clear", clear_of_deliveries),
        _post(f"{DELIVERIES}/{{id}}/clear", remove_of_deliveries),
        _post(f"{PATH}/{{id}}/clear", remove),
    ),
)
