"""What was uploaded in a seed document, from the database: sessions, jobs, files with values."""

import json
from collections import defaultdict
from typing import Any

from alfred_mock.alfred.tables import DataPoint, DeferredSession, File, FileValue, Job, Tag
from alfred_mock.control.seed.exported_company import Exported, of_each, part
from alfred_mock.control.seed.uploads import DeferredSessionSeed, FileSeed, JobSeed
from alfred_mock.control.seed.values import is_json
from alfred_mock.core.clock import Instant, to_wire
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of


def _rows_of(model: type[Any]) -> tuple[Statement, list[str]]:
    """Reads all columns of a table, and what they are called."""
    columns = columns_of(model)
    return of_each(columns.company_id, *columns), columns.keys()


_SESSIONS, _JOBS, _FILES = _rows_of(DeferredSession), _rows_of(Job), _rows_of(File)
_tags, _points, _values = columns_of(Tag), columns_of(DataPoint), columns_of(FileValue)
_TAG_NAMES = of_each(_tags.company_id, _tags.id, _tags.name)
_POINT_NAMES = of_each(_points.company_id, _points.id, _points.name)
_VALUES = of_each(
    _values.company_id,
    _values.file_id,
    _values.position,
    _values.data_point_id,
    _values.name,
    _values.value,
    _values.confirmed,
)


def _read(
    table: tuple[Statement, list[str]], company_id: str | None
) -> Transaction[list[dict[str, Any]]]:
    statement, names = table
    rows: Rows = yield statement(company_id=company_id)
    found = [dict(zip(names, row[1:], strict=True)) for row in map(tuple, rows)]
    return sorted(found, key=lambda row: (row["creation_date"], row.get("position"), row["id"]))


def _unless(usual: Instant, instant: Instant) -> str | None:
    return None if instant == usual else to_wire(instant)


def _metadata(text: str | None) -> Any:
    """Metadata such that a seed makes the same text of it."""
    if not text:
        return None
    content = json.loads(text)
    # Text that holds JSON is taken for that JSON, so text that is meant is given as JSON itself; so
    # is what no seed can hold but escaped.
    return text if isinstance(content, str) or not is_json(content) else content


def sessions(company_id: str | None) -> Transaction[Exported]:
    """Sessions, the oldest first."""
    exported: Exported = defaultdict(list)
    for row in (yield from _read(_SESSIONS, company_id)):
        session = part(
            DeferredSessionSeed,
            id=row["id"],
            creation_date=to_wire(row["creation_date"]),
            update_date=_unless(row["creation_date"], row["update_date"]),
            **{key: row[key] for key in ("status", "user_name", "job_id")},
        )
        exported[row["company_id"]].append(session)
    return exported


_OF_JOB = (
    *("deferred_session_id", "user_name", "channel", "outcome", "progression", "priority"),
    *("parent_file_prefix", "page_rotation", "policy", "retry_limit", "step", "source"),
    *("input_source_type", "container", "remote_file_name"),
)


def jobs(company_id: str | None) -> Transaction[Exported]:
    """Jobs, the oldest first; what became of them follows from what is said of each."""
    exported: Exported = defaultdict(list)
    for row in (yield from _read(_JOBS, company_id)):
        names, urls = row["remote_file_names_json"], row["file_urls_json"]
        job = part(
            JobSeed,
            id=row["id"],
            creation_date=to_wire(row["creation_date"]),
            **{key: row[key] for key in _OF_JOB},
            **{key: bool(row[key]) for key in ("merge", "decompose", "propagate_metadata")},
            stage_seconds=row["stage_ms"] / 1_000,
            stage=row["fixed_stage"],
            step_date=_unless(row["creation_date"], row["stepped_at"]),
            metadata=_metadata(row["metadata_json"]),
            remote_file_names=None if names is None else json.loads(names),
            file_urls=None if urls is None else json.loads(urls),
        )
        exported[row["company_id"]].append(job)
    return exported


def files(company_id: str | None) -> Transaction[Exported]:
    """Files with their values, the oldest first; their size is in the place of their content."""
    tags: dict[Any, str] = {id_: name for _, id_, name in (yield _TAG_NAMES(company_id=company_id))}
    points: dict[Any, Any] = {
        id_: name for _, id_, name in (yield _POINT_NAMES(company_id=company_id))
    }
    values: dict[str, dict[Any, str]] = defaultdict(dict)
    confirmed: dict[str, bool] = {}
    found: Rows = yield _VALUES(company_id=company_id)
    for _, file_id, _, point_id, name, value, is_confirmed in sorted(found, key=lambda row: row[2]):
        # A tag or a data point may have been given another name since: a seed must use that.
        values[file_id][points.get(point_id, name)] = value
        confirmed[file_id] = bool(is_confirmed)
    exported: Exported = defaultdict(list)
    for row in (yield from _read(_FILES, company_id)):
        score, name = row["classification_score"], row["file_name"]
        file = part(
            FileSeed,
            **{key: row[key] for key in ("id", "deferred_session_id", "job_id", "content_type")},
            file_name=name,
            uploaded_name=None if row["uploaded_name"] == name else row["uploaded_name"],
            metadata=_metadata(row["metadata_json"]),
            creation_date=to_wire(row["creation_date"]),
            update_date=_unless(row["creation_date"], row["update_date"]),
            tag=tags.get(row["tag_id"], row["tag_name"]),
            classification_score=score if score or row["tag_id"] else None,
            values=values.get(row["id"], {}),
            confirmed=confirmed.get(row["id"], True),
            status=row["fixed_status"],
            fails=bool(row["fails"]),
        )
        exported[row["company_id"]].append({**file, "size": row["file_size"]})
    return exported
