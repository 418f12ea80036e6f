"""What a company has set for itself: how its jobs go, and its cloud information."""

import json
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from alfred_mock.alfred.companies.schemas import CLOUDINFO, CloudInfo
from alfred_mock.alfred.tables import CompanyProfile
from alfred_mock.core.ids import derived_uuid
from alfred_mock.core.services import Services
from alfred_mock.core.settings import Progression
from alfred_mock.database import Rows, Statement, Transaction
from alfred_mock.database.columns import columns_of

_profiles = columns_of(CompanyProfile)
_FIND = Statement(
    select(_profiles.progression, _profiles.stage_ms, _profiles.cloudinfo_json).where(
        _profiles.company_id == bindparam("company_id")
    )
)


class Policies(NamedTuple):
    """What a company's jobs depend on."""

    progression: Progression | None
    stage_ms: int | None
    job_retry_limit: int
    invalid_on_failed_fetch: bool
    invalid_on_failed_file: bool


def policies_of(company_id: str) -> Transaction[Policies]:
    """The company's policies as they are now."""
    rows = yield _FIND(company_id=company_id)
    progression, stage_ms, cloudinfo = _profile(rows)
    return Policies(
        Progression(progression) if progression else None,
        stage_ms,
        cloudinfo["job_retry_limit"],
        cloudinfo["invalid_on_failed_fetch"],
        cloudinfo["invalid_on_failed_file"],
    )


def _profile(rows: Rows) -> tuple[str | None, int | None, dict[str, Any]]:
    """The progression, the length of a stage and the cloud information."""
    progression, stage_ms, own = rows[0] if rows else (None, None, "{}")
    return progression, stage_ms, {**CLOUDINFO, **json.loads(own)}


async def cloudinfo_of(services: Services, company_id: str) -> CloudInfo:
    """The company's cloud information as the API shows it."""
    *_, cloudinfo = _profile(await services.database.fetch(_FIND(company_id=company_id)))
    return CloudInfo(id=derived_uuid(company_id, "cloudinfo"), company_id=company_id, **cloudinfo)
