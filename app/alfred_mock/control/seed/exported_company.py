"""What a company is in a seed document, from the database: credentials, profile, tags, rules."""

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from alfred_mock.alfred.tables import CompanyProfile, DataPoint, ExtractionRule, Tag
from alfred_mock.auth.tables import ApiKey, HmacPair, User
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.processing import DataPointSeed, RuleSeed, TagSeed
from alfred_mock.control.seed.values import Part
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

Exported = dict[str, list[dict[str, Any]]]
"""Parts of a document by the id of the company that they belong to."""

_users, _keys, _pairs = columns_of(User), columns_of(ApiKey), columns_of(HmacPair)
_tags, _points, _rules = columns_of(Tag), columns_of(DataPoint), columns_of(ExtractionRule)
_profiles = columns_of(CompanyProfile)


def part(model: type[Part], **values: Any) -> dict[str, Any]:
    """A part of a document, less what is so by default."""
    fields = model.model_fields
    return {key: value for key, value in values.items() if value != fields[key].default}


def of_each(company: Any, *columns: Any) -> Statement:
    """Reads these columns of all rows that are a company's, after its id."""
    return Statement(select(company, *columns).where(of_company(company)))


_CREDENTIALS: dict[str, tuple[type[Part], Statement, tuple[str, ...]]] = {
    "users": (
        UserSeed,
        of_each(
            _users.company_id, _users.user_name, _users.password, _users.name, _users.last_name
        ),
        ("user_name", "password", "name", "last_name"),
    ),
    "api_keys": (KeySeed, of_each(_keys.company_id, _keys.key, _keys.name), ("key", "name")),
    "hmac": (
        HmacSeed,
        of_each(_pairs.company_id, _pairs.public_id, _pairs.key, _pairs.name),
        ("id", "key", "name"),
    ),
}
_TAGS = of_each(_tags.company_id, _tags.id, _tags.position, _tags.name, _tags.description)
_POINTS = of_each(
    _points.company_id, _points.tag_id, _points.position, _points.name, _points.id, _points.value
)
_RULES = of_each(
    _rules.company_id,
    _rules.position,
    _rules.file_name,
    _rules.metadata_json,
    _rules.tag_name,
    _rules.values_json,
    _rules.classification_score,
    _rules.confirmed,
    _rules.outcome,
)
_PROFILES = of_each(
    _profiles.company_id, _profiles.progression, _profiles.stage_ms, _profiles.cloudinfo_json
)


def credentials(kind: str) -> Callable[[str | None], Transaction[Exported]]:
    """What reads the users, the API keys or the HMAC pairs."""
    model, statement, keys = _CREDENTIALS[kind]

    def read(company_id: str | None) -> Transaction[Exported]:
        exported: Exported = defaultdict(list)
        # Sorted here, as everywhere: databases do not agree on the order of texts.
        for owner, *row in sorted((yield statement(company_id=company_id)), key=_by_name):
            exported[owner].append(part(model, **dict(zip(keys, row, strict=True))))
        return exported

    return read


def _by_name(row: Any) -> Any:
    return tuple(row)[:2]


def profiles(company_id: str | None) -> Transaction[dict[str, dict[str, Any]]]:
    """What companies have set for themselves."""
    rows = yield _PROFILES(company_id=company_id)
    return {
        owner: {
            "progression": progression,
            "stage_seconds": None if stage_ms is None else stage_ms / 1_000,
            "cloudinfo": json.loads(cloudinfo) or None,
        }
        for owner, progression, stage_ms, cloudinfo in rows
    }


def tags(company_id: str | None) -> Transaction[Exported]:
    """Tags with their data points, in their order, each with the id that it has."""
    points: Exported = defaultdict(list)
    for _, tag_id, _, name, id_, value in sorted(
        (tuple(row) for row in (yield _POINTS(company_id=company_id))), key=lambda row: row[:4]
    ):
        points[tag_id].append(part(DataPointSeed, id=id_, name=name, value=value))
    exported: Exported = defaultdict(list)
    for owner, id_, _, name, description in sorted(
        (tuple(row) for row in (yield _TAGS(company_id=company_id))), key=lambda row: row[2:4]
    ):
        tag = part(
            TagSeed, id=id_, name=name, description=description, data_points=points.get(id_, [])
        )
        exported[owner].append(tag)
    return exported


def rules(company_id: str | None) -> Transaction[Exported]:
    """Rules in their order."""
    exported: Exported = defaultdict(list)
    rows = sorted((yield _RULES(company_id=company_id)), key=lambda row: row[1])
    for owner, _, file_name, metadata, tag, values, score, confirmed, outcome in rows:
        rule = part(
            RuleSeed,
            file_name=file_name,
            metadata=json.loads(metadata),
            values=json.loads(values),
            classification_score=score,
            confirmed=bool(confirmed),
            outcome=outcome,
        )
        # Without a word it would be the first tag.
        exported[owner].append({**rule, "tag": tag})
    return exported
