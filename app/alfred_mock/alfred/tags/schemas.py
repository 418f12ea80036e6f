"""Wire shapes of tags and values."""

from typing import Any

from pydantic import ConfigDict, Field, RootModel

from alfred_mock.alfred.wire import Id
from alfred_mock.core.models import LateModel


class TagShown(LateModel):
    """A tag (docs, Account page; for `/api/tag/all` our choice)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    name: str = Field(examples=["FACTURA"])
    description: str | None


class ValueShown(LateModel):
    """What was extracted from a file for one data point (SDK)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    file_log_id: Id = Field(description="The file's id.")
    metadata_id: Id = Field(description="The data point's id.")
    metadata_name: str = Field(examples=["rnc"])
    value: str = Field(examples=["1923829"])
    classification_score: float


class ReportRow(RootModel[dict[str, Any]]):
    """A file with its confirmed values, each under the name of its data point (docs)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "file_id": "87654321-4321-4321-4321-210987654321",
                "rnc": "1923829",
                "monto": "390.00",
                "fecha": "2022-02-03",
            }
        }
    )
