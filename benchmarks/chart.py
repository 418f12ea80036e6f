"""The bar chart for the README: requests per second, readable on a light and on a dark page."""

from xml.sax.saxutils import escape

from benchmarks import figures as f
from benchmarks.figures import Figures

_WIDTH, _LABELS, _VALUES = 760, 220, 80
_BAR, _GAP, _TOP, _TITLE = 14, 16, 58, 30
_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.quiet { fill: #59636e }
.note { font-size: 11px; fill: #59636e }
.group { font-weight: 600 }
.ours { font-weight: 600 }
.detail { fill: #0969da } .create { fill: #8250df }
.other.detail { fill: #8ab4dc } .other.create { fill: #bfa8e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .quiet, .note { fill: #9198a1 }
  .detail { fill: #4493f8 } .create { fill: #ab7df8 }
  .other.detail { fill: #2f5b8f } .other.create { fill: #634a94 }
}
"""


def draw(found: Figures, groups: dict[str, dict[str, str]], ours: str, caption: str) -> str:
    """An SVG with two bars for each server, in groups, ours first, then from fast to slow.

    A group has a title, and its servers with what they keep of a create.
    """
    grouped = {
        title: sorted(
            (name for name in servers if found.median(name, f.DETAIL) is not None),
            key=lambda name: (name != ours, -(found.median(name, f.DETAIL) or 0)),
        )
        for title, servers in groups.items()
    }
    shown = [name for servers in grouped.values() for name in servers]
    most = max(
        (found.median(name, figure) or 0 for name in shown for figure in (f.DETAIL, f.CREATE)),
        default=1,
    )
    step = 2 * _BAR + _GAP
    height = _TOP + _TITLE * len(grouped) + step * len(shown) + 28
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img"'
        ' aria-labelledby="title">',
        f'<title id="title">{escape(_spoken(found, shown))}</title>',
        f"<style>{_STYLE}</style>",
        '<text x="8" y="22" class="title">Requests per second, 32 connections, one core</text>',
        _legend(),
    ]
    top = _TOP
    for title, servers in grouped.items():
        lines.append(f'<text x="8" y="{top + 18}" class="group">{escape(title)}</text>')
        top += _TITLE
        for name in servers:
            kind = "ours" if name == ours else "other"
            lines += _server(found, name, groups[title][name], top, most, kind)
            top += step
    lines += [f'<text x="8" y="{height - 8}" class="quiet">{escape(caption)}</text>', "</svg>"]
    return "\n".join(lines) + "\n"


def _legend() -> str:
    return (
        '<rect x="8" y="34" width="12" height="12" rx="2" class="detail"/>'
        '<text x="26" y="45" class="quiet">GET /api/deferred/detail/{id}</text>'
        '<rect x="228" y="34" width="12" height="12" rx="2" class="create"/>'
        '<text x="246" y="45" class="quiet">POST /api/deferred/create</text>'
    )


def _server(found: Figures, name: str, keeps: str, top: int, most: float, kind: str) -> list[str]:
    lines = [
        f'<text x="8" y="{top + _BAR - 3}" class="{kind}">{escape(name)}</text>',
        f'<text x="8" y="{top + 2 * _BAR - 2}" class="note">{escape(keeps)}</text>',
    ]
    for row, (figure, colour) in enumerate(((f.DETAIL, "detail"), (f.CREATE, "create"))):
        value = found.median(name, figure) or 0
        length = value / most * (_WIDTH - _LABELS - _VALUES)
        y = top + row * _BAR
        lines += [
            f'<rect x="{_LABELS}" y="{y}" width="{length:.1f}" height="{_BAR - 2}" rx="2"'
            f' class="{kind} {colour}"/>',
            f'<text x="{_LABELS + length + 6:.1f}" y="{y + _BAR - 3}" class="quiet">'
            f"{value:,.0f}</text>",
        ]
    return lines


def _spoken(found: Figures, servers: list[str]) -> str:
    """The figures for whoever has the picture read out."""
    return "; ".join(
        f"{name}: detail {found.median(name, f.DETAIL) or 0:,.0f},"
        f" create {found.median(name, f.CREATE) or 0:,.0f} requests per second"
        for name in servers
    )
