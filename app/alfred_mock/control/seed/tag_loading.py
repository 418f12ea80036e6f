"""Puts a company's tags, data points and rules into the database."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import col, delete, insert, update

from alfred_mock.alfred.processing.extraction import Rulebook, rulebook
from alfred_mock.alfred.tables import DataPoint, ExtractionRule, Tag
from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.processing import DEFAULT_TAGS, TagSeed
from alfred_mock.control.seed.writing import put, taken
from alfred_mock.core.errors import Refusal
from alfred_mock.database import Statement, Transaction

_PUT_TAG = put(Tag, "id", "position", "name", "description")
_PUT_DATA_POINT = put(DataPoint, "id", "tag_id", "position", "name", "value")
_MOVE_TAG = Statement(
    update(Tag).where(col(Tag.id) == bindparam("tag_id")).values(position=bindparam("new_position"))
)
_FORGET_RULES = Statement(
    delete(ExtractionRule).where(col(ExtractionRule.company_id) == bindparam("company_id"))
)
_ADD_RULE = Statement(insert(ExtractionRule))


def put_tags(company: CompanySeed, source: str) -> Transaction[Rulebook]:
    """Put the tags and their data points; all that the company has then.

    Those that the seed does not give are left, behind those that it gives.

    Raises:
        Refusal: an id belongs to another company, or a name to another id.
    """
    known = yield from rulebook(company.id)
    given = company.tags
    if given is None:
        given = [] if known.tags else DEFAULT_TAGS
    for position, tag in enumerate(given):
        yield from _put_tag(company.id, position, tag, source)
    known = yield from rulebook(company.id)
    for problem in _double_names(company.id, given, known):
        raise Refusal(f"{source}: {problem}")
    ids = {tag.id_in(company.id) for tag in given}
    others = [tag for tag in known.tags if tag.id not in ids] if given else []
    for position, other in enumerate(others, start=len(given)):
        yield _MOVE_TAG(tag_id=other.id, new_position=position)
    return known


def _put_tag(company_id: str, position: int, tag: TagSeed, source: str) -> Transaction[None]:
    tag_id = tag.id_in(company_id)
    row: dict[str, Any] = {"name": tag.name, "description": tag.description}
    if not (yield _PUT_TAG(id=tag_id, company_id=company_id, position=position, **row)):
        raise taken(source, f"the tag id {tag_id}")
    for index, point in enumerate(tag.data_points):
        point_id = point.id_in(tag_id)
        row = {"tag_id": tag_id, "position": index, "name": point.name, "value": point.value}
        if not (yield _PUT_DATA_POINT(id=point_id, company_id=company_id, **row)):
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


def replace_rules(company: CompanySeed, tag_names: list[str]) -> Transaction[None]:
    """Put the rules in the place of those that there were."""
    yield _FORGET_RULES(company_id=company.id)
    for position, rule in enumerate(company.rules):
        yield _ADD_RULE(
            company_id=company.id,
            position=position,
            file_name=rule.file_name,
            metadata_json=_compact(rule.metadata),
            tag_name=rule.tag_among(tag_names),
            values_json=_compact(rule.values),
            classification_score=rule.classification_score,
            confirmed=rule.confirmed,
            outcome=None if rule.outcome is None else rule.outcome.value,
        )


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
