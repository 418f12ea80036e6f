"""Tags as states ask for them: the company's own, completed where something is missing."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from alfred_mock.alfred.processing.extraction import Rulebook, rulebook
from alfred_mock.control.pact.setups import Setup

USUAL_NAME = "FACTURA"
"""The tag of a company that has none; the documented examples have it."""


class Tagged(NamedTuple):
    """A tag and the values of a file for it."""

    tag: dict[str, Any]
    """As a seed has it, with a data point for each value."""
    values: dict[str, str]

    @property
    def name(self) -> str:
        """The tag's name."""
        name: str = self.tag["name"]
        return name


async def tagged(
    setup: Setup, company_id: str, name: str | None, values: Mapping[str, str] | None
) -> Tagged:
    """A file's tag, the company's first unless named; its own values unless given."""
    rules = await setup.services.database.transact(rulebook(company_id))
    if name is None:
        name = rules.tags[0].name if rules.tags else USUAL_NAME
    known = _points(rules, name)
    values = dict(known if values is None else values)
    return Tagged(tag_part(name, values, known), values)


async def completed_tag(
    setup: Setup, company_id: str, name: str, points: Mapping[str, str] | Iterable[str]
) -> dict[str, Any]:
    """A tag as a seed has it; a data point keeps the value that it has unless one is given."""
    rules = await setup.services.database.transact(rulebook(company_id))
    known = _points(rules, name)
    given = dict(points) if isinstance(points, Mapping) else {}
    return tag_part(name, points, {**known, **given})


def tag_part(name: str, points: Iterable[str], known: Mapping[str, str]) -> dict[str, Any]:
    """A tag as a seed has it; a data point that is not known has no value."""
    return {
        "name": name,
        "data_points": [{"name": point, "value": known.get(point, "")} for point in points],
    }


def _points(rules: Rulebook, name: str) -> dict[str, str]:
    """The data points of a tag with their values; none where there is no such tag."""
    points = next((tag.points for tag in rules.tags if tag.name == name), [])
    return {point.name: point.value for point in points}


async def id_of(setup: Setup, company_id: str, name: str) -> str:
    """The id of a tag that is there."""
    rules = await setup.services.database.transact(rulebook(company_id))
    return next(tag.id for tag in rules.tags if tag.name == name)
