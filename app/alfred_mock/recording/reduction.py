"""Reduces what has passed to what may be written.

What is not on a list here is reduced to its type. So a member that nobody has thought of gives
nothing away.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from alfred_mock.conformance.shapes import NAME, masked_sentence
from alfred_mock.core.masking import MASK, is_secret
from alfred_mock.recording.stand_ins import UUID, StandIns

# Words such as `in_progress` and lists of them, numbers, versions and dates of either kind.
_PLAIN = re.compile(
    r"[A-Za-z_]{0,40}|[a-z]{1,8}(?:, [a-z]{1,8}){1,20}|[0-9.:T-]{1,32}Z?"
    r"|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
)
_SEGMENT = re.compile(r"[a-z_-]{1,24}")
_FREE_NAMES = "/api/report/tag/"
"""Answers of this route have the names of data points as members."""
NO_HASH = "AAAAAAAAAAAAAAAAAAAAAA=="

# Numbers, dates, switches and Alfred's own words.
KEPT = frozenset(
    (
        "creation_date", "update_date", "job_request_date", "start_date", ".issued", ".expires",
        "expires_in", "token_type", "status", "stage", "priority", "channel", "input_type",
        "input_source_type", "authentication_type", "roles", "total", "is_empty", "merge",
        "decompose", "propagate_metadata", "decomposed_page_rotation", "page_rotation",
        "file_count", "file_sources_count", "metadata_objects_count", "finished_files",
        "retries", "exceeded_retries", "has_job_request_info", "is_parent", "is_children",
        "file_size", "page_count", "page_number", "should_be_classified",
        "classification_score", "is_duplicate", "is_duplicate_by_values",
        "proposed_tag_variance", "classification_score_above_deviation",
        "manual_classification", "currentVersion", "api_version", "db_status",
        "grant_type", "currentPage", "pageSize", "job_retry_limit", "invalid_on_failed_fetch",
        "invalid_on_failed_file", "decompose_email_files", "file_retry_limit",
        "duplicate_policy", "maintenance_window_start_day", "maintenance_window_duration",
        "maintenance_window_start_time", "maintenance_window_end_time",
        "maintenance_window_time_zone", "model_type", "character_error_rate", "word_error_rate",
        "supported_file_extensions", "is_chat_widget_enabled",
    )
)  # fmt: skip
NAMES = {
    "user_name": "user",
    "userName": "user",
    "username": "user",
    "last_name": "user",
    "confirmed_by": "user",
    "pong": "user",
    "company_name": "company",
    "account_name": "company",
    "app_name": "app",
    "tag_name": "tag",
    "metadata_name": "data-point",
    "container": "container",
    "source": "source",
}
_NAME_BY_ROUTE = (("/api/tag/", "tag"), ("/api/account/tags/", "tag"), ("/api/account/", "company"))
FILES = frozenset(
    ("file_name", "file_names", "filename", "filenames", "remote_file_name", "remote_file_names",
     "file_name_without_extension")
)  # fmt: skip
LINKS = frozenset(("blob_url", "file_urls", "url", "urls", "web_hook_url"))
SENTENCES = frozenset(("error", "message", "error_description", "error_messages", "Message"))
VALUES = frozenset(("value", "metadata", "description"))


@dataclass(frozen=True)
class Reduction:
    """How the exchanges of one recording are reduced."""

    stand_ins: StandIns
    keeps_values: bool = False
    """Whether extracted values and metadata may be written."""

    def content(self, content: Any, path: str, name: str = "") -> Any:
        """A JSON value; `path` is that of the request, `name` the member that holds the value."""
        if isinstance(content, dict):
            if name in VALUES:
                return content if self.keeps_values else {}
            return {
                self._member(key, path): self.content(value, path, self._meant(key, path))
                for key, value in content.items()
            }
        if isinstance(content, list):
            return [self.content(each, path, name) for each in content]
        if content is None:
            return None
        if isinstance(content, bool | int | float):
            is_kept = name in KEPT or (name in VALUES and self.keeps_values)
            return content if is_kept else _type(content)
        return self.text(content, path, name)

    def text(self, text: str, path: str, name: str) -> str:
        """A text that is a member, a field or a parameter of that name."""
        if UUID.fullmatch(text):
            return self.stand_ins.id(text)
        if is_secret(name) and name not in KEPT:
            return MASK
        for names, make in self._makers():
            if name in names:
                return make(text)
        if name == "name":
            return self.stand_ins.name(_kind(path), text)
        kind = NAMES.get(name)
        if kind is not None:
            return self.stand_ins.name(kind, text)
        if name == "parent_file_prefix" and text == "Inbox":
            return text
        if name == "md5_hash":
            return NO_HASH
        return text if name in KEPT and _PLAIN.fullmatch(text) else _type(text)

    def _makers(self) -> Iterable[tuple[frozenset[str], Callable[[str], str]]]:
        return (
            (FILES, self.stand_ins.file_name),
            (LINKS, self.stand_ins.link),
            (SENTENCES, masked_sentence),
            (VALUES, lambda text: text if self.keeps_values else _type(text)),
        )

    def _member(self, name: str, path: str) -> str:
        if path.startswith(_FREE_NAMES) and name != "file_id":
            return self.stand_ins.name("data-point", name)
        return name if NAME.fullmatch(name) else "member"

    def _meant(self, name: str, path: str) -> str:
        is_free = path.startswith(_FREE_NAMES) and name not in ("file_id", "error", "message")
        return "value" if is_free else name

    def path(self, path: str) -> str:
        """A path; ids are replaced, and what is no word of a route is hidden."""
        return "/".join(map(self._segment, path.split("/")))

    def _segment(self, segment: str) -> str:
        if UUID.fullmatch(segment):
            return self.stand_ins.id(segment)
        return segment if not segment or _SEGMENT.fullmatch(segment) else "text"

    def form(self, text: str, path: str) -> str:
        """A query, or a form as browsers send it."""
        pairs = parse_qsl(text, keep_blank_values=True)
        return urlencode(
            [
                (name if NAME.fullmatch(name) else "name", self._field(value, path, name))
                for name, value in pairs
            ],
            safe="*",
        )

    def _field(self, value: str, path: str, name: str) -> str:
        return value if value.isdecimal() and name in KEPT else self.text(value, path, name)

    def json_text(self, text: str, path: str) -> str | None:
        """JSON as text, None where it is none."""
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return None
        reduced = self.content(content, path)
        return json.dumps(reduced, separators=(",", ":"), ensure_ascii=False)


def _kind(path: str) -> str:
    return next((kind for begin, kind in _NAME_BY_ROUTE if path.startswith(begin)), "user")


def _type(value: Any) -> Any:
    """What stands for any value of a type."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return 0
    return "text" if value else ""
