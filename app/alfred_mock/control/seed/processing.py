"""The part of a seed that says what processing makes of files: tags, data points and rules."""

from typing import Annotated

from pydantic import Field

from alfred_mock.alfred.processing.extraction import DEFAULT_SCORE
from alfred_mock.alfred.processing.outcomes import Outcome
from alfred_mock.control.seed.values import Id, JsonObject, LongText, Part, Score, Text
from alfred_mock.core.ids import derived_uuid

Limit = Annotated[int, Field(ge=0, le=10)]
WebHookUrl = Annotated[str, Field(max_length=2_048, pattern=r"^(https?://[!-~]+)?$")]


class CloudinfoSeed(Part):
    """What a company's cloud information says instead of the documented example."""

    account_name: Text | None = None
    job_retry_limit: Limit | None = None
    invalid_on_failed_fetch: bool | None = None
    invalid_on_failed_file: bool | None = None
    decompose_email_files: bool | None = None
    file_retry_limit: Limit | None = None
    web_hook_url: WebHookUrl | None = None
    supported_file_extensions: Text | None = None


class DataPointSeed(Part):
    """A field of a tag's files, and what is extracted where no rule says otherwise."""

    id: Id | None = Field(None, description="Follows from the tag and the name unless given.")
    name: Text
    value: LongText = ""

    def id_in(self, tag_id: str) -> str:
        """The id that the data point has in a tag."""
        return self.id or derived_uuid(tag_id, self.name)


class TagSeed(Part):
    """A kind of document; its name is unique in its company."""

    id: Id | None = Field(None, description="Follows from the company and the name unless given.")
    name: Text
    description: LongText | None = None
    data_points: list[DataPointSeed] = Field([])

    def id_in(self, company_id: str) -> str:
        """The id that the tag has in a company."""
        return self.id or derived_uuid(company_id, "tag", self.name)


class RuleSeed(Part):
    """What processing makes of the files that fit; the first rule that fits a file decides."""

    file_name: Text | None = None
    metadata: JsonObject = Field({})
    tag: Text | None = Field(None, description="The first tag unless given; null for no tag.")
    values: dict[Text, LongText] = Field({})
    classification_score: Score = DEFAULT_SCORE
    confirmed: bool = True
    outcome: Annotated[Outcome, Field(strict=False)] | None = None

    def tag_among(self, names: list[str]) -> str | None:
        """The name of the tag that is given, if the company's tags have these names."""
        return self.tag if "tag" in self.model_fields_set else next(iter(names), None)


DEFAULT_TAGS = [
    # The values of the documented example of a report.
    TagSeed(
        name="FACTURA",
        data_points=[
            DataPointSeed(name="rnc", value="1923829"),
            DataPointSeed(name="monto", value="390.00"),
            DataPointSeed(name="fecha", value="2022-02-03"),
        ],
    )
]
"""What a company has that gives no tags and has none in the database."""
