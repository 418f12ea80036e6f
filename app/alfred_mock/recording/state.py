"""What the exchanges of a recording say about sessions, jobs, files, tags and values.

What is said later counts; where it contradicts what was said before, there is a note.
"""

import json
from collections.abc import Callable
from typing import Any

from alfred_mock.core.clock import to_wire
from alfred_mock.core.ids import parse_uuid
from alfred_mock.recording.exchanges import Exchange, parts_of

Thing = dict[str, Any]
_IDS = frozenset(("session", "job", "deferred_session_id", "job_id", "tag_id"))
_TEXTS = frozenset(
    ("user_name", "file_name", "content_type", "tag_name", "name", "status", "stage",
     "creation_date", "update_date")
)  # fmt: skip
_TOLD = frozenset(("status", "stage", "tag_name"))
"""Members whose changes are noted."""


def id_of(value: Any) -> str | None:
    """An id in lower case, None for what is none."""
    return parse_uuid(value) if isinstance(value, str) else None


class State:
    """All that is known; ids and names are the real ones."""

    def __init__(self) -> None:
        self.company_id = ""
        self.sessions: dict[str, Thing] = {}
        self.jobs: dict[str, Thing] = {}
        self.files: dict[str, Thing] = {}
        self.tags: dict[str, Thing] = {}
        self.values: dict[str, list[Thing]] = {}
        self.contents: dict[str, bytes] = {}
        self.notes: list[tuple[str, str, str]] = []
        """The kind of a thing, its id, and what was said of it in turn."""

    def add(self, exchange: Exchange) -> None:
        """Take what an exchange says; one that failed says nothing."""
        reader = _READERS.get(exchange.route)
        if reader is None or not 200 <= exchange.answer.status < 300:
            return
        content = exchange.answer.content
        kind = list if exchange.route in _LISTS else dict
        if isinstance(content, kind) or exchange.route == _DOWNLOAD:
            reader(self, exchange, content)

    def _put(self, kind: str, things: dict[str, Thing], id_: Any, told: Thing) -> None:
        id_ = id_of(id_)
        if id_ is None:
            return
        known = things.setdefault(id_, {})
        for name, value in told.items():
            if name in _IDS:
                value = id_of(value)
            elif name in _TEXTS and value is not None and not isinstance(value, str):
                continue
            before = known.get(name)
            if name in _TOLD and before not in (None, "") and before != value:
                self.notes.append((kind, id_, f"{name} {before}, then {value}"))
            known[name] = value

    def _created(self, exchange: Exchange, content: Any) -> None:
        told = {"creation_date": to_wire(exchange.at), "status": "open"}
        self._put("session", self.sessions, content.get("session_id"), told)

    def _session(self, exchange: Exchange, content: Any) -> None:
        self._company(content)
        self._put("session", self.sessions, content.get("id"), content)

    def _uploaded(self, exchange: Exchange, content: Any) -> None:
        parts = {part.name: part for part in parts_of(exchange.request)}
        file_id = content.get("file_id")
        told: Thing = {"creation_date": to_wire(exchange.at)}
        if "session_id" in parts:
            told["session"] = parts["session_id"].text
        if "metadata" in parts:
            told["metadata"] = parts["metadata"].text
        if "file" in parts:
            told["file_name"] = parts["file"].file_name or "file"
            told["content_type"] = parts["file"].content_type
            told["file_size"] = len(parts["file"].content)
            self.contents[f"{file_id}".lower()] = parts["file"].content
        self._put("file", self.files, file_id, told)

    def _file(self, exchange: Exchange, content: Any) -> None:
        self._company(content)
        told = {name: value for name, value in content.items() if value is not None}
        self._put("file", self.files, content.get("id"), told)

    def _downloaded(self, exchange: Exchange, content: Any) -> None:
        if exchange.answer.status == 200:
            self.contents[exchange.path.rpartition("/")[2].lower()] = exchange.answer.body

    def _job_made(self, exchange: Exchange, content: Any) -> None:
        try:
            asked = json.loads(exchange.request.body)
            session_id = asked.get("session_id", asked.get("sessionId"))
        except (ValueError, AttributeError):
            return
        session_id = id_of(session_id)
        told = {"creation_date": to_wire(exchange.at), "deferred_session_id": session_id}
        job_id = content.get("job_id")
        self._put("job", self.jobs, job_id, told)
        closed = {"status": "closed", "job_id": job_id, "update_date": to_wire(exchange.at)}
        if session_id in self.sessions:
            self._put("session", self.sessions, session_id, closed)

    def _job(self, exchange: Exchange, content: Any) -> None:
        self._company(content)
        job_id = content.get("id")
        self._put("job", self.jobs, job_id, content)
        for file in content.get("files") or ():
            if isinstance(file, dict):
                told = {name: value for name, value in file.items() if value not in (None, "")}
                self._put("file", self.files, file.get("id"), {**told, "job": job_id})

    def _jobs(self, exchange: Exchange, content: Any) -> None:
        listed = content.get("result")
        for job in listed if isinstance(listed, list) else ():
            if isinstance(job, dict):
                self._job(exchange, job)

    def _tags(self, exchange: Exchange, content: Any) -> None:
        for tag in content:
            if isinstance(tag, dict):
                self._put("tag", self.tags, tag.get("id"), tag)

    def _values(self, exchange: Exchange, content: Any) -> None:
        values = [value for value in content if isinstance(value, dict)]
        of_files: dict[str, list[Thing]] = {}
        for value in values:
            of_files.setdefault(str(value.get("file_log_id")).lower(), []).append(value)
        self.values.update(of_files)

    def _company(self, content: Any) -> None:
        self.company_id = id_of(content.get("company_id")) or self.company_id


_DOWNLOAD = "GET /api/file/download/{id}"
_LISTS = frozenset(
    ("GET /api/tag/all", "GET /api/account/tags/{company_id}", "GET /api/values/file/{id}",
     "GET /api/values/tag/{id}")
)  # fmt: skip
"""Routes whose answers are lists; those of the others are objects."""
_READERS: dict[str, Callable[[State, Exchange, Any], None]] = {
    "POST /api/deferred/create": State._created,
    "GET /api/deferred/detail/{id}": State._session,
    "POST /api/file/uploadfile": State._uploaded,
    "GET /api/file/detail/{id}": State._file,
    _DOWNLOAD: State._downloaded,
    "POST /api/job/create": State._job_made,
    "GET /api/job/detail/{id}": State._job,
    "GET /api/job/all": State._jobs,
    "GET /api/tag/all": State._tags,
    "GET /api/account/tags/{company_id}": State._tags,
    "GET /api/values/file/{id}": State._values,
    "GET /api/values/tag/{id}": State._values,
    "GET /api/tagshelf/who-am-i": lambda state, exchange, content: state._company(content),
}
"""By the route: what reads its answers."""
