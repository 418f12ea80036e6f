"""What processing makes of files: a company's tags, their data points, and its rules."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam, delete, update

from alfred_mock.alfred.processing.extraction import DEFAULT_SCORE, Rulebook, rulebook
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.tables import DataPoint, ExtractionRule, Tag
from alfred_mock.alfred.wire import Id
from alfred_mock.control.seed.part import Exported, Flag, Stored, StoredPart
from alfred_mock.control.seed.rows import CompanyRows, Upsert, taken
from alfred_mock.core.errors import Refusal
from alfred_mock.core.ids import derived_uuid
from alfred_mock.core.values import JsonObject, LongText, Score, ShortText
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


class DataPointSeed(StoredPart):
    """A field of a tag's files, and what is extracted where no rule says otherwise."""

    rows = CompanyRows(DataPoint, "tag_id", "position", "name")

    id: Id | None = Field(None, description="Follows from the tag and the name unless given.")
    name: ShortText
    value: LongText = ""

    def id_in(self, tag_id: str) -> str:
        """The id that the data point has in a tag."""
        return self.id or derived_uuid(tag_id, self.name)


class TagSeed(StoredPart):
    """A kind of document; its name is unique in its company."""

    rows = CompanyRows(Tag, "position", "name")

    id: Id | None = Field(None, description="Follows from the company and the name unless given.")
    name: ShortText
    description: LongText | None = None
    data_points: list[DataPointSeed] = Field([])

    def id_in(self, company_id: str) -> str:
        """The id that the tag has in a company."""
        return self.id or derived_uuid(company_id, "tag", self.name)


class RuleSeed(StoredPart):
    """What processing makes of the files that fit; the first rule that fits a file decides."""

    rows = CompanyRows(ExtractionRule, "position")

    file_name: ShortText | None = None
    metadata: Annotated[JsonObject, Stored("metadata_json", _compact, json.loads)] = Field({})
    tag: ShortText | None = Field(None, description="The first tag unless given; null for no tag.")
    values: Annotated[dict[ShortText, LongText], Stored("values_json", _compact, json.loads)] = (
        Field({})
    )
    classification_score: Score = DEFAULT_SCORE
    confirmed: Flag = True
    outcome: Annotated[Outcome, Field(strict=False)] | None = None

    @classmethod
    def shown(cls, row: Any, **given: Any) -> dict[str, Any]:
        """With its tag in any case: a missing key means the first tag."""
        return {**super().shown(row, **given), "tag": row.tag_name}

    def tag_among(self, names: list[str]) -> str | None:
        """The name of the tag that is given, if the company's tags have these names."""
        return self.tag if "tag" in self.model_fields_set else next(iter(names), None)


def default_tags() -> list[TagSeed]:
    """What a company has that gives no tags and has none in the database.

    The values are those of the documented example of a report.
    """
    values = {"rnc": "1923829", "monto": "390.00", "fecha": "2022-02-03"}
    points = [DataPointSeed(name=name, value=value) for name, value in values.items()]
    return [TagSeed(name="FACTURA", data_points=points)]


_UPSERT_TAG, _UPSERT_POINT = Upsert(Tag, "id"), Upsert(DataPoint, "id")
_MOVE_TAG = Statement(
    update(Tag)
    .where(columns_of(Tag).id == bindparam("tag_id"))
    .values(position=bindparam("new_position"))
)
_FORGET_RULES = Statement(
    delete(ExtractionRule).where(columns_of(ExtractionRule).company_id == bindparam("company_id"))
)
_INSERT_RULE = Insert(ExtractionRule)


def put_tags(company_id: str, given: list[TagSeed] | None, source: str) -> Transaction[Rulebook]:
    """Put the tags and their data points, and return all that the company then has.

    Tags that the seed does not give stay, behind those that it gives.

    Raises:
        Refusal: an id belongs to another company, or a name to another id.
    """
    if given is None:
        known = yield from rulebook(company_id)
        given = [] if known.tags else default_tags()
    for position, tag in enumerate(given):
        yield from _put_tag(company_id, position, tag, source)
    known = yield from rulebook(company_id)
    for problem in _double_names(company_id, given, known):
        raise Refusal(f"{source}: {problem}")
    ids = {tag.id_in(company_id) for tag in given}
    others = [tag for tag in known.tags if tag.id not in ids] if given else []
    for position, other in enumerate(others, start=len(given)):
        yield _MOVE_TAG(tag_id=other.id, new_position=position)
    return known


def add_tag(company_id: str, tag: TagSeed, source: str) -> Transaction[bool]:
    """Have a tag of this name and these data points; whether it was missing.

    A new one comes behind the others, so the company's first tag stays the first. Data points that
    the tag does not give stay.

    Raises:
        Refusal: an id belongs to another company.
    """
    known = yield from rulebook(company_id)
    there = next((each for each in known.tags if each.name == tag.name), None)
    if there is None:
        yield from _put_tag(company_id, len(known.tags), tag, source)
        return True
    places = {point.name: (place, point.id) for place, point in enumerate(there.points)}
    for point in tag.data_points:
        usual = len(places), point.id_in(there.id)
        place, point_id = places.setdefault(point.name, usual)
        yield from _put_point(company_id, there.id, point_id, place, point, source)
    return False


def _put_tag(company_id: str, position: int, tag: TagSeed, source: str) -> Transaction[None]:
    tag_id = tag.id_in(company_id)
    row: dict[str, Any] = {**tag.row(), "id": tag_id, "position": position}
    if not (yield _UPSERT_TAG(company_id=company_id, **row)):
        raise taken(source, f"the tag id {tag_id}")
    for index, point in enumerate(tag.data_points):
        yield from _put_point(company_id, tag_id, point.id_in(tag_id), index, point, source)


def _put_point(
    company_id: str, tag_id: str, point_id: str, position: int, point: DataPointSeed, source: str
) -> Transaction[None]:
    row = {**point.row(), "id": point_id, "tag_id": tag_id, "position": position}
    if not (yield _UPSERT_POINT(company_id=company_id, **row)):
        raise taken(source, f"the data point id {point_id}")


def _double_names(company_id: str, given: list[TagSeed], known: Rulebook) -> Iterator[str]:
    """Names that the database has under another id than the seed."""
    tags = {tag.name: tag for tag in given}
    for known_tag in known.tags:
        tag = tags.get(known_tag.name)
        if tag is None:
            continue
        if known_tag.id != tag.id_in(company_id):
            yield f"the tag {tag.name} has the id {known_tag.id} in the database already"
            continue
        points = {point.name: point for point in tag.data_points}
        for known_point in known_tag.points:
            point = points.get(known_point.name)
            if point is not None and known_point.id != point.id_in(known_tag.id):
                yield (
                    f"the data point {point.name} of the tag {tag.name} has the id"
                    f" {known_point.id} in the database already"
                )


def replace_rules(
    company_id: str, rules: list[RuleSeed], tag_names: list[str]
) -> Transaction[None]:
    """Put the rules in the place of all that the company has."""
    yield _FORGET_RULES(company_id=company_id)
    for position, rule in enumerate(rules):
        tag_name = rule.tag_among(tag_names)
        yield _INSERT_RULE(
            company_id=company_id, position=position, tag_name=tag_name, **rule.row()
        )


def export_tags(company_id: str | None) -> Transaction[Exported]:
    """Tags with their data points, in their order and with their ids."""
    points: Exported = defaultdict(list)
    for point in (yield from DataPointSeed.rows(company_id)):
        points[point.tag_id].append(DataPointSeed.shown(point))
    tags: Exported = defaultdict(list)
    for tag in (yield from TagSeed.rows(company_id)):
        tags[tag.company_id].append(TagSeed.shown(tag, data_points=points.get(tag.id, [])))
    return tags
