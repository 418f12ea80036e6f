"""What processing makes of files: a company's rules."""

import json
from collections import defaultdict
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import bindparam
from sqlmodel import col, delete

from alfred_mock.alfred.processing.extraction import DEFAULT_SCORE
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.alfred.tables import ExtractionRule
from alfred_mock.control.seed.part import Flag, Stored, StoredPart
from alfred_mock.control.seed.rows import CompanyRows, Exported
from alfred_mock.core.values import JsonObject, LongText, Score, ShortText
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.rows import Insert


def _compact(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


class RuleSeed(StoredPart):
    """What processing makes of the files that fit; the first rule that fits a file decides."""

    table = ExtractionRule

    file_name: ShortText | None = None
    metadata: Annotated[JsonObject, Stored("metadata_json", _compact, json.loads)] = Field({})
    tag: ShortText | None = Field(None, description="The first tag unless given; null for no tag.")
    values: Annotated[dict[ShortText, LongText], Stored("values_json", _compact, json.loads)] = (
        Field({})
    )
    classification_score: Score = DEFAULT_SCORE
    confirmed: Flag = True
    outcome: Annotated[Outcome, Field(strict=False)] | None = None

    def tag_among(self, names: list[str]) -> str | None:
        """The name of the tag that is given, if the company's tags have these names."""
        return self.tag if "tag" in self.model_fields_set else next(iter(names), None)


_FORGET = Statement(
    delete(ExtractionRule).where(col(ExtractionRule.company_id) == bindparam("company_id"))
)
_INSERT = Insert(ExtractionRule)
_RULES = CompanyRows(ExtractionRule, "position")


def replace_rules(
    company_id: str, rules: list[RuleSeed], tag_names: list[str]
) -> Transaction[None]:
    """Put the rules in the place of those that there were."""
    yield _FORGET(company_id=company_id)
    for position, rule in enumerate(rules):
        tag_name = rule.tag_among(tag_names)
        yield _INSERT(company_id=company_id, position=position, tag_name=tag_name, **rule.row())


def export_rules(company_id: str | None) -> Transaction[Exported]:
    """Rules in their order."""
    rules: Exported = defaultdict(list)
    for row in (yield from _RULES(company_id)):
        # A missing key would mean the first tag.
        rules[row.company_id].append({**RuleSeed.shown(row), "tag": row.tag_name})
    return rules
