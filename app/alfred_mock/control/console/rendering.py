"""How templates become pages, with the headers that protect them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from alfred_mock import __version__
from alfred_mock.control.browsers import CONSOLE, HOME, STATIC
from alfred_mock.control.console.context import Companies, companies_of, console_of
from alfred_mock.control.console.filters import FILTERS
from alfred_mock.control.console.static_files import version_of

_TEMPLATES = Path(__file__).parent / "templates"

PROTECTION = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # A form says where it comes from only under a policy that lets it tell its own server.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""The headers of every page."""


@cache
def environment() -> Environment:
    """Templates escape every value; a name that is not given is an error."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(FILTERS)
    made.globals.update(home=HOME, console=CONSOLE, static=_static, alfred_mock_version=__version__)
    return made


def _static(name: str) -> str:
    return f"{STATIC}{name}?v={version_of(name)}"


def fragment(
    template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A piece of a page, which htmx puts into its place."""
    text = environment().get_template(template).render(values)
    return HTMLResponse(text, status, headers={**PROTECTION, **(headers or {})})


async def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    companies: Companies | None = None,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A whole page, with navigation and the choice of a company.

    `companies` is what `companies_of` says, if the page has asked for it already. The path of the
    request says which section is shown as the present one.
    """
    companies = companies or await companies_of(request)
    text = (
        environment()
        .get_template(template)
        .render(
            request=request,
            sections=request.app.state.sections,
            companies=companies,
            has_login=console_of(request).services.settings.admin_token is not None,
            **values,
        )
    )
    return HTMLResponse(text, status, headers={**PROTECTION, **(headers or {})})
