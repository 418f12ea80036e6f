"""The states that every server knows."""

from alfred_mock.control.pact import (
    company_states,
    fault_states,
    file_states,
    job_states,
    session_states,
)
from alfred_mock.control.pact.states import State

KNOWN_STATES: list[State] = [
    company_states.company,
    company_states.api_key,
    company_states.no_credentials,
    company_states.expired_token,
    company_states.logged_in_user,
    session_states.session,
    session_states.no_session,
    session_states.foreign_session,
    file_states.file,
    file_states.no_file,
    job_states.job,
    job_states.no_job,
    file_states.tag,
    file_states.extraction,
    fault_states.failing_requests,
    fault_states.exhausted_limit,
    fault_states.date,
]
"""In the order in which they are listed and tried."""
