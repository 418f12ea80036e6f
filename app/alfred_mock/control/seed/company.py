"""A company: its name, its profile, and the lists of its parts."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import or_, select

from alfred_mock.alfred.tables import CompanyProfile
from alfred_mock.alfred.wire import Id
from alfred_mock.auth.tables import Company
from alfred_mock.control.company_filter import of_company
from alfred_mock.control.seed.credentials import CredentialSeed, HmacSeed, KeySeed, UserSeed
from alfred_mock.control.seed.events import EventsKey
from alfred_mock.control.seed.files import FileSeed
from alfred_mock.control.seed.jobs import DeferredSessionSeed, JobSeed, Limit, StageSeconds
from alfred_mock.control.seed.part import Exported, SeedPart, Stored, StoredPart
from alfred_mock.control.seed.rows import CompanyRows, Upsert
from alfred_mock.control.seed.tags import RuleSeed, TagSeed
from alfred_mock.control.tables import UNFINISHED, CompanyLifetime
from alfred_mock.core.clock import Instant
from alfred_mock.core.settings import Progression
from alfred_mock.core.values import ShortText
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import row_of

WebHookUrl = Annotated[str, Field(max_length=2_048, pattern=r"^(https?://[!-~]+)?$")]


class CloudinfoSeed(SeedPart):
    """What a company's cloud information says instead of the documented example."""

    account_name: ShortText | None = None
    job_retry_limit: Limit | None = None
    invalid_on_failed_fetch: bool | None = None
    invalid_on_failed_file: bool | None = None
    decompose_email_files: bool | None = None
    file_retry_limit: Limit | None = None
    web_hook_url: WebHookUrl | None = None
    supported_file_extensions: ShortText | None = None


def _cloudinfo_json(cloudinfo: CloudinfoSeed) -> str:
    return cloudinfo.model_dump_json(exclude_none=True)


def _cloudinfo(text: str) -> Any:
    return json.loads(text) or None


class CompanySeed(StoredPart):
    """A company and all that is its own."""

    rows = CompanyRows(CompanyProfile)

    id: Annotated[Id, Stored("company_id")]
    name: ShortText
    progression: Annotated[Progression, Field(strict=False)] | None = None
    stage_seconds: StageSeconds = None
    cloudinfo: Annotated[
        CloudinfoSeed | None, Stored("cloudinfo_json", _cloudinfo_json, _cloudinfo)
    ] = None
    events: EventsKey = None
    users: list[UserSeed] = Field([])
    api_keys: list[KeySeed] = Field([])
    hmac: list[HmacSeed] = Field([])
    tags: list[TagSeed] | None = None
    rules: list[RuleSeed] = Field([])
    deferred_sessions: list[DeferredSessionSeed] = Field([])
    jobs: list[JobSeed] = Field([])
    files: list[FileSeed] = Field([])

    @property
    def credentials(self) -> list[CredentialSeed]:
        """All that proves that a caller belongs to the company."""
        return [*self.users, *self.api_keys, *self.hmac]

    @property
    def tag_names(self) -> list[str]:
        """The names of the tags that are given, in order."""
        return [tag.name for tag in self.tags or []]


_companies, _lifetimes = columns_of(Company), columns_of(CompanyLifetime)
# In one order: two transactions that lock several companies would else wait for each other forever.
_HOLD = Statement(
    select(_companies.id, _companies.name)
    .where(of_company(_companies.id))
    .order_by(_companies.id)
    .with_for_update()
)
_FINISHED = Statement(
    select(_companies.id, _companies.name)
    .outerjoin(CompanyLifetime, _lifetimes.company_id == _companies.id)
    .where(
        of_company(_companies.id),
        or_(_lifetimes.created_at.is_(None), _lifetimes.created_at != UNFINISHED),
    )
    .order_by(_companies.id)
)


def _begin(insert: Any) -> Any:
    statement = insert(CompanyLifetime)
    return statement.on_conflict_do_update(
        index_elements=["company_id"],
        set_={name: statement.excluded[name] for name in ("created_at", "expires_at")},
        where=_lifetimes.created_at == UNFINISHED,
    )


_BEGIN = Statement(_begin)
_UPSERT_COMPANY = Upsert(Company, "id")
_UPSERT_PROFILE = Upsert(CompanyProfile, "company_id")


def hold_companies(company_id: str | None) -> Transaction[Rows]:
    """Lock a company, or all, until the transaction ends; returns the id and name of each."""
    return (yield _HOLD(company_id=company_id))


def finished_companies(company_id: str | None) -> Transaction[Rows]:
    """The id and name of a company, or of each, less those that are being made or removed."""
    return (yield _FINISHED(company_id=company_id))


def put_company(company: CompanySeed, now: Instant) -> Transaction[None]:
    """Put the company and its profile; one that is new, or was unfinished, begins now.

    The profile is put even if the seed gives none: that of an earlier seed must not stay.
    """
    yield _UPSERT_COMPANY(id=company.id, name=company.name)
    yield _BEGIN(**row_of(CompanyLifetime, company_id=company.id, created_at=now))
    yield from put_profile(company)


def put_profile(company: CompanySeed) -> Transaction[None]:
    """Put the profile that the seed gives, or the usual one."""
    yield _UPSERT_PROFILE(**company.row())


def export_companies(
    listed: Rows,
    company_id: str | None,
    parts: Mapping[str, Exported],
    events: Mapping[str, dict[str, Any]],
) -> Transaction[list[dict[str, Any]]]:
    """The companies that are listed, with their parts by key."""
    profiles = {row.company_id: row for row in (yield from CompanySeed.rows(company_id))}
    return [
        CompanySeed.shown(
            profiles.get(id_) or SimpleNamespace(**row_of(CompanyProfile, company_id=id_)),
            name=name,
            events=events.get(id_),
            # For tags, an empty list differs from a missing key.
            **{key: of_each.get(id_, []) for key, of_each in parts.items()},
        )
        for id_, name in listed
    ]
