"""Makes `docs/fidelity.md` of `docs/fidelity.yaml`: `make fidelity`."""

from alfred_mock.conformance.rows import Section, sections
from tests.docs.markdown import ROOT

PAGE = ROOT / "docs" / "fidelity.md"


def page() -> str:
    """The page."""
    return "\n\n".join(_shown(section) for section in sections()) + "\n"


def _shown(section: Section) -> str:
    parts = [section.heading]
    if section.text:
        parts.append(section.text.strip("\n"))
    if section.rows:
        rows = [f"| {row.behaviour} | {row.source} |" for row in section.rows]
        parts.append("\n".join([f"| {section.column} | source |", "|---|---|", *rows]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
