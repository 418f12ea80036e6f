"""What `alfred-mock conformance` asks, in its order, and what is learnt from each answer.

The requests are as careful as somebody's production needs: the level `read` leaves nothing behind,
no password is guessed for a name that may exist, and one key and one token are made up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

from alfred_mock.alfred.jobs.schemas import Priority
from alfred_mock.alfred.processing.pipeline import FileStatus, Stage
from alfred_mock.alfred.tables import SessionStatus
from alfred_mock.auth.caller import Scheme
from alfred_mock.conformance import facts
from alfred_mock.conformance.bodies import form, json_of, multipart
from alfred_mock.conformance.exchange import Answer

Variables = dict[str, str]
"""What is known by the time of a request: ids that were learnt, and values that are made up."""
Words = Mapping[str, frozenset[str]]
Path = tuple[str | int, ...]
Body = Callable[[Variables], tuple[str, bytes]]
"""Makes a content type and a body."""


class Level(StrEnum):
    """How far a run may go; each level has the checks of those before it."""

    READ = "read"
    CREATE = "create"
    PROCESS = "process"


class Credentials(StrEnum):
    """What a request shows to prove who sends it."""

    KEY = "key"
    NONE = "none"
    WRONG_KEY = "wrong key"
    WRONG_TOKEN = "wrong token"  # noqa: S105 - what it is called


@dataclass(frozen=True)
class Check:
    """A request whose answers are compared."""

    id: str
    """Its findings are `<id>.<aspect>`; an id that begins with `errors.` is meant to be refused."""
    method: str
    target: str
    """Path and query, with variables in braces."""
    level: Level = Level.READ
    credentials: Credentials = Credentials.KEY
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None
    learn: Mapping[str, Path] = field(default_factory=dict)
    """Variables, and where the answer has them."""
    words: Words = field(default_factory=dict)
    """Members whose values are words of Alfred's, with those that the double knows."""
    is_own: bool = True
    """Whether it is about what every company has, or what the run has made itself."""
    facts: Callable[[Answer, Variables], dict[str, str]] | None = None
    is_content: bool = False
    """Whether the body is the content of a file."""
    is_done: Callable[[Answer], bool] | None = None
    """For what takes a while: whether the answer is the one that was waited for."""


UNKNOWN = "{unknown_id}"
_STAGES, _STATUSES = frozenset(Stage), frozenset(FileStatus)
_JOB: Words = {
    "stage": _STAGES,
    "status": _STATUSES,
    "priority": frozenset(get_args(Priority)),
    "input_source_type": frozenset(("deferred_upload", "remote_upload")),
}
_FILE: Words = {"status": _STATUSES, "input_type": frozenset(("single_unit",))}
_SESSION: Words = {"status": frozenset(SessionStatus)}
_WHO: Words = {"authentication_type": frozenset(Scheme), "status": frozenset(("active",))}
_ONLINE: Words = {"status": frozenset(("Online",)), "db_status": frozenset(("Online",))}

_READ = [
    Check(
        "tagshelf.who-am-i",
        "GET",
        "/api/tagshelf/who-am-i",
        words=_WHO,
        learn={"company_id": ("company_id",), "company_name": ("company_name",)},
    ),
    Check(
        "tagshelf.status",
        "GET",
        "/api/tagshelf/status",
        credentials=Credentials.NONE,
        words=_ONLINE,
    ),
    Check("tagshelf.ping", "GET", "/api/tagshelf/ping"),
    Check(
        "headers.request-id",
        "GET",
        "/api/tagshelf/ping",
        headers={"X-Request-ID": "{request_id}"},
    ),
    Check("accept.xml", "GET", "/api/tagshelf/ping", headers={"Accept": "application/xml"}),
    Check("account.companies", "GET", "/api/account/companies", is_own=False),
    Check("account.tags", "GET", "/api/account/tags/{company_id}", is_own=False),
    Check("company.cloudinfo", "GET", "/api/company/cloudinfo", is_own=False),
    Check("tags.all", "GET", "/api/tag/all", is_own=False),
    Check(
        "job.list",
        "GET",
        "/api/job/all?currentPage=1&pageSize=1",
        words=_JOB,
        is_own=False,
        learn={
            "job_id": ("result", 0, "id"),
            "session_id": ("result", 0, "deferred_session_id"),
            "file_id": ("result", 0, "files", 0, "id"),
        },
        facts=facts.page,
    ),
    Check("job.list-beyond", "GET", "/api/job/all?currentPage=1000000&pageSize=10"),
    Check("job.detail", "GET", "/api/job/detail/{job_id}", words=_JOB, is_own=False),
    Check(
        "session.detail", "GET", "/api/deferred/detail/{session_id}", words=_SESSION, is_own=False
    ),
    Check(
        "session.upper-case",
        "GET",
        "/api/deferred/detail/{SESSION_ID}",
        words=_SESSION,
        is_own=False,
    ),
    Check("file.detail", "GET", "/api/file/detail/{file_id}", words=_FILE, is_own=False),
    Check("values.file", "GET", "/api/values/file/{file_id}", is_own=False),
    Check("errors.page-size", "GET", "/api/job/all?currentPage=1&pageSize=0"),
    Check("errors.unknown-session", "GET", f"/api/deferred/detail/{UNKNOWN}"),
    Check("errors.unknown-session-upper-case", "GET", "/api/deferred/detail/{UNKNOWN_ID}"),
    Check("errors.not-a-uuid", "GET", "/api/deferred/detail/42"),
    Check("errors.unknown-job", "GET", f"/api/job/detail/{UNKNOWN}"),
    Check("errors.unknown-file", "GET", f"/api/file/detail/{UNKNOWN}"),
    Check("errors.unknown-download", "GET", f"/api/file/download/{UNKNOWN}"),
    Check("errors.unknown-values", "GET", f"/api/values/file/{UNKNOWN}"),
    Check("errors.unknown-tag", "GET", f"/api/values/tag/{UNKNOWN}"),
    Check("errors.unknown-report", "GET", f"/api/report/tag/{UNKNOWN}"),
    Check("errors.other-company", "GET", f"/api/account/tags/{UNKNOWN}"),
    Check("errors.unknown-route", "GET", "/api/alfred-mock-conformance"),
    Check("errors.wrong-method", "GET", "/api/deferred/create"),
    Check("errors.trailing-slash", "GET", "/api/tagshelf/ping/"),
    Check("routes.options", "OPTIONS", "/api/deferred/create"),
    Check("errors.no-credentials", "GET", "/api/tagshelf/ping", credentials=Credentials.NONE),
    Check(
        "errors.credentials-first",
        "GET",
        "/api/deferred/detail/42",
        credentials=Credentials.NONE,
    ),
    Check("errors.wrong-key", "GET", "/api/tagshelf/ping", credentials=Credentials.WRONG_KEY),
    Check("errors.wrong-token", "GET", "/api/tagshelf/ping", credentials=Credentials.WRONG_TOKEN),
    Check(
        "login.unknown-user",
        "POST",
        "/token",
        credentials=Credentials.NONE,
        body=form(grant_type="password", username="{nobody}", password="{no_password}"),  # noqa: S106
    ),
    Check(
        "login.other-grant",
        "POST",
        "/token",
        credentials=Credentials.NONE,
        body=form(grant_type="alfred-mock"),
    ),
]
_CREATE = [
    Check(
        "session.create",
        "POST",
        "/api/deferred/create",
        Level.CREATE,
        learn={"own_session_id": ("session_id",)},
    ),
    Check(
        "session.new",
        "GET",
        "/api/deferred/detail/{own_session_id}",
        Level.CREATE,
        words=_SESSION,
    ),
    Check(
        "upload",
        "POST",
        "/api/file/uploadfile",
        Level.CREATE,
        body=multipart(session_id="{own_session_id}"),
        learn={"own_file_id": ("file_id",)},
    ),
    Check("file.new", "GET", "/api/file/detail/{own_file_id}", Level.CREATE, words=_FILE),
    Check(
        "errors.upload-without-session",
        "POST",
        "/api/file/uploadfile",
        Level.CREATE,
        body=multipart(),
    ),
    Check(
        "errors.upload-unknown-session",
        "POST",
        "/api/file/uploadfile",
        Level.CREATE,
        body=multipart(session_id=UNKNOWN),
    ),
    Check(
        "errors.job-of-unknown-session",
        "POST",
        "/api/job/create",
        Level.CREATE,
        body=json_of(session_id=UNKNOWN),
    ),
]
_PROCESS = [
    Check(
        "job.create",
        "POST",
        "/api/job/create",
        Level.PROCESS,
        body=json_of(session_id="{own_session_id}"),
        learn={"own_job_id": ("job_id",)},
    ),
    Check(
        "job.finished",
        "GET",
        "/api/job/detail/{own_job_id}",
        Level.PROCESS,
        words=_JOB,
        is_done=facts.is_at_its_end,
    ),
    Check(
        "session.closed",
        "GET",
        "/api/deferred/detail/{own_session_id}",
        Level.PROCESS,
        words=_SESSION,
    ),
    Check("file.finished", "GET", "/api/file/detail/{own_file_id}", Level.PROCESS, words=_FILE),
    # What is extracted from a file of 20 bytes is up to the tags of the account.
    Check("values.finished", "GET", "/api/values/file/{own_file_id}", Level.PROCESS, is_own=False),
    Check(
        "download.whole",
        "GET",
        "/api/file/download/{own_file_id}",
        Level.PROCESS,
        facts=facts.content,
        is_content=True,
        learn={"etag": ("etag",)},
    ),
    Check(
        "download.range",
        "GET",
        "/api/file/download/{own_file_id}",
        Level.PROCESS,
        headers={"Range": "bytes=4-9"},
        facts=facts.part,
        is_content=True,
    ),
    Check(
        "download.unchanged",
        "GET",
        "/api/file/download/{own_file_id}",
        Level.PROCESS,
        headers={"If-None-Match": "{etag}"},
        is_content=True,
    ),
    Check(
        "errors.second-job",
        "POST",
        "/api/job/create",
        Level.PROCESS,
        body=json_of(session_id="{own_session_id}"),
    ),
    Check(
        "errors.closed-session",
        "POST",
        "/api/file/uploadfile",
        Level.PROCESS,
        body=multipart(session_id="{own_session_id}"),
    ),
]
CHECKS: tuple[Check, ...] = (*_READ, *_CREATE, *_PROCESS)


def checks_up_to(level: Level) -> list[Check]:
    """The checks of a level and of those before it."""
    levels = list(Level)
    return [check for check in CHECKS if levels.index(check.level) <= levels.index(level)]


def learnt(check: Check, answer: Answer) -> Variables:
    """The variables that an answer has, as far as it has them."""
    found: dict[str, Any] = {}
    for name, path in check.learn.items():
        value = answer.header("etag") if path == ("etag",) else _at(answer.content, path)
        if isinstance(value, str):
            found[name] = value
    return found


def _at(content: Any, path: Path) -> Any:
    for key in path:
        try:
            content = content[key]
        except (KeyError, IndexError, TypeError):
            return None
    return content
