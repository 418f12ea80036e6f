"""Checks that a document fits together: what is named is there, ids and names are given once."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.core.validation import hint

Tags = Mapping[str, Collection[str]]
"""The names of tags, and of the data points of each."""


class Problem(NamedTuple):
    """Something that does not fit, and where."""

    place: tuple[int | str, ...]
    reason: str

    def within(self, *place: int | str) -> "Problem":
        """The same problem, seen from the whole of which its place is a part."""
        return Problem((*place, *self.place), self.reason)


def problems_of(companies: list[CompanySeed]) -> Iterator[Problem]:
    """Everything that does not fit, between companies and within each."""
    yield from _ids_given_twice(companies)
    yield from _foreign_jobs(companies)
    for index, company in enumerate(companies):
        for problem in _problems_within(company):
            yield problem.within("companies", index)


def _problems_within(company: CompanySeed) -> Iterator[Problem]:
    if company.tags is not None:
        yield from _names_given_twice(company)
        tags = {tag.name: [point.name for point in tag.data_points] for tag in company.tags}
        yield from unknown_names(company, tags)
    yield from _sessions(company)
    yield from _jobs(company)
    yield from _files(company)


def _ids_given_twice(companies: list[CompanySeed]) -> Iterator[Problem]:
    """Ids and credentials that must be unique across companies but are not."""
    # A name that is given twice is another problem: here it counts once.
    tag_ids: dict[tuple[str, str], str] = {}
    point_ids: dict[tuple[str, str], str] = {}
    for company in companies:
        for tag in company.tags or []:
            tag_id = tag_ids[company.id, tag.name] = tag.id_in(company.id)
            for point in tag.data_points:
                point_ids[tag_id, point.name] = point.id_in(tag_id)
    for what, ids in {
        "company id": [company.id for company in companies],
        **{
            kind.unique_name: [
                given.unique_value
                for company in companies
                for given in company.credentials
                if isinstance(given, kind)
            ]
            for kind in (UserSeed, KeySeed, HmacSeed)
        },
        "tag id": tag_ids.values(),
        "data point id": point_ids.values(),
        "deferred session id": [s.id for company in companies for s in company.deferred_sessions],
        "job id": [job.id for company in companies for job in company.jobs],
        "file id": [file.id for company in companies for file in company.files],
    }.items():
        for id_ in _twice(ids)[:1]:
            # An API key is a secret: say that there is a double one, not which.
            shown = "" if what == KeySeed.unique_name else f" {id_}"
            yield Problem((), f"the {what}{shown} is given more than once")


def _foreign_jobs(companies: list[CompanySeed]) -> Iterator[Problem]:
    """Sessions that are closed by a job of another company."""
    owners = {job.id: company.id for company in companies for job in company.jobs}
    for number, company in enumerate(companies):
        for index, session in enumerate(company.deferred_sessions):
            if owners.get(session.job_id or "", company.id) != company.id:
                place = ("companies", number, "deferred_sessions", index, "job_id")
                yield Problem(place, "that job belongs to another company")


def _names_given_twice(company: CompanySeed) -> Iterator[Problem]:
    for name in _twice(company.tag_names):
        yield Problem(("tags",), f"the tag {name} is given more than once")
    for index, tag in enumerate(company.tags or []):
        for name in _twice(point.name for point in tag.data_points):
            place = ("tags", index, "data_points")
            yield Problem(place, f"the data point {name} is given more than once")


def _twice(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def unknown_names(company: CompanySeed, tags: Tags) -> Iterator[Problem]:
    """Names in rules and files that are not among the company's tags and data points."""
    for index, rule in enumerate(company.rules):
        for problem in _unknown(rule.tag_among(list(tags)), rule.values, tags):
            yield problem.within("rules", index)
    for index, file in enumerate(company.files):
        for problem in _unknown(file.tag, file.values, tags):
            yield problem.within("files", index)


def _unknown(tag: str | None, values: Iterable[str], tags: Tags) -> Iterator[Problem]:
    if tag is not None and tag not in tags:
        yield Problem(("tag",), f"there is no tag {tag}{hint(tag, tags)}")
        return
    for name in values:
        if tag is None:
            yield Problem(("values",), "without a tag there are no values")
            return
        if name not in tags[tag]:
            near = hint(name, tags[tag])
            yield Problem(("values", name), f"the tag {tag} has no such data point{near}")


def _sessions(company: CompanySeed) -> Iterator[Problem]:
    jobs = {job.id: job for job in company.jobs}
    for index, session in enumerate(company.deferred_sessions):
        job = jobs.get(session.job_id or "")
        if job is not None and job.deferred_session_id != session.id:
            place = ("deferred_sessions", index, "job_id")
            yield Problem(place, "that job has another deferred_session_id, or none")


def _jobs(company: CompanySeed) -> Iterator[Problem]:
    sessions = {session.id: session for session in company.deferred_sessions}
    for index, job in enumerate(company.jobs):
        if job.deferred_session_id is None:
            continue
        place = ("jobs", index, "deferred_session_id")
        session = sessions.get(job.deferred_session_id)
        if session is None:
            yield Problem(place, "the company has no such session here")
        elif session.job_id != job.id:
            yield Problem(place, "that session is open, or was closed by another job")


def _files(company: CompanySeed) -> Iterator[Problem]:
    sessions = {session.id: session for session in company.deferred_sessions}
    jobs = {job.id: job for job in company.jobs}
    for index, file in enumerate(company.files):
        job = jobs.get(file.job_id or "")
        if file.job_id is not None and job is None:
            yield Problem(("files", index, "job_id"), "the company has no such job here")
        if file.deferred_session_id is None:
            continue
        place = ("files", index, "deferred_session_id")
        session = sessions.get(file.deferred_session_id)
        if session is None:
            yield Problem(place, "the company has no such session here")
        elif job is not None and job.deferred_session_id != session.id:
            yield Problem(place, "its job was created from another one, or none")
        elif file.job_id is None and session.job_id in jobs:
            yield Problem(place, "a job has closed that session: give job_id too")
