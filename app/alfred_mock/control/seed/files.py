"""Files with their content and their extracted values."""

import base64
import binascii
import hashlib
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import to_json

from alfred_mock.alfred.processing.extraction import (
    DEFAULT_SCORE,
    NOTHING,
    Extracted,
    Rulebook,
    store_values,
)
from alfred_mock.alfred.processing.pipeline import FileStatus
from alfred_mock.alfred.remote_uploads.stand_in import content_type_of, stand_in
from alfred_mock.alfred.tables import File, FileValue
from alfred_mock.alfred.wire import Id
from alfred_mock.control.seed.jobs import Metadata
from alfred_mock.control.seed.part import (
    CreationDate,
    Flag,
    Stored,
    StoredPart,
    UpdateDate,
)
from alfred_mock.control.seed.rows import AT_ONCE, CompanyRows, InsertMissing
from alfred_mock.control.seed.tags import DataPointSeed, TagSeed
from alfred_mock.core.storage import Storage
from alfred_mock.core.values import LongText, Score, ShortText
from alfred_mock.database import Call, Statement, Transaction, patience


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be base64") from None
    return value


ContentType = Annotated[str, Field(max_length=8_192, pattern=r"^[!-.0-~]+/[!-~][\t\x0b\x0c -~]*$")]
UploadName = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[^\x00-\x1f\x7f]+$")]


class FileSeed(StoredPart):
    """A file that was uploaded before, to a session, for a job, or both."""

    rows = CompanyRows(File, "creation_date", "position", "id", very_many=True)

    id: Id
    deferred_session_id: Id | None = None
    job_id: Id | None = None
    content_type: ContentType | None = Field(None, description="Guessed from the name.")
    file_name: UploadName
    uploaded_name: Annotated[UploadName | None, Stored(like="file_name")] = Field(
        None, description="Its name before it was numbered; the same unless given."
    )
    content: str | None = None
    content_base64: Annotated[str, AfterValidator(_base64)] | None = None
    metadata: Metadata = None
    creation_date: CreationDate
    update_date: UpdateDate = Field(None, description="The creation date unless given.")
    tag: ShortText | None = None
    classification_score: Score | None = None
    values: dict[ShortText, LongText] = Field({})
    confirmed: bool = True
    status: Annotated[Annotated[FileStatus, Field(strict=False)] | None, Stored("fixed_status")] = (
        Field(None, description="Where it stands still; otherwise that follows from its job.")
    )
    fails: Flag = False
    directory: ShortText | None = Field(
        None, description="Where it was moved to; otherwise that follows from its status."
    )
    properties: Annotated[
        dict[ShortText, LongText] | None, Stored("properties_json", json.dumps, json.loads)
    ] = Field(None, description="Only events show them.")

    @model_validator(mode="after")
    def _is_somewhere(self) -> Self:
        if self.deferred_session_id is None and self.job_id is None:
            raise ValueError("a file has a deferred_session_id, a job_id or both")
        if self.content is not None and self.content_base64 is not None:
            raise ValueError("a file has content or content_base64, not both")
        return self

    def content_bytes(self) -> bytes:
        """The content that the seed gives, else a stand-in for a file of that name."""
        if self.content is not None:
            return self.content.encode()
        if self.content_base64 is not None:
            return base64.b64decode(self.content_base64)
        return stand_in(self.file_name)


_INSERT = InsertMissing(File, "file")
_VALUES = CompanyRows(FileValue, "position", very_many=True)


def add_files(
    storage: Storage,
    company_id: str,
    files: Sequence[FileSeed],
    rules: Rulebook,
    source: str,
    *,
    first: int = 0,
) -> Transaction[list[str]]:
    """Add the files that are missing, with their content and values; returns their ids.

    `first` is the place of the first of them among all files of the company's seed.

    Raises:
        Refusal: another company has one of them.
    """
    added: list[str] = []
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        results = [_extracted(file, rules) for file in some]
        rows = [
            {"company_id": company_id, "position": first + start + index, **_row(file, extracted)}
            for index, (file, extracted) in enumerate(zip(some, results, strict=True))
        ]
        new = yield from _INSERT(source, rows)
        calls: list[Call] = []
        for file, extracted in zip(some, results, strict=True):
            if file.id in new:
                content = io.BytesIO(file.content_bytes())
                calls += storage.statements(company_id, file.id, content)
                calls += store_values(company_id, file.id, extracted)
                added.append(file.id)
        yield from _together(calls)
    return added


def _together(calls: list[Call]) -> Transaction[None]:
    """Insert many rows, those of each table at once."""
    rows: dict[Statement, list[dict[str, Any]]] = {}
    for call in calls:
        rows.setdefault(call.statement, []).append(call.values)
    for statement, values in rows.items():
        yield statement.many(values)
        patience.renew()


def _row(file: FileSeed, extracted: Extracted) -> dict[str, Any]:
    content = file.content_bytes()
    return {
        "content_type": content_type_of(file.file_name),
        "metadata_json": "",
        "channel": "api",
        **file.row(),
        "tag_id": extracted.tag_id,
        "tag_name": extracted.tag_name,
        "classification_score": extracted.classification_score,
        "file_size": len(content),
        "md5_hash": _md5_of(content),
    }


def _md5_of(content: bytes) -> str:
    """In base64, as Alfred shows it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _extracted(file: FileSeed, rules: Rulebook) -> Extracted:
    """The tag and the values that the seed gives; no rule is applied."""
    tag = next((tag for tag in rules.tags if tag.name == file.tag), None)
    if tag is None:
        return NOTHING._replace(classification_score=file.classification_score or 0.0)
    known = {point.name: point for point in tag.points}
    points = [known[name]._replace(value=value) for name, value in file.values.items()]
    score = DEFAULT_SCORE if file.classification_score is None else file.classification_score
    return Extracted(tag.id, tag.name, score, points, file.confirmed, None)


class ExportedFile(NamedTuple):
    """A file of an export without its content: as JSON, which takes a tenth of the memory."""

    id: str
    size: int
    json: bytes


def export_files(company_id: str | None) -> Transaction[dict[str, list[ExportedFile]]]:
    """Files with their values, the oldest first, by the ids of their companies."""
    # A tag or a data point may have a new name since the file was processed: a seed must use it.
    tags = {tag.id: tag.name for tag in (yield from TagSeed.rows(company_id))}
    points = {point.id: point.name for point in (yield from DataPointSeed.rows(company_id))}
    values: dict[str, dict[str, str]] = defaultdict(dict)
    confirmed: dict[str, bool] = {}
    for value in (yield from _VALUES(company_id)):
        name = points.get(value.data_point_id, value.name)
        values[value.file_id][name] = value.value
        confirmed[value.file_id] = bool(value.confirmed)
    files: dict[str, list[ExportedFile]] = defaultdict(list)
    for row in (yield from FileSeed.rows(company_id)):
        score = row.classification_score
        file = FileSeed.shown(
            row,
            tag=tags.get(row.tag_id, row.tag_name),
            classification_score=score if score or row.tag_id else None,
            values=values.get(row.id, {}),
            confirmed=confirmed.get(row.id, True),
        )
        files[row.company_id].append(ExportedFile(row.id, row.file_size, to_json(file)))
    return files
