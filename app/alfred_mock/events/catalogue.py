"""The 24 events of Alfred, with the members of their bodies in the documented order.

Sources: (docs) the pages of the job and file events; (SDK) the types of the JavaScript client.
"""

from typing import NamedTuple

JOB, FILE = "job", "file"


class Kind(NamedTuple):
    """An event that Alfred knows."""

    name: str
    """Short: `job_create`; what is sent is made from it, in a style."""
    family: str
    """`job` or `file`: what the event is about, and the channel that it comes on."""
    keys: tuple[str, ...]
    """The members after `event_name` and `event_type`, in their documented order."""
    typed_keys: tuple[str, ...]
    """The same as the SDK's types have them."""


_COMPANY = ("company_id", "company_name")
_DATES = ("creation_date", "update_date")
_BLOB = ("blob_name", "blob_url")
_NAMES = ("file_name", "file_name_without_extension", *_BLOB)
_OF_JOB = (*_COMPANY, "job_id")
_OF_FILE = (*_COMPANY, "file_id")
_OF_LOG = (*_COMPANY, "file_log_id")
_REQUEST = ("job_id", "user_name", "merge", "metadata", "file_count")
_URLS = (*_COMPANY, "file_urls", *_DATES)
_RETRIES = ("retries", "exceeded_retries", "error_messages")
_TAG = ("tag_id", "tag_name")
_CLASSIFICATION = ("classification_score", "classification_status")

# `has_broken_input_sources` (SDK) and the dates of `file_add_to_job` (SDK) are in no page of the
# documentation. The first is sent in both styles, since real bodies have had it (our choice).
_DOCUMENTED: dict[str, tuple[str, ...]] = {
    "job_create": (*_REQUEST, *_URLS),
    "job_start": (*_OF_JOB, *_DATES),
    "job_stage_update": (*_OF_JOB, "stage", *_DATES),
    "job_retry": (*_REQUEST, *_RETRIES, *_URLS),
    "job_exceeded_retries": (*_REQUEST, *_RETRIES, *_URLS),
    "job_failed": (*_OF_JOB, *_RETRIES, *_DATES),
    "job_invalid": (*_OF_JOB, *_RETRIES, "has_broken_input_sources", *_DATES),
    "job_finished": (*_OF_JOB, *_DATES),
    "file_add_to_job": (*_OF_FILE, "job_id"),
    "file_status_update": (
        *(*_OF_FILE, *_BLOB, *_TAG, "manual_classification", *_CLASSIFICATION),
        *("file_status", *_DATES),
    ),
    "file_extracted_data_create": (*_OF_LOG, "content", "provider", *_DATES),
    "file_extracted_data_delete": (*_OF_LOG, "content", "provider", *_DATES),
    "file_category_create": (*_OF_LOG, "description", "confidence", *_DATES),
    "file_category_delete": (*_OF_LOG, "description", "confidence", *_DATES),
    "file_update": (*_OF_FILE, "file_log_id", *_NAMES, *_DATES),
    "file_move": (
        *(*_OF_FILE, *_NAMES, "previous_file_directory", "new_file_directory"),
        *_DATES,
    ),
    "file_done": (*_COMPANY, *_BLOB, "file_id", *_TAG, "file_status", *_DATES),
    "file_failed": (
        *(*_COMPANY, *_BLOB, "file_id", *_TAG, *_CLASSIFICATION, "file_status"),
        *("error_messages", *_DATES),
    ),
    "file_change_tag": (
        *(*_OF_FILE, "previous_tag_id", "previous_tag_name", "proposed_tag_id"),
        *("classification_score", "new_tag_id", "new_tag_name"),
    ),
    "file_remove_tag": (
        *_OF_FILE,
        *("tag_being_removed_id", "tag_being_removed_name", "classification_score"),
    ),
    "file_move_to_pending": (*_OF_FILE, *_NAMES, *_DATES),
    "file_move_to_recycle_bin": (*_OF_FILE, *_NAMES, *_DATES),
    "file_property_create": (*_OF_LOG, "name", "value", *_DATES),
    "file_property_delete": (*_OF_LOG, "name", "value", *_DATES),
}

_ONLY_TYPED = {"file_add_to_job": _DATES}


def _kind(name: str, keys: tuple[str, ...]) -> Kind:
    return Kind(name, name.partition("_")[0], keys, (*keys, *_ONLY_TYPED.get(name, ())))


KINDS: dict[str, Kind] = {name: _kind(name, keys) for name, keys in _DOCUMENTED.items()}
"""By their short names."""
