"""What docs/settings.md says of settings and limits is what the code has."""

import re

from alfred_mock.alfred.tokens import MAX_BODY_BYTES
from alfred_mock.connections.client_limits import UNREAD_BYTES, Limits
from alfred_mock.control.body_limit import BODY_BYTES, SEED_BYTES
from alfred_mock.core.body import JSON_BYTES
from alfred_mock.core.settings import Settings, variable_of
from alfred_mock.main import create_app
from tests.docs.markdown import read, rows, section, shown_default

PAGE = read("docs/settings.md")
_BYTES = {"KiB": 1_024, "MiB": 1_048_576}


def test_the_table_of_settings_has_each_of_them_with_itsshown_default() -> None:
    _, *table = rows(section(PAGE, "Settings"))
    assert [row[:3] for row in table] == [
        [f"`{variable_of(field)}`", f"`--{field.replace('_', '-')}`", shown_default(info.default)]
        for field, info in Settings.model_fields.items()
    ]
    assert all(len(row) == 4 and row[3] for row in table)


def _limits() -> dict[str, tuple[list[float], str]]:
    """By what is limited: the numbers, in bytes or seconds, and what is beyond them."""
    found = {}
    for what, limit, beyond in rows(section(PAGE, "Limits of a request"))[1:]:
        numbers = re.findall(r"(\d+) (KiB|MiB|s)\b", limit)
        found[what] = [float(number) * _BYTES.get(unit, 1) for number, unit in numbers], beyond
    return found


def test_the_limits_are_those_of_the_code() -> None:
    numbers = {what: numbers for what, (numbers, _) in _limits().items()}
    limits = Limits()
    assert numbers == {
        "method, URL and headers together": [limits.head_bytes],
        "time for these, from the first byte": [limits.head_seconds],
        "silence within a body": [limits.body_seconds],
        "a file": [],
        "a JSON body; the body of a control call": [JSON_BYTES, SEED_BYTES],
        "the form of `/token`": [MAX_BODY_BYTES],
        "what comes of a body after its answer": [UNREAD_BYTES],
    }
    assert JSON_BYTES == BODY_BYTES


def test_the_statuses_beyond_the_limits_of_bodies_are_documented() -> None:
    app = create_app(Settings(_env_file=None, database_url="sqlite:///:memory:"))
    calls = {
        "a file": "/api/file/uploadfile",
        "a JSON body; the body of a control call": "/api/job/create",
        "the form of `/token`": "/token",
    }
    for what, path in calls.items():
        (status,) = re.findall(r"^\d{3}", _limits()[what][1])
        assert status in app.openapi()["paths"][path]["post"]["responses"], what
