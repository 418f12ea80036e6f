"""Tags, data points and rules, from a seed to the database."""

import pytest

from alfred_mock.alfred.processing.extraction import Extracted, rulebook
from alfred_mock.core.errors import Refusal
from alfred_mock.core.ids import derived_uuid
from alfred_mock.main import Application
from tests.control.seed.documents import (
    A_TAG,
    OTHER,
    POINT,
    TAG,
    THIRD,
    load_company,
    rows_of,
)

pytestmark = pytest.mark.anyio


async def _names(app: Application, table: str = "tag") -> list[str]:
    found = await rows_of(app.services, table)
    return [row["name"] for row in sorted(found, key=lambda row: int(row["position"]))]


async def _extract(app: Application, file_name: str, metadata: object = None) -> Extracted:
    rules = await app.services.database.transact(rulebook(OTHER))
    return rules.extract(file_name, metadata)


async def test_what_is_said_of_tags_is_stored(app: Application) -> None:
    await load_company(app.services, tags=[{**A_TAG, "description": "Receipt"}, {"name": "OTRO"}])
    tags = {row["name"]: row for row in await rows_of(app.services, "tag")}
    assert tags["RECIBO"]["id"] == TAG
    assert tags["RECIBO"]["description"] == "Receipt"
    assert tags["OTRO"]["id"] == derived_uuid(OTHER, "tag", "OTRO")
    assert tags["OTRO"]["description"] is None
    assert await _names(app) == ["RECIBO", "OTRO"]
    points = {row["name"]: row for row in await rows_of(app.services, "data_point")}
    assert [points["total"][key] for key in ("id", "tag_id", "value")] == [POINT, TAG, "1"]
    assert points["fecha"]["id"] == derived_uuid(TAG, "fecha")
    assert points["fecha"]["value"] == ""
    assert await _names(app, "data_point") == ["total", "fecha"]


async def test_without_tags_there_is_the_documented_one(app: Application) -> None:
    await load_company(app.services)
    assert await _names(app) == ["FACTURA"]
    points = await rows_of(app.services, "data_point")
    assert {row["name"]: row["value"] for row in points} == {
        "rnc": "1923829",
        "monto": "390.00",
        "fecha": "2022-02-03",
    }


async def test_an_empty_list_of_tags_means_none(app: Application) -> None:
    await load_company(app.services, tags=[])
    assert await _names(app) == []


async def test_a_company_that_has_tags_is_given_no_other(app: Application) -> None:
    await load_company(app.services, tags=[A_TAG])
    await load_company(app.services)
    assert await _names(app) == ["RECIBO"]


async def test_a_changed_tag_is_changed_and_keeps_its_id(app: Application) -> None:
    await load_company(app.services, tags=[A_TAG])
    point = {"id": POINT, "name": "suma", "value": "3"}
    await load_company(app.services, tags=[{"id": TAG, "name": "NUEVO", "data_points": [point]}])
    assert [row["id"] for row in await rows_of(app.services, "tag")] == [TAG]
    assert await _names(app) == ["NUEVO"]
    points = {row["id"]: row for row in await rows_of(app.services, "data_point")}
    assert [points[POINT][key] for key in ("name", "value")] == ["suma", "3"]


async def test_what_is_not_given_any_more_stays_behind_the_rest(app: Application) -> None:
    await load_company(app.services, tags=[{"name": "A"}, {"name": "B"}])
    for _ in range(2):
        await load_company(app.services, tags=[{"name": "Z"}])
        assert await _names(app) == ["Z", "A", "B"]


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ({"id": TAG, "name": "X"}, f"the tag id {TAG}"),
        ({"name": "X", "data_points": [{"id": POINT, "name": "p"}]}, f"the data point id {POINT}"),
    ],
)
async def test_ids_of_another_company_are_refused_and_nothing_is_loaded(
    app: Application, tag: dict[str, object], problem: str
) -> None:
    await load_company(app.services, tags=[A_TAG])
    with pytest.raises(Refusal, match=f"seed: {problem} belongs to another company"):
        await load_company(app.services, THIRD, tags=[tag])
    assert await rows_of(app.services, "tag", THIRD) == []
    assert await rows_of(app.services, "company_profile", THIRD) == []


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ({"name": "RECIBO"}, f"the tag RECIBO has the id {TAG}"),
        (
            {"id": TAG, "name": "RECIBO", "data_points": [{"name": "total"}]},
            f"the data point total of the tag RECIBO has the id {POINT}",
        ),
    ],
)
async def test_a_name_cannot_come_to_stand_for_two(
    app: Application, tag: dict[str, object], problem: str
) -> None:
    await load_company(app.services, tags=[A_TAG])
    with pytest.raises(Refusal, match=f"seed: {problem} in the database already"):
        await load_company(app.services, tags=[tag])


async def test_rules_decide_as_they_say(app: Application) -> None:
    await load_company(
        app.services,
        tags=[A_TAG, {"name": "OTRO"}],
        rules=[
            {"file_name": "*.zip", "tag": None, "outcome": "invalid"},
            {"metadata": {"kind": {"a": [1]}}, "tag": "OTRO", "classification_score": 0},
            {"file_name": "a?.pdf", "values": {"total": "é\n2"}, "confirmed": False},
        ],
    )
    archive = await _extract(app, "x.zip")
    assert (archive.tag_name, archive.outcome) == (None, "invalid")
    other = await _extract(app, "x.pdf", {"kind": {"a": [1]}, "more": 1})
    assert (other.tag_name, other.classification_score, other.confirmed) == ("OTRO", 0, True)
    first = await _extract(app, "ab.pdf")
    assert (first.tag_id, first.confirmed, first.outcome) == (TAG, False, None)
    assert first.classification_score == 0.95
    assert [point.value for point in first.points] == ["é\n2", ""]
    assert (await _extract(app, "abc.pdf")).confirmed


async def test_rules_are_replaced(app: Application) -> None:
    await load_company(app.services, rules=[{"file_name": "a"}, {"file_name": "b"}])
    await load_company(app.services, rules=[{"file_name": "c"}])
    assert [row["file_name"] for row in await rows_of(app.services, "extraction_rule")] == ["c"]
    await load_company(app.services)
    assert await rows_of(app.services, "extraction_rule") == []


async def test_a_rule_without_a_tag_means_the_first_of_the_seed(app: Application) -> None:
    await load_company(app.services, tags=[{"name": "A", "data_points": [{"name": "x"}]}])
    await load_company(app.services, tags=[A_TAG], rules=[{"values": {"total": "1"}}])
    [rule] = await rows_of(app.services, "extraction_rule")
    assert rule["tag_name"] == "RECIBO"
    await load_company(app.services, tags=[], rules=[{}])
    [rule] = await rows_of(app.services, "extraction_rule")
    assert rule["tag_name"] is None


async def test_without_tags_rules_may_name_those_in_the_database(app: Application) -> None:
    await load_company(app.services, tags=[A_TAG])
    await load_company(app.services, rules=[{"tag": "RECIBO"}, {"values": {"total": "1"}}])
    rules = await rows_of(app.services, "extraction_rule")
    assert [rule["tag_name"] for rule in rules] == ["RECIBO", "RECIBO"]
    with pytest.raises(Refusal) as refusal:
        await load_company(app.services, rules=[{}, {"tag": "FACTURA"}])
    place = "seed: companies[0].rules[1].tag"
    assert str(refusal.value) == f"{place}: there is no tag FACTURA; the nearest is RECIBO"
    assert len(await rows_of(app.services, "extraction_rule")) == 2


async def test_rules_may_name_the_documented_tag_where_no_tags_are_given(app: Application) -> None:
    await load_company(app.services, rules=[{"tag": "FACTURA", "values": {"monto": "1"}}])
    assert [point.value for point in (await _extract(app, "x")).points] == [
        "1923829",
        "1",
        "2022-02-03",
    ]
