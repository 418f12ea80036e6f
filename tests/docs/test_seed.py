"""What docs/seed.md says of the keys of a seed is what the code reads."""

from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.control.seed.company import CloudinfoSeed, CompanySeed
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.document import SeedDocument, read_seed
from alfred_mock.control.seed.events import EventsSeed
from alfred_mock.control.seed.files import FileSeed
from alfred_mock.control.seed.jobs import DeferredSessionSeed, JobSeed
from alfred_mock.control.seed.tags import DataPointSeed, RuleSeed, TagSeed
from alfred_mock.core.settings import Progression
from tests.docs.markdown import ROOT, code_in, read, rows, section, shown_default

PAGE = read("docs/seed.md")
PARTS: dict[str, type[BaseModel]] = {
    "a company": CompanySeed,
    "`users`": UserSeed,
    "`api_keys`": KeySeed,
    "`hmac`": HmacSeed,
    "`events`": EventsSeed,
    "`cloudinfo`": CloudinfoSeed,
    "`tags`": TagSeed,
    "`data_points`": DataPointSeed,
    "`rules`": RuleSeed,
    "`deferred_sessions`": DeferredSessionSeed,
    "`jobs`": JobSeed,
    "`files`": FileSeed,
}
FREE = {"metadata", "values", "properties", "delivery_faults"}
"""Keys of a seed under which there are others that the format does not name."""


@pytest.mark.parametrize(("part", "model"), PARTS.items())
def test_the_table_of_seeds_has_each_key(part: str, model: type[BaseModel]) -> None:
    (cell,) = (row[1] for row in rows(section(PAGE, "Keys")) if row[0] == part)
    required, _, optional = cell.partition("optional:")
    fields = model.model_fields
    either = {"deferred_session_id", "job_id"} if model is FileSeed else set()
    for name, field in fields.items():
        is_required = field.is_required() or isinstance(field.default, list) or name in either
        assert f"`{name}`" in (required if is_required else optional)
        if isinstance(field.default, str) and field.default:
            assert f"`{name}` (`{field.default}`" in optional
        elif isinstance(field.default, float | int) and field.default is not False:
            shown = shown_default(field.default)
            assert f"`{name}` ({shown if field.default is True else shown.strip('`')})" in optional
    enumerated = {str(value) for kind in (Outcome, Progression) for value in kind}
    unknown = {"API Key 1", "HMAC Key 1", "open", "closed", "api", "low", "normal", "high"}
    unknown |= {"deferred_upload", "remote_upload", "events: on", "docs", "sdk"}
    others = {"*", "?", "[…]", "null", "true", "false"}
    assert set(code_in(cell)) - set(fields) <= unknown | others | enumerated


def test_the_table_of_seeds_has_each_outcome_and_progression() -> None:
    table = dict(row[:2] for row in rows(section(PAGE, "Keys")))
    assert {str(outcome) for outcome in Outcome} <= set(code_in(table["`jobs`"]))
    assert {str(progression) for progression in Progression} <= set(code_in(table["a company"]))


def test_every_part_of_a_seed_is_in_the_table() -> None:
    _, *table = rows(section(PAGE, "Keys"))
    assert [row[0] for row in table] == list(PARTS)


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(_keys(part) for key, part in value.items() if key not in FREE))


def test_the_example_seed_uses_every_key_there_is() -> None:
    path = ROOT / "examples" / "documented.yaml"
    read_seed(path)
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    models: list[type[BaseModel]] = [SeedDocument, *PARTS.values()]
    assert _keys(found) == {field for model in models for field in model.model_fields}
    # Several parts have keys of the same name, so each is looked at by itself too.
    for part, model in PARTS.items():
        key = "companies" if model is CompanySeed else part.strip("`")
        assert _under(key, found) == set(model.model_fields), part


def _under(wanted: str, value: Any) -> set[str]:
    """The keys that are used anywhere in the parts under a key."""
    if isinstance(value, list):
        return set().union(*(_under(wanted, part) for part in value))
    if not isinstance(value, dict):
        return set()
    found = value.get(wanted, [])
    own = set().union(*(found if isinstance(found, list) else [found]))
    return own.union(*(_under(wanted, part) for key, part in value.items() if key not in FREE))
