"""The part of a seed that is one company's."""

from typing import Annotated

from pydantic import Field

from alfred_mock.control.seed.credentials import HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.processing import CloudinfoSeed, RuleSeed, TagSeed
from alfred_mock.control.seed.uploads import DeferredSessionSeed, FileSeed, JobSeed
from alfred_mock.control.seed.values import Id, Part, Seconds, Text
from alfred_mock.core.settings import Progression


class CompanySeed(Part):
    """A company and all that is its own."""

    id: Id
    name: Text
    progression: Annotated[Progression, Field(strict=False)] | None = None
    stage_seconds: Seconds | None = None
    cloudinfo: CloudinfoSeed | None = None
    users: list[UserSeed] = Field([])
    api_keys: list[KeySeed] = Field([])
    hmac: list[HmacSeed] = Field([])
    tags: list[TagSeed] | None = None
    rules: list[RuleSeed] = Field([])
    deferred_sessions: list[DeferredSessionSeed] = Field([])
    jobs: list[JobSeed] = Field([])
    files: list[FileSeed] = Field([])

    @property
    def tag_names(self) -> list[str]:
        """The names of the tags that are given, in order."""
        return [tag.name for tag in self.tags or []]


def credentials_of(*companies: CompanySeed) -> set[str]:
    """The user names, API keys and HMAC ids of companies."""
    return {
        credential
        for company in companies
        for credential in (
            *(user.user_name for user in company.users),
            *(key.key for key in company.api_keys),
            *(pair.id for pair in company.hmac),
        )
    }
