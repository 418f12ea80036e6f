"""A seed whose parts do not fit together is refused with the place and the reason."""

from typing import Any

import pytest

from alfred_mock.control.seed.document import parse_seed
from alfred_mock.core.errors import Refusal
from alfred_mock.core.ids import derived_uuid
from tests.control.seed.documents import (
    A_CLOSED_SESSION,
    A_FILE,
    A_JOB,
    A_TAG,
    AN_OPEN_SESSION,
    CLOSED,
    DATE,
    FULL,
    JOB,
    OTHER,
    POINT,
    SESSION,
    TAG,
    THIRD,
    company,
)

UPLOADS: dict[str, Any] = {
    "tags": [A_TAG],
    "deferred_sessions": [AN_OPEN_SESSION, A_CLOSED_SESSION],
    "jobs": [A_JOB],
}
NO_SESSION = "the company has no such session here"


def _file(**changes: Any) -> dict[str, Any]:
    return {**UPLOADS, "files": [{**A_FILE, **changes}]}


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"tags": [A_TAG, {"name": "RECIBO"}]}, "tags: the tag RECIBO is given more than once"),
        (
            {"tags": [{"name": "T", "data_points": [{"name": "a"}, {"name": "a"}]}]},
            "tags[0].data_points: the data point a is given more than once",
        ),
        (
            {"tags": [A_TAG], "rules": [{}, {"tag": "RECIBOS"}]},
            "rules[1].tag: there is no tag RECIBOS; the nearest is RECIBO",
        ),
        ({"tags": [], "rules": [{"tag": "RECIBO"}]}, "rules[0].tag: there is no tag RECIBO"),
        (
            {"tags": [A_TAG], "rules": [{"values": {"totla": "1"}}]},
            "rules[0].values.totla: the tag RECIBO has no such data point; the nearest is total",
        ),
        (
            {"tags": [A_TAG], "rules": [{"tag": None, "values": {"total": "1"}}]},
            "rules[0].values: without a tag there are no values",
        ),
        (
            {"tags": [], "rules": [{"values": {"total": "1"}}]},
            "rules[0].values: without a tag there are no values",
        ),
        (_file(tag="RECIBA"), "files[0].tag: there is no tag RECIBA; the nearest is RECIBO"),
        (_file(tag=None), "files[0].values: without a tag there are no values"),
        (
            _file(values={"x": "1"}),
            "files[0].values.x: the tag RECIBO has no such data point; known are total and fecha",
        ),
        (
            _file(job_id=THIRD, deferred_session_id=None),
            "files[0].job_id: the company has no such job here",
        ),
        (
            _file(deferred_session_id=THIRD, job_id=None),
            f"files[0].deferred_session_id: {NO_SESSION}",
        ),
        (
            _file(deferred_session_id=SESSION),
            "files[0].deferred_session_id: its job was created from another one, or none",
        ),
        (
            _file(job_id=None),
            "files[0].deferred_session_id: a job has closed that session: give job_id too",
        ),
        ({"jobs": [A_JOB]}, f"jobs[0].deferred_session_id: {NO_SESSION}"),
        (
            {
                "deferred_sessions": [AN_OPEN_SESSION],
                "jobs": [{**A_JOB, "deferred_session_id": SESSION}],
            },
            "jobs[0].deferred_session_id: that session is open, or was closed by another job",
        ),
        (
            {
                "deferred_sessions": [A_CLOSED_SESSION],
                "jobs": [{**A_JOB, "deferred_session_id": None}],
            },
            "deferred_sessions[0].job_id: that job has another deferred_session_id, or none",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_named_with_its_place(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_seed(company(**parts), source="seed.yaml")
    assert str(refusal.value) == f"seed.yaml: companies[0].{problem}"


def test_all_that_does_not_fit_is_named_at_once() -> None:
    document = company(**{**UPLOADS, "rules": [{"tag": "A"}, {"tag": "B"}], "jobs": []})
    document["companies"][0]["files"] = [A_FILE]
    with pytest.raises(Refusal) as refusal:
        parse_seed(document, source="seed.yaml")
    places = [line.split(": ")[1] for line in str(refusal.value).splitlines()]
    assert places == [
        f"companies[0].{at}" for at in ("rules[0].tag", "rules[1].tag", "files[0].job_id")
    ]


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"tags": [{"id": TAG, "name": "T"}]}, f"the tag id {TAG}"),
        (
            {"tags": [{"name": "T", "data_points": [{"id": POINT, "name": "p"}]}]},
            f"the data point id {POINT}",
        ),
        (
            {"jobs": [{"id": JOB.upper(), "creation_date": DATE, "user_name": "u"}]},
            f"the job id {JOB}",
        ),
    ],
)
def test_an_id_is_given_once_across_companies(parts: dict[str, Any], problem: str) -> None:
    document = company(**FULL)
    document["companies"].append({"id": THIRD, "name": "Third", **parts})
    with pytest.raises(Refusal, match=f"^seed: document: {problem} is given more than once"):
        parse_seed(document, source="seed")


def test_the_id_of_a_file_is_given_once() -> None:
    with pytest.raises(Refusal, match=r"document: the file id .* is given more than once"):
        parse_seed(company(**{**FULL, "files": [A_FILE, A_FILE]}), source="seed")


def test_an_id_that_follows_from_a_name_counts_too() -> None:
    tags = [{"name": "A"}, {"name": "B", "id": derived_uuid(OTHER, "tag", "A")}]
    with pytest.raises(Refusal, match=r"document: the tag id .* is given more than once"):
        parse_seed(company(tags=tags), source="seed")


def test_a_session_cannot_be_closed_by_a_job_of_another_company() -> None:
    document = company(deferred_sessions=[A_CLOSED_SESSION])
    elsewhere = {"id": THIRD, "name": "Third", "jobs": [{**A_JOB, "deferred_session_id": None}]}
    document["companies"].append(elsewhere)
    with pytest.raises(Refusal) as refusal:
        parse_seed(document, source="seed")
    place = "companies[0].deferred_sessions[0].job_id"
    assert str(refusal.value) == f"seed: {place}: that job belongs to another company"


def test_a_session_may_have_been_closed_by_a_job_that_is_not_given() -> None:
    document = parse_seed(company(deferred_sessions=[A_CLOSED_SESSION]), source="seed")
    assert document.companies[0].deferred_sessions[0].id == CLOSED
