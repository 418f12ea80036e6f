"""Sentences of a tester's own, in a file."""

from pathlib import Path

import httpx
import pytest

from alfred_mock.control.pact.catalogue import KNOWN_STATES
from alfred_mock.control.pact.own_states import read_own_states
from alfred_mock.control.pact.states import Catalogue
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings
from alfred_mock.main import create_app
from tests.control.pact.verifying import DETAIL, SESSION_ID, STATES, get, refused, set_up
from tests.support import application

pytestmark = pytest.mark.anyio

STATES_YAML = """
"order {number} was scanned":
  - {state: "a company named {number}", params: {progression: manual}}
  - state: a job exists
    params: {stage: completed, metadata: {order: "{number}", text: "order {number}"}}
"session {id} waits":
  - {state: "a deferred session with ID {id} exists", params: {files: 1}}
"nothing but the company": []
"""


@pytest.fixture
def states(tmp_path: Path) -> Path:
    path = tmp_path / "states.yaml"
    path.write_text(STATES_YAML)
    return path


@pytest.fixture
def settings(database_url: str, states: Path) -> Settings:
    return Settings(_env_file=None, database_url=database_url, pact_states=states)


async def test_a_sentence_stands_for_its_states_in_their_order(client: httpx.AsyncClient) -> None:
    values = await set_up(client, "Order 7 was scanned.")
    who = (await get(client, "/api/tagshelf/who-am-i", values)).json()
    assert who["company_name"] == "7"
    job = (await get(client, f"/api/job/detail/{values['job_id']}", values)).json()
    assert job["stage"] == "completed"
    assert '"order 7"' in job["metadata"]
    await set_up(client, "session {id} waits", id=SESSION_ID)
    assert (await get(client, f"{DETAIL}/{SESSION_ID}", values)).status_code == 200
    assert (await set_up(client, "nothing but the company"))["api_key"]


async def test_its_places_are_its_parameters(client: httpx.AsyncClient) -> None:
    shown = (await client.get(STATES)).json()["states"]
    assert shown[-3] == {
        "state": "order {number} was scanned",
        "sentences": ["order {number} was scanned"],
        "params": ["number"],
        "returns": ["job_id", "session_id", "file_id"],
    }
    sentence = "order {number} was scanned"
    assert await refused(client, sentence) == (400, "Parameter 'number' is required.")
    said = "Parameter 'no' is not known; the nearest is 'number'."
    assert await refused(client, sentence, no=7) == (400, said)
    assert await refused(client, "session x waits") == (400, "Parameter 'id' must be a UUID.")
    status, said = await refused(client, "the order 7 was scaned")
    assert (status, said.endswith("the nearest is 'order {number} was scanned'.")) == (404, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "'document': must be a valid dictionary"),
        ('"x": {}', "'x': must be a valid list"),
        ('"x": [{}]', "'x'[0].state: is required"),
        ('"x": [{state: a job exists, parms: {}}]', "'x'[0]: has no key 'parms'"),
        ('"x": [{state: a job exits}]', "'x'[0]: There is no state 'a job exits'; the nearest"),
        (
            '"x": [{state: a job exists, params: {stag: y}}]',
            "'x'[0]: Parameter 'stag' is not known",
        ),
        ('"x": [{state: a job exists, params: {stage: y}}]', "'x'[0]: Parameter 'stage' must be"),
        ('"x {n}": [{state: a job exists, params: {stag: "{n}"}}]', "'x {n}'[0]: Parameter 'stag'"),
        (
            '"x {n}": [{state: a job exists, params: {id: "{m}"}}]',
            "'x {n}'[0]: The sentence has no",
        ),
        ('"A company.": []', "'A company.' is a state already"),
        ('"x y": []\n"the X y": []', "'the X y' is a state already"),
        ('"x": []\n"x": []', "line 2: 'x' is given twice"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "states.yaml"
    path.write_text(text)
    with pytest.raises(Refusal) as raised:
        read_own_states(path, Catalogue(KNOWN_STATES))
    assert f"{raised.value}".startswith(f"{path}: {said}")


async def test_a_server_with_a_wrong_file_does_not_start(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "states.txt"
    settings = Settings(_env_file=None, database_url=sqlite_url, pact_states=path)
    with pytest.raises(Refusal, match="a file of states ends in"):
        async with application(create_app(settings)):
            pass
