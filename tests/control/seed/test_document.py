"""A seed that is not as it should be is refused with file, place and reason."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from alfred_mock.control.seed.document import parse_seed, read_seed
from alfred_mock.core.errors import Refusal

ID = "286e2ed0-3626-4faa-a745-8ebf3488fbd7"
OTHER_ID = "386e2ed0-3626-4faa-a745-8ebf3488fbd7"
JOB = {"id": ID, "creation_date": "2022-11-17T00:00:00.000", "user_name": "u"}
FILE = {"id": ID, "creation_date": "2022-11-17T00:00:00.000", "file_name": "f.pdf"}
SESSION = {"id": ID, "creation_date": "2022-11-17T00:00:00.000", "user_name": "u"}


def _company(**parts: Any) -> dict[str, Any]:
    return {"companies": [{"id": ID, "name": "Company", **parts}]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("seed.yaml", f"companies:\n  - id: {ID}\n    name: Company\n"),
        ("seed.yml", f"companies: [{{id: {ID}, name: Company}}]"),
        ("seed.json", json.dumps(_company())),
        ("seed.toml", f'[[companies]]\nid = "{ID}"\nname = "Company"\n'),
    ],
)
def test_yaml_json_and_toml_say_the_same(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_seed(tmp_path / name) == parse_seed(_company(), source="test")


@pytest.mark.parametrize(
    "date", ["2022-11-17T00:00:00.000", '"2022-11-17T00:00:00.000"', "2022-11-17T02:00:00+02:00"]
)
def test_a_date_may_be_text_or_yamls_own(tmp_path: Path, date: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(
        f"companies: [{{id: {ID}, name: C, deferred_sessions:"
        f" [{{id: {ID}, user_name: u, creation_date: {date}}}]}}]"
    )
    session = read_seed(path).companies[0].deferred_sessions[0]
    assert session.creation_date == 1_668_643_200_000


def test_an_empty_document_is_an_empty_seed(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("# nothing yet\n")
    assert read_seed(tmp_path / "seed.yaml").companies == []


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"company": []}, "company: there is no such key; the nearest is companies"),
        (
            _company(users=[{"user_name": "u", "password": "p", "pasword": "q"}]),
            "companies[0].users[0].pasword: there is no such key; the nearest is password",
        ),
        (_company(id="12"), "companies[0].id: must be a UUID"),
        (_company(name=5), "companies[0].name: must be text (put it in quotes)"),
        ({"companies": [{"id": ID}]}, "companies[0].name: Field required"),
        (_company(api_keys=[{"key": "two words"}]), "companies[0].api_keys[0].key: "),
        (_company(hmac=[{"id": "a:b", "key": "c2VjcmV0"}]), "companies[0].hmac[0].id: "),
        (_company(hmac=[{"id": "a", "key": "!"}]), "companies[0].hmac[0].key: must be base64"),
        (_company(hmac=[{"id": "a", "key": ""}]), "companies[0].hmac[0].key: must be base64"),
        (
            _company(deferred_sessions=[{**SESSION, "creation_date": "soon"}]),
            "companies[0].deferred_sessions[0].creation_date: must be a date such as",
        ),
        (
            _company(deferred_sessions=[{**SESSION, "status": "ajar"}]),
            "companies[0].deferred_sessions[0].status: Input should be 'open' or 'closed'",
        ),
        (
            _company(deferred_sessions=[{**SESSION, "status": "closed"}]),
            "companies[0].deferred_sessions[0]: a closed session has a job_id",
        ),
        (
            _company(deferred_sessions=[{**SESSION, "job_id": OTHER_ID}]),
            "companies[0].deferred_sessions[0]: a closed session has a job_id",
        ),
        (
            _company(deferred_sessions=[SESSION, {**SESSION, "id": ID.upper()}]),
            f"document: the deferred session id {ID} is given more than once",
        ),
        (
            {"companies": [{"id": ID, "name": "a"}, {"id": ID, "name": "b"}]},
            f"document: the company id {ID} is given more than once",
        ),
        (
            {
                "companies": [
                    {"id": ID, "name": "a", "api_keys": [{"key": "hush"}]},
                    {"id": OTHER_ID, "name": "b", "api_keys": [{"key": "hush"}]},
                ]
            },
            "document: the API key is given more than once",
        ),
        ([], "document: Input should be a valid dictionary"),
        (
            _company(tags=[{"name": "T", "data_points": [{"name": "p", "vlaue": "1"}]}]),
            "companies[0].tags[0].data_points[0].vlaue: there is no such key; the nearest is value",
        ),
        (
            _company(cloudinfo={"acount_name": "x"}),
            "companies[0].cloudinfo.acount_name: there is no such key; the nearest is account_name",
        ),
        (
            _company(cloudinfo={"duplicate_policy": "replace"}),
            "companies[0].cloudinfo.duplicate_policy: there is no such key",
        ),
        (
            _company(cloudinfo={"job_retry_limit": 11}),
            "companies[0].cloudinfo.job_retry_limit: Input should be less than or equal to 10",
        ),
        (
            _company(cloudinfo={"invalid_on_failed_file": "yes"}),
            "companies[0].cloudinfo.invalid_on_failed_file: Input should be a valid boolean",
        ),
        (_company(cloudinfo={"web_hook_url": "ftp://x"}), "companies[0].cloudinfo.web_hook_url: "),
        (
            _company(progression="slow"),
            "companies[0].progression: Input should be 'immediate', 'timed' or 'manual'",
        ),
        (_company(stage_seconds=-1), "companies[0].stage_seconds: Input should be greater than"),
        (_company(stage_seconds=float("nan")), "companies[0].stage_seconds: "),
        (
            _company(tags=[{"name": "T", "data_points": [{"name": "p", "value": 390}]}]),
            "companies[0].tags[0].data_points[0].value: must be text (put it in quotes)",
        ),
        (
            _company(rules=[{"values": {"p": 390.0}}]),
            "companies[0].rules[0].values.p: must be text (put it in quotes)",
        ),
        (
            _company(rules=[{"values": {7: "x"}}]),
            "companies[0].rules[0].values[7]: must be text (put it in quotes)",
        ),
        (
            _company(rules=[{"metadata": ["x"]}]),
            "companies[0].rules[0].metadata: Input should be a valid dictionary",
        ),
        (
            _company(rules=[{"metadata": {"when": date(2022, 2, 3)}}]),
            "companies[0].rules[0].metadata: must be JSON (put dates and keys in quotes)",
        ),
        (_company(rules=[{"outcome": "sunk"}]), "companies[0].rules[0].outcome: Input should be"),
        (
            _company(rules=[{"classification_score": 1.5}]),
            "companies[0].rules[0].classification_score: Input should be less than or equal to 1",
        ),
        (_company(jobs=[{**JOB, "stage": "lost"}]), "companies[0].jobs[0].stage: Input should be"),
        (_company(jobs=[{**JOB, "priority": "urgent"}]), "companies[0].jobs[0].priority: "),
        (
            _company(jobs=[{**JOB, "metadata": {1: "x"}}]),
            "companies[0].jobs[0].metadata: must be JSON (put dates and keys in quotes)",
        ),
        (_company(jobs=[{**JOB, "merge": 1}]), "companies[0].jobs[0].merge: Input should be a"),
        (
            _company(files=[FILE]),
            "companies[0].files[0]: a file has a deferred_session_id, a job_id or both",
        ),
        (
            _company(files=[{**FILE, "job_id": ID, "content": "x", "content_base64": "eA=="}]),
            "companies[0].files[0]: a file has content or content_base64, not both",
        ),
        (
            _company(files=[{**FILE, "job_id": ID, "content_base64": "?"}]),
            "companies[0].files[0].content_base64: must be base64",
        ),
        (
            _company(files=[{**FILE, "job_id": ID, "content_type": "pdf"}]),
            "companies[0].files[0].content_type: String should match",
        ),
        (
            _company(files=[{**FILE, "job_id": ID, "status": "lost"}]),
            "companies[0].files[0].status: Input should be",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named_with_its_place(document: Any, problem: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_seed(document, source="seed.yaml")
    assert str(refusal.value).startswith(f"seed.yaml: {problem}")
    assert "hush" not in str(refusal.value)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(Refusal) as refusal:
        parse_seed({"companies": [{"id": "x", "name": 1}]}, source="seed.yaml")
    assert len(str(refusal.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("seed.txt", "", "a seed ends in .yaml"),
        ("seed.yaml", "companies: [", "expected the node content"),
        ("seed.yaml", "companies: []\ncompanies: []", "'companies' is given twice"),
        ("seed.yaml", "? {a: b}\n: c", "unhashable"),
        ("seed.json", "{", "Expecting property name"),
        ("seed.json", '{"companies": [], "companies": []}', "given twice"),
        ("seed.toml", "companies = 1\ncompanies = 2", "overwrite"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_refused_by_name(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Refusal, match=name) as refusal:
        read_seed(tmp_path / name)
    assert problem in str(refusal.value)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"missing\.yaml: No such file"):
        read_seed(tmp_path / "missing.yaml")
