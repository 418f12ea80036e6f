"""Wire shapes of companies."""

from pydantic import ConfigDict, Field

from alfred_mock.alfred.wire import Date, Id
from alfred_mock.core.models import LateModel


class CompanyShown(LateModel):
    """A company that the caller may access (docs)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    name: str = Field(examples=["ACME CO"])


class CloudInfo(LateModel):
    """Answer of `GET /api/company/cloudinfo`, every field as in the documented example (docs)."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

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
