"""Tables of tags and data points, of the rules that give them to files, and of values."""

from sqlmodel import Field, SQLModel

from alfred_mock.core.database.columns import id_field, owned_by_company, score_field


class Tag(SQLModel, table=True):
    """A kind of document that a company's files are classified as."""

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    position: int
    name: str
    description: str | None = None


class DataPoint(SQLModel, table=True):
    """A field that is extracted from files of one tag; Alfred called it metadata before."""

    __tablename__ = "data_point"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    tag_id: str = id_field(foreign_key="tag.id", ondelete="CASCADE", index=True)
    position: int
    name: str
    value: str
    """What is extracted where no rule says otherwise."""


class ExtractionRule(SQLModel, table=True):
    """What processing makes of certain files; a company's first rule that fits decides."""

    __tablename__ = "extraction_rule"

    company_id: str = owned_by_company(primary_key=True)
    position: int = Field(primary_key=True)
    file_name: str | None = None
    """A pattern with `*`, `?` and `[…]`; None fits every name."""
    metadata_json: str
    """A JSON object whose members the file's metadata must have."""
    tag_name: str | None = None
    """None leaves the file without a tag."""
    values_json: str
    """A JSON object from the names of data points to values."""
    classification_score: float = score_field()
    confirmed: bool
    outcome: str | None = None


class FileValue(SQLModel, table=True):
    """What was extracted from a file for one data point; shown once the file is extracted."""

    __tablename__ = "file_value"

    id: str = id_field(primary_key=True)
    company_id: str = owned_by_company(index=True)
    file_id: str = id_field(foreign_key="file.id", ondelete="CASCADE", index=True)
    tag_id: str | None = id_field(default=None, index=True)
    data_point_id: str = id_field()
    position: int
    name: str
    value: str
    classification_score: float = score_field()
    confirmed: bool
