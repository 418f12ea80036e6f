"""Whether companies fit together: ids and credentials are given once, jobs stay at home."""

from collections.abc import Iterable, Iterator
from itertools import chain

from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.problems import Problem, twice
from alfred_mock.control.seed.values import Part


def given_twice(companies: list[CompanySeed]) -> Iterator[Problem]:
    """What must be unique across companies and is not."""

    def of_each(part: str, key: str) -> Iterable[str]:
        parts: Iterable[Part] = chain.from_iterable(getattr(each, part) for each in companies)
        return (getattr(item, key) for item in parts)

    # Of one name there is one here: it has one id, and what is wrong with it is the name.
    tags = [(tag, each.id, tag.id_in(each.id)) for each in companies for tag in each.tags or []]
    tag_ids = {(company_id, tag.name): tag_id for tag, company_id, tag_id in tags}
    point_ids = {
        (tag_id, point.name): point.id_in(tag_id)
        for tag, _, tag_id in tags
        for point in tag.data_points
    }
    for what, values in {
        "company id": (company.id for company in companies),
        "user_name": of_each("users", "user_name"),
        "API key": of_each("api_keys", "key"),
        "HMAC id": of_each("hmac", "id"),
        "tag id": tag_ids.values(),
        "data point id": point_ids.values(),
        "deferred session id": of_each("deferred_sessions", "id"),
        "job id": of_each("jobs", "id"),
        "file id": of_each("files", "id"),
    }.items():
        for value in twice(values):
            # An API key is a secret: say that there is a double one, not which.
            shown = "" if what == "API key" else f" {value}"
            yield Problem((), f"the {what}{shown} is given more than once")
            break


def foreign_jobs(companies: list[CompanySeed]) -> Iterator[Problem]:
    """Sessions that are closed by a job of another company."""
    owners = {job.id: company.id for company in companies for job in company.jobs}
    for number, company in enumerate(companies):
        for index, session in enumerate(company.deferred_sessions):
            if owners.get(session.job_id or "", company.id) != company.id:
                place = ("companies", number, "deferred_sessions", index, "job_id")
                yield Problem(place, "that job belongs to another company")
