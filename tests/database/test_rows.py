"""Rows by the names of their columns, and no column that a writer forgets."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import bindparam, select

import alfred_mock
from alfred_mock.alfred.tables import DeferredSession, File
from alfred_mock.auth.tables import Company
from alfred_mock.database import Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Selection, Update, defaults_of, row_of
from alfred_mock.main import Application
from tests.support import COMPANY

_PACKAGE = Path(alfred_mock.__file__).parent
_SESSION = {
    "id": "0f767925-b464-4ffa-b621-1a0aeacad257",
    "company_id": COMPANY,
    "user_name": "x",
    "status": "open",
    "creation_date": 1,
    "update_date": 1,
}


def test_a_row_has_the_defaults_of_its_table() -> None:
    assert row_of(DeferredSession, **_SESSION) == {**_SESSION, "job_id": None}
    assert defaults_of(File)["channel"] == "api"


@pytest.mark.parametrize(
    "make", [lambda **row: row_of(DeferredSession, **row), Insert(DeferredSession)]
)
def test_a_column_that_is_forgotten_or_misspelt_is_named(make: Any) -> None:
    forgotten = {name: value for name, value in _SESSION.items() if name != "status"}
    with pytest.raises(TypeError, match=r"not the columns of DeferredSession: status$"):
        make(**forgotten)
    with pytest.raises(TypeError, match=r"not the columns of DeferredSession: jobid$"):
        make(**_SESSION, jobid=None)
    with pytest.raises(TypeError, match=r"not the columns of DeferredSession: state, status$"):
        make(**forgotten, state="open")


def test_only_columns_can_be_selected_and_updated() -> None:
    with pytest.raises(KeyError, match="state"):
        Selection(DeferredSession, "state")
    with pytest.raises(KeyError, match="state"):
        Update(DeferredSession, "state")


def test_a_row_of_several_tables_is_read_one_after_the_other() -> None:
    values = iter(("an id", "a name", 7, "more"))
    company = Selection(Company).read(values)
    file = Selection(File, "position").read(values)
    assert (vars(company), vars(file)) == ({"id": "an id", "name": "a name"}, {"position": 7})
    assert list(values) == ["more"]


@pytest.mark.anyio
async def test_what_is_inserted_and_updated_by_name_is_read_by_name(app: Application) -> None:
    database = app.services.database
    id_ = columns_of(DeferredSession).id
    shown = Selection(DeferredSession, "status", "job_id", "update_date")
    find = Statement(select(*shown.columns).where(id_ == bindparam("id")))
    await database.write(Insert(DeferredSession)(**_SESSION))
    change = Update(DeferredSession, "update_date", "status")
    await database.write(change(id=_SESSION["id"], update_date=2, status="closed"))
    (row,) = await database.fetch(find(id=_SESSION["id"]))
    assert vars(shown.read(row)) == {"status": "closed", "job_id": None, "update_date": 2}


def _calls(kind: type[Statement]) -> Iterator[tuple[str, Any, set[str], bool]]:
    """Each call in the package of a statement of this kind: its place, the statement, the names."""
    for path in sorted(_PACKAGE.rglob("*.py")):
        text = path.read_text()
        if f"{kind.__name__}(" not in text:
            continue
        parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
        module: ModuleType = importlib.import_module(".".join(parts))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                statement = getattr(module, node.func.id, None)
                if isinstance(statement, kind):
                    names = {keyword.arg for keyword in node.keywords if keyword.arg}
                    is_whole = all(keyword.arg for keyword in node.keywords)
                    yield f"{path}:{node.lineno}", statement, names, is_whole


def test_every_insert_of_the_package_gives_each_column_that_has_no_default() -> None:
    places = []
    for place, statement, names, is_whole in _calls(Insert):
        columns = statement.model.model_fields.keys()
        assert names <= columns, place
        if is_whole:  # else some names are known only to those who call it
            assert columns - defaults_of(statement.model).keys() <= names, place
        places.append(place)
    assert len(places) > 5


def test_every_update_of_the_package_gives_each_of_its_columns() -> None:
    places = []
    for place, statement, names, is_whole in _calls(Update):
        given = {name.removeprefix("given_") for name in statement.sqlite.names}
        assert names == given if is_whole else names <= given, place
        places.append(place)
    assert places
