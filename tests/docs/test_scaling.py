"""docs/scaling.md says what the kept costs come to, and what PostgreSQL and the tables say."""

import json
import re
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Table, UniqueConstraint

from alfred_mock.database.lookup_cache import MOST_KEPT
from alfred_mock.database.notify import PATIENCE_SECONDS
from alfred_mock.database.table_model import TableModel
from benchmarks import sizing
from benchmarks.sizing import cores
from tests.docs.markdown import ROOT, blocks, code_in, read, section

PAGE = read("docs/scaling.md")
ON_ONE_LINE = " ".join(PAGE.split())


def _kept(name: str) -> Any:
    return json.loads(read(f"benchmarks/results/{name}.json"))


FOUND = _kept("costs")["figures"]


@pytest.mark.parametrize("about", sizing.tables(FOUND))
def test_each_table_follows_from_the_costs(about: str) -> None:
    assert sizing.tables(FOUND)[about] in PAGE


@pytest.mark.parametrize("fact", sizing.facts(FOUND))
def test_each_figure_in_a_sentence_follows_from_the_costs(fact: str) -> None:
    assert fact in ON_ONE_LINE


def test_cores_are_rounded_up_with_room_for_peaks() -> None:
    assert [cores(1_000, 0.6), cores(1_000, 0.61), cores(10_000, 0.0)] == [1, 2, 0]


def test_what_larger_tables_cost_sqlite_is_as_measured() -> None:
    (measured,) = (
        goal["measured"] for goal in _kept("scale")["goals"] if goal["figure"].startswith("detail")
    )
    assert f"10,000,000 in SQLite: {measured:.2f} of the details" in ON_ONE_LINE


def test_the_rates_of_one_core_are_those_of_the_speed_report() -> None:
    of_postgres = _kept("speed")["figures"]["alfred-mock, PostgreSQL"]
    for kind in ("detail", "create"):
        rate = sorted(of_postgres[f"{kind} requests/s"])[2]
        assert f"{rate:,.0f} {kind}s" in ON_ONE_LINE.replace("\n", " ")
        assert f"{1_000 / rate:.2f}" in ON_ONE_LINE


def _keys(table: Table) -> list[set[str]]:
    keys = [table.primary_key.columns.keys()]
    keys += [index.columns.keys() for index in table.indexes if index.unique]
    keys += [key.columns.keys() for key in table.constraints if isinstance(key, UniqueConstraint)]
    return list(map(set, keys))


def test_the_tables_whose_keys_lack_the_company_are_named() -> None:
    import alfred_mock.tables  # noqa: F401 - makes all tables known

    lacking = {
        table.name
        for table in TableModel.metadata.tables.values()
        if "company_id" in table.columns and any("company_id" not in key for key in _keys(table))
    }
    (sentence,) = re.findall(r"The same holds for each of (.*?)\. ", ON_ONE_LINE)
    assert set(code_in(sentence)) == lacking


@pytest.mark.anyio
async def test_postgresql_refuses_to_partition_by_company_as_shown(postgres_url: str) -> None:
    text = section(PAGE, "Partitioning by company")
    ((statement,), (refusal,)) = (blocks(text, language) for language in ("sql", "text"))
    connection = await asyncpg.connect(postgres_url)
    try:
        with pytest.raises(asyncpg.FeatureNotSupportedError) as refused:
            await connection.execute(statement)
    finally:
        await connection.close()
    assert refusal.strip() == str(refused.value)


def test_limits_are_those_of_the_code() -> None:
    assert f"remembers {MOST_KEPT:,} look-ups" in ON_ONE_LINE
    assert f"waits for {PATIENCE_SECONDS:g} s at most" in ON_ONE_LINE


def test_the_page_can_be_found() -> None:
    for name in ("docs/README.md", "docs/performance.md"):
        assert "scaling.md)" in (ROOT / name).read_text("utf-8")
