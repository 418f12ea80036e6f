"""Wire shapes of companies."""

from typing import Any

from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Date, Id
from alfred_mock.core.models import LateModel

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
"""The documented example without its ids; a company's own values replace these."""


class CompanyShown(LateModel):
    """A company that the caller may access (docs)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    name: str = Field(examples=["ACME CO"])


_ID = "0f767925-b464-4ffa-b621-1a0aeacad257"
_COMPANY_ID = "286e2ed0-3626-4faa-a745-8ebf3488fbd7"


class CloudInfo(LateModel):
    """Answer of `GET /api/company/cloudinfo`, every field as in the documented example (docs)."""

    model_config = ConfigDict(
        extra="forbid",
        protected_namespaces=(),
        json_schema_extra={"example": {"id": _ID, "company_id": _COMPANY_ID, **CLOUDINFO}},
    )

    id: Id
    company_id: Id
    external_classifier_id: str | None
    account_name: str
    account_key: str
    job_retry_limit: int
    invalid_on_failed_fetch: bool
    invalid_on_failed_file: bool
    decompose_email_files: bool
    file_retry_limit: int
    web_hook_url: str
    duplicate_policy: str
    maintenance_window_start_day: str
    maintenance_window_duration: float
    maintenance_window_start_time: str
    maintenance_window_end_time: str
    maintenance_window_time_zone: str
    model_type: str
    current_model_id: str | None
    character_error_rate: float
    word_error_rate: float
    omen_providers: str
    supported_file_extensions: str
    chat_widget_name: str
    chat_widget_socket_url: str
    chat_widget_socket_path: str
    is_chat_widget_enabled: bool
    creation_date: Date
    update_date: Date
