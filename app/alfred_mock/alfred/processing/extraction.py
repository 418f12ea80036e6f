"""Extraction: the tag and the values of a file follow from the company's rules."""

import json
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from alfred_mock.alfred.tables import DataPoint, ExtractionRule, FileValue, Tag
from alfred_mock.core.ids import derived_uuid
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Selection

_tags = columns_of(Tag)
_points = columns_of(DataPoint)
_rules = columns_of(ExtractionRule)
_RULE = Selection(ExtractionRule)

DEFAULT_SCORE = 0.95
"""The classification score where no rule names one (our choice)."""

_TAGS = Statement(
    select(_tags.id, _tags.name, _points.id, _points.name, _points.value)
    .outerjoin_from(Tag, DataPoint, _points.tag_id == _tags.id)
    .where(_tags.company_id == bindparam("company_id"))
    .order_by(_tags.position, _tags.name, _points.position, _points.name)
)
_RULES = Statement(
    select(*_RULE.columns)
    .where(_rules.company_id == bindparam("company_id"))
    .order_by(_rules.position)
)
_INSERT_VALUE = Insert(FileValue)


class _Point(NamedTuple):
    id: str
    name: str
    value: str


class _Tag(NamedTuple):
    id: str
    name: str
    points: list[_Point]


class Extracted(NamedTuple):
    """The result of processing a file."""

    tag_id: str | None
    tag_name: str | None
    classification_score: float
    points: list[_Point]
    confirmed: bool
    outcome: str | None
    """How the job ends, if the rule that fits says so."""


NOTHING = Extracted(None, None, 0.0, [], False, None)


class Rulebook(NamedTuple):
    """A company's tags and rules."""

    tags: list[_Tag]
    rules: list[SimpleNamespace]

    def extract(self, file_name: str, metadata: Any) -> Extracted:
        """The result for a file with this name and metadata.

        The first rule that fits decides; without one it is the company's first tag with the values
        of its data points (our choice).
        """
        rule = next((rule for rule in self.rules if _fits(rule, file_name, metadata)), None)
        if rule is None and not self.tags:
            return NOTHING
        if rule is None:
            first = self.tags[0]
            return Extracted(first.id, first.name, DEFAULT_SCORE, first.points, True, None)
        tag = next((tag for tag in self.tags if tag.name == rule.tag_name), None)
        if tag is None:
            return NOTHING._replace(outcome=rule.outcome)
        given = json.loads(rule.values_json)
        points = [point._replace(value=given.get(point.name, point.value)) for point in tag.points]
        score, confirmed = rule.classification_score, bool(rule.confirmed)
        return Extracted(tag.id, tag.name, score, points, confirmed, rule.outcome)


def _fits(rule: SimpleNamespace, file_name: str, metadata: Any) -> bool:
    pattern = rule.file_name
    if pattern is not None and not fnmatchcase(file_name.lower(), pattern.lower()):
        return False
    wanted = json.loads(rule.metadata_json)
    if not wanted:
        return True
    return isinstance(metadata, dict) and all(
        name in metadata and metadata[name] == value for name, value in wanted.items()
    )


def rulebook(company_id: str) -> Transaction[Rulebook]:
    """The rules as they are now."""
    found = yield _TAGS(company_id=company_id)
    rules = yield _RULES(company_id=company_id)
    tags: dict[str, _Tag] = {}
    for tag_id, tag_name, point_id, name, value in found:
        tag = tags.setdefault(tag_id, _Tag(tag_id, tag_name, []))
        if point_id is not None:
            tag.points.append(_Point(point_id, name, value))
    return Rulebook(list(tags.values()), [_RULE.read(rule) for rule in rules])


def store_values(company_id: str, file_id: str, extracted: Extracted) -> Transaction[None]:
    """Store the values of a file; they are shown once its job has come that far."""
    for position, point in enumerate(extracted.points):
        yield _INSERT_VALUE(
            id=derived_uuid(file_id, point.id),
            company_id=company_id,
            file_id=file_id,
            tag_id=extracted.tag_id,
            data_point_id=point.id,
            position=position,
            name=point.name,
            value=point.value,
            classification_score=extracted.classification_score,
            confirmed=extracted.confirmed,
        )
