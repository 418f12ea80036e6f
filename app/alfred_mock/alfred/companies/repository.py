"""What a company has set for itself, as far as its jobs depend on it."""

import json
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlmodel import select

from alfred_mock.alfred.tables import CompanyProfile
from alfred_mock.core.settings import Progression
from alfred_mock.database import Statement, Transaction

CLOUDINFO: dict[str, Any] = {
    "external_classifier_id": None,
    "account_name": "Tagshelf",
    "account_key": "********",
    "job_retry_limit": 3,
    "invalid_on_failed_fetch": True,
    "invalid_on_failed_file": True,
    "decompose_email_files": False,
    "file_retry_limit": 4,
    "web_hook_url": "",
    "duplicate_policy": "new_file_new_name",
    "maintenance_window_start_day": "sunday",
    "maintenance_window_duration": 0.5,
    "maintenance_window_start_time": "00:00:00",
    "maintenance_window_end_time": "00:30:00",
    "maintenance_window_time_zone": "UTC",
    "model_type": "external",
    "current_model_id": None,
    "character_error_rate": 0.1,
    "word_error_rate": 0.1,
    "omen_providers": "google",
    "supported_file_extensions": "png, jpeg, pdf, tiff",
    "chat_widget_name": "",
    "chat_widget_socket_url": "",
    "chat_widget_socket_path": "",
    "is_chat_widget_enabled": False,
    "creation_date": "2024-12-03T18:42:22.067",
    "update_date": "2025-05-22T15:36:47.497",
}
"""The documented example, less its ids; a company's own values are laid over it."""

FIND = Statement(
    select(
        CompanyProfile.progression, CompanyProfile.stage_ms, CompanyProfile.cloudinfo_json
    ).where(CompanyProfile.company_id == bindparam("company_id"))
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
    rows = yield FIND(company_id=company_id)
    progression, stage_ms, own = rows[0] if rows else (None, None, "{}")
    cloudinfo = {**CLOUDINFO, **json.loads(own)}
    return Policies(
        Progression(progression) if progression else None,
        stage_ms,
        cloudinfo["job_retry_limit"],
        cloudinfo["invalid_on_failed_fetch"],
        cloudinfo["invalid_on_failed_file"],
    )
