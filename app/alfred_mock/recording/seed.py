"""Makes a seed of what a recording has seen: state, not answers, so a server goes on from it."""

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from alfred_mock.conformance.shapes import NAME
from alfred_mock.control.seed.document import SeedDocument
from alfred_mock.core.clock import from_wire
from alfred_mock.recording.reduction import Reduction
from alfred_mock.recording.state import State, Thing

API_KEY = "recording-key"
USER_NAME, PASSWORD = "recording-user", "recording-password"
HMAC_ID, HMAC_KEY = "recording-id", "cmVjb3JkaW5nLWtleQ=="
_NAME = "Recorded Company"
_ENDS = {"completed": None, "failed": "failed", "invalid": "invalid", "cancelled": "cancelled"}
"""The outcome of a job by the stage that it was seen in last."""
_SWITCHES = ("merge", "decompose", "propagate_metadata")
_STAND_IN_BYTES = 4 * 1024**2
"""Content that is larger is not made up in the seed; the server makes a stand-in by itself."""


class SeedMaker:
    """Makes the seed of one recording."""

    def __init__(self, state: State, reduction: Reduction, *, keeps_content: bool = False) -> None:
        self._state = state
        self._reduction = reduction
        self._names = reduction.stand_ins
        self._keeps_content = keeps_content
        self.notes: list[str] = []

    def document(self) -> dict[str, Any]:
        """The seed document."""
        state = self._state
        jobs = list(self._jobs())
        closed = {
            job["deferred_session_id"]: job["id"] for job in jobs if "deferred_session_id" in job
        }
        company: dict[str, Any] = {
            "id": self._names.id(state.company_id or "no company"),
            "name": _NAME,
            "users": [{"user_name": USER_NAME, "password": PASSWORD}],
            "api_keys": [{"key": API_KEY, "name": self._user(self._caller()) or "API Key 1"}],
            "hmac": [{"id": HMAC_ID, "key": HMAC_KEY}],
        }
        tags = list(self._tags())
        if tags:
            company["tags"] = tags
        company["deferred_sessions"] = list(self._sessions(closed))
        company["jobs"] = jobs
        company["files"] = list(self._files())
        for kind, id_, said in state.notes:
            self.notes.append(f"{kind} {self._names.id(id_)}: {said}")
        return self._as_a_seed({"companies": [company]})

    def _as_a_seed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document without what no seed can say: a server goes on without that."""
        try:
            SeedDocument.model_validate(document)
        except ValidationError as error:
            for problem in error.errors():
                self._leave_out(document, problem["loc"])
        return document

    def _leave_out(self, document: Any, place: tuple[int | str, ...]) -> None:
        part, thing = document, ""
        for key in place[:-1]:
            part = part[key]
            thing = part["id"] if isinstance(part, dict) and "id" in part else thing
        name = place[-1] if place else ""
        if isinstance(part, dict) and name in part:
            value = part.pop(name)
            said = value if isinstance(value, str) and NAME.fullmatch(value) else "of its value"
            self.notes.append(f"{thing}: {name} {said} is not known, and left out")

    def _caller(self) -> str:
        """Who has made the last thing that says so."""
        things = [*self._state.sessions.values(), *self._state.jobs.values()]
        return next((t["user_name"] for t in reversed(things) if t.get("user_name")), "")

    def _user(self, name: str) -> str:
        return self._names.name("user", name)

    def _sessions(self, closed: dict[str, str]) -> Iterator[Thing]:
        known = {self._names.id(id_): session for id_, session in self._state.sessions.items()}
        for id_ in {**known, **closed}:
            session = known.get(id_, {})
            job_id = closed.get(id_)
            if job_id is None and session.get("job_id"):
                job_id = self._names.id(session["job_id"])
            made: Thing = {"id": id_, "creation_date": self._date(session, "creation_date")}
            if _is_date(session.get("update_date")):
                made["update_date"] = session["update_date"]
            made["user_name"] = self._user(session.get("user_name") or self._caller()) or "user-1"
            if job_id is not None:
                made |= {"status": "closed", "job_id": job_id}
            yield made

    def _date(self, thing: Thing, name: str) -> str:
        """A date, or the earliest that there is where it is not known."""
        if _is_date(thing.get(name)):
            return str(thing[name])
        dates = [t["creation_date"] for t in self._everything() if _is_date(t.get("creation_date"))]
        return min(dates, default="2022-11-17T00:00:00.000")

    def _everything(self) -> list[Thing]:
        state = self._state
        return [*state.sessions.values(), *state.jobs.values(), *state.files.values()]

    def _jobs(self) -> Iterator[Thing]:
        for id_, job in self._state.jobs.items():
            made: Thing = {"id": self._names.id(id_)}
            if job.get("deferred_session_id"):
                made["deferred_session_id"] = self._names.id(job["deferred_session_id"])
            made["creation_date"] = self._date(job, "creation_date")
            made["user_name"] = self._user(job.get("user_name") or self._caller()) or "user-1"
            made |= {name: True for name in _SWITCHES if job.get(name) is True}
            for name in ("priority", "channel", "input_source_type"):
                if isinstance(job.get(name), str):
                    made[name] = job[name]
            made |= self._ending(id_, job)
            metadata = self._metadata(job.get("metadata"))
            if metadata is not None:
                made["metadata"] = metadata
            yield made

    def _ending(self, id_: str, job: Thing) -> Thing:
        stage = job.get("stage")
        files = [file for file in self._state.files.values() if file.get("job") == id_]
        if any(file.get("status") == "failed" for file in files) and stage in (
            "completed",
            "invalid",
        ):
            return {"outcome": "file_failed", "policy": stage}
        if job.get("exceeded_retries") is True:
            return {"outcome": "exceeded_retries"}
        if stage is None or stage in _ENDS:
            outcome = _ENDS.get(stage or "completed")
            return {"outcome": outcome} if outcome else {}
        return {"stage": stage}

    def _metadata(self, text: Any) -> Any:
        if not isinstance(text, str) or not text or not self._reduction.keeps_values:
            return None
        with suppress(ValueError, RecursionError):
            return json.loads(text)
        return text

    def _files(self) -> Iterator[Thing]:
        for id_, file in self._state.files.items():
            made: Thing = {"id": self._names.id(id_)}
            job = self._job_of(file)
            session_id = file.get("session") or (job or {}).get("deferred_session_id")
            if session_id in self._state.sessions or (job and session_id):
                made["deferred_session_id"] = self._names.id(session_id)
            if job is not None:
                made["job_id"] = self._names.id(job["id"])
            if len(made) == 1:
                self.notes.append(f"file {made['id']}: left out, its session and job are not known")
                continue
            made["file_name"] = self._names.file_name(file.get("file_name") or "file")
            if file.get("content_type"):
                made["content_type"] = file["content_type"]
            made |= self._content(id_, file)
            made["creation_date"] = self._date(file, "creation_date")
            made |= self._extracted(id_, file, job)
            yield made

    def _job_of(self, file: Thing) -> Thing | None:
        """The job that a file is in: one that lists it, else the one that closed its session."""
        jobs = self._state.jobs
        if file.get("job") in jobs:
            return {**jobs[file["job"]], "id": file["job"]}
        for id_, job in jobs.items():
            if file.get("session") and job.get("deferred_session_id") == file["session"]:
                return {**job, "id": id_}
        return None

    def _content(self, id_: str, file: Thing) -> Thing:
        content = self._state.contents.get(id_)
        if content is not None and self._keeps_content:
            return {"content_base64": base64.b64encode(content).decode()}
        size = file.get("file_size")
        if not isinstance(size, int) or not 0 <= size <= _STAND_IN_BYTES:
            return {}
        # As large as the real one, and empty of all that it says.
        return {"content": ("alfred-mock\n" * (size // 12 + 1))[:size]}

    def _extracted(self, id_: str, file: Thing, job: Thing | None) -> Thing:
        made: Thing = {}
        tag = file.get("tag_name")
        if tag:
            made["tag"] = self._names.name("tag", tag)
            if isinstance(file.get("classification_score"), int | float):
                made["classification_score"] = float(file["classification_score"])
            values = {
                self._names.name("data-point", value["metadata_name"]): self._value(value)
                for value in self._state.values.get(id_, ())
                if isinstance(value.get("metadata_name"), str)
            }
            if values:
                made["values"] = values
        is_standing = job is not None and job.get("stage") not in (None, *_ENDS)
        if is_standing and file.get("status"):
            made["status"] = file["status"]
        if file.get("status") == "failed":
            made["fails"] = True
        return made

    def _value(self, value: Thing) -> str:
        text = value.get("value")
        return self._reduction.text(text, "", "value") if isinstance(text, str) else ""

    def _tags(self) -> Iterator[Thing]:
        """The tags that were listed, and those that files have."""
        points: dict[str, dict[str, str | None]] = {}
        for id_, file in self._state.files.items():
            if file.get("tag_name"):
                known = points.setdefault(file["tag_name"], {})
                for value in self._state.values.get(id_, ()):
                    if isinstance(value.get("metadata_name"), str):
                        known.setdefault(value["metadata_name"], value.get("metadata_id"))
        ids = {tag["name"]: id_ for id_, tag in self._state.tags.items() if tag.get("name")}
        for file in self._state.files.values():
            if file.get("tag_name") and file.get("tag_id"):
                ids.setdefault(file["tag_name"], file["tag_id"])
        for name in {**ids, **points}:
            made: Thing = {"name": self._names.name("tag", name)}
            if ids.get(name):
                made["id"] = self._names.id(ids[name])
            made["data_points"] = [
                {"name": self._names.name("data-point", point)}
                | ({"id": self._names.id(point_id)} if point_id else {})
                for point, point_id in points.get(name, {}).items()
            ]
            yield made


def _is_date(text: Any) -> bool:
    try:
        from_wire(text)
    except (ValueError, TypeError):
        return False
    return True


def text_of(document: dict[str, Any], notes: list[str]) -> str:
    """The document as YAML, with the notes in front."""
    import yaml

    head = [
        "# Made by `alfred-mock record`; ids, names and values are stand-ins unless it was told to",
        "# keep them. To serve it: alfred-mock serve --seed seed.yaml",
        f"# API key {API_KEY}, user {USER_NAME} with password {PASSWORD},",
        f"# HMAC id {HMAC_ID} with key {HMAC_KEY}",
        *(f"# Note: {note}" for note in notes),
    ]
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return "\n".join([*head, body])
