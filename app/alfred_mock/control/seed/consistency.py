"""Whether the parts of one company fit together: what is named is there, names are given once."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping

from alfred_mock.control.seed.company import CompanySeed
from alfred_mock.control.seed.problems import Problem, twice
from alfred_mock.control.seed.uploads import FileSeed

Tags = Mapping[str, Collection[str]]
"""The names of tags, and of the data points of each."""


def problems_of(company: CompanySeed) -> Iterator[Problem]:
    """What does not fit within a company."""
    if company.tags is not None:
        yield from _names(company)
        yield from unknown_names(
            company, {tag.name: [point.name for point in tag.data_points] for tag in company.tags}
        )
    yield from _sessions(company)
    yield from _jobs(company)
    yield from _files(company)


def unknown_names(company: CompanySeed, tags: Tags) -> Iterator[Problem]:
    """What rules and files name although it is not among the company's tags."""
    for index, rule in enumerate(company.rules):
        for problem in _unknown(rule.tag_among(list(tags)), rule.values, tags):
            yield problem.within("rules", index)
    for index, file in enumerate(company.files):
        for problem in _unknown(file.tag, file.values, tags):
            yield problem.within("files", index)


def _unknown(tag: str | None, values: Iterable[str], tags: Tags) -> Iterator[Problem]:
    if tag is not None and tag not in tags:
        yield Problem(("tag",), f"there is no tag {tag}{nearest(tag, tags)}")
        return
    for name in values:
        if tag is None:
            yield Problem(("values",), "without a tag there are no values")
            return
        if name not in tags[tag]:
            near = nearest(name, tags[tag])
            yield Problem(("values", name), f"the tag {tag} has no such data point{near}")


def nearest(name: str, known: Iterable[str]) -> str:
    """What to add to the complaint that a name is not known; nothing if none is."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=0)
    return f"; the nearest is {found[0]}" if found else ""


def _names(company: CompanySeed) -> Iterator[Problem]:
    tags = company.tags or []
    for name in twice(tag.name for tag in tags):
        yield Problem(("tags",), f"the tag {name} is given more than once")
    for index, tag in enumerate(tags):
        for name in twice(point.name for point in tag.data_points):
            place = ("tags", index, "data_points")
            yield Problem(place, f"the data point {name} is given more than once")


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
    for index, file in enumerate(company.files):
        for problem in _whereabouts(file, company):
            yield problem.within("files", index)


def _whereabouts(file: FileSeed, company: CompanySeed) -> Iterator[Problem]:
    sessions = {session.id: session for session in company.deferred_sessions}
    jobs = {job.id: job for job in company.jobs}
    job = jobs.get(file.job_id or "")
    if file.job_id is not None and job is None:
        yield Problem(("job_id",), "the company has no such job here")
    if file.deferred_session_id is None:
        return
    session = sessions.get(file.deferred_session_id)
    if session is None:
        yield Problem(("deferred_session_id",), "the company has no such session here")
    elif job is not None and job.deferred_session_id != session.id:
        yield Problem(("deferred_session_id",), "its job was created from another one, or none")
    elif file.job_id is None and session.job_id in jobs:
        yield Problem(("deferred_session_id",), "a job has closed that session: give job_id too")
