"""Regions of pages that are looked up again, and swapped only when they have become others.

So what a reader has opened, or the keyboard is on, stays as it is while nothing happens.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from alfred_mock.control.console.context import Companies
from alfred_mock.control.console.rendering import PROTECTION, environment

POLLED = "every 2s"
"""Looked up so often."""


class Region(NamedTuple):
    """A region as it is now."""

    html: Markup
    state: str
    """Another one whenever the region has changed."""


def region(
    template: str,
    path: str,
    companies: Companies,
    /,
    *,
    trigger: str = POLLED,
    kept: Mapping[str, str | None] = MappingProxyType({}),
    **values: Any,
) -> Region:
    """A region for a page; `path` answers with `renewed`, and `trigger` says when to ask it.

    `kept` is what else the query of `path` has.
    """
    inner = environment().get_template(template).render(companies=companies, **values)
    state = hashlib.sha256(inner.encode()).hexdigest()[:16]
    query = {"company": companies.chosen_id, **kept, "state": state}
    url = f"{path}?{urlencode({name: value for name, value in query.items() if value})}"
    html = Markup(
        '<div id="live" data-region hx-get="{}" hx-trigger="{}" hx-swap="outerHTML"'
        ' hx-target="this" hx-select="unset">{}</div>'
    ).format(url, trigger, Markup(inner))  # noqa: S704 - a template has escaped it
    return Region(html, state)


def renewed(request: Request, now: Region) -> Response:
    """The region again, or 204 where it is as htmx has it."""
    if request.query_params.get("state") == now.state:
        return Response(status_code=204, headers=PROTECTION)
    return Response(now.html, headers=PROTECTION, media_type="text/html")
