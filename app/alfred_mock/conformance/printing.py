"""Rows of fidelity as `alfred-mock fidelity` prints them."""

from alfred_mock.conformance.rows import Row, all_rows, rows_about
from alfred_mock.core.errors import Refusal
from alfred_mock.core.validation import what_is_known


def printed(route: str | None) -> str:
    """The rows about a route, or all of them.

    Raises:
        Refusal: no row is about it; names the nearest that there are.
    """
    rows = rows_about(route)
    if not rows:
        known = dict.fromkeys(row.route for row in all_rows())
        near = what_is_known(str(route), known)
        raise Refusal(f"--route: no row is about {str(route)[:100]!r}; {near}")
    return "\n\n".join(map(_shown, rows))


def _shown(row: Row) -> str:
    lines = [
        f"{row.id}  ({row.route})",
        f"  {row.behaviour}",
        f"  source: {row.source}",
        f"  evidence: {row.evidence}",
    ]
    lines += [f"  shown by {check}" for check in row.checks]
    if row.why:
        lines.append(f"  no check: {row.why}")
    return "\n".join(lines)
