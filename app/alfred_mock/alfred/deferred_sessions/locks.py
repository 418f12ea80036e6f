"""What makes closing a session atomic: whoever adds to it or closes it holds it for that long.

On PostgreSQL the row of the session is locked, shared by those who add a file, alone by the one
who closes it, so that a file is either in the job or refused. SQLite has one writer at a time and
needs no lock.
"""

from sqlalchemy import bindparam, select, update

from alfred_mock.alfred.tables import DeferredSession, SessionStatus
from alfred_mock.auth.tables import Company
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import Conflict, NotFound
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of

_sessions = columns_of(DeferredSession)

_OF_CALLER = select(_sessions.status).where(
    _sessions.id == bindparam("id"), _sessions.company_id == bindparam("company_id")
)
_SHARE = Statement(_OF_CALLER.with_for_update(read=True))
_HOLD = Statement(_OF_CALLER.with_for_update())
_CLOSE = Statement(
    update(DeferredSession)
    .where(_sessions.id == bindparam("session_id"))
    .values(
        status=SessionStatus.CLOSED.value,
        job_id=bindparam("closing_job_id"),
        update_date=bindparam("now"),
    )
)


# A reset holds the company before it touches what is the company's: whoever held those the other
# way round would wait for it, and it for them, for ever.
_SHARE_COMPANY = Statement(
    select(columns_of(Company).id)
    .where(columns_of(Company).id == bindparam("id"))
    .with_for_update(read=True, key_share=True)
)


def lock_company(company_id: str) -> Transaction[bool]:
    """Keep the company as it is until the transaction ends; whether it is still there."""
    return bool((yield _SHARE_COMPANY(id=company_id)))


def lock_open_session(company_id: str, session_id: str, *, alone: bool) -> Transaction[None]:
    """Hold the company's session until the transaction ends, so that it stays open till then.

    Raises:
        NotFound: the company has no such session (documented message).
        Conflict: a job has closed it (our choice).
    """
    yield from lock_company(company_id)
    rows = yield (_HOLD if alone else _SHARE)(id=session_id, company_id=company_id)
    if not rows:
        raise unknown(session_id)
    if rows[0][0] != SessionStatus.OPEN:
        raise Conflict(f"Deferred Session with ID {session_id} is closed.")


def close(session_id: str, job_id: str, now: Instant) -> Transaction[None]:
    """Close a session that is held alone."""
    yield _CLOSE(session_id=session_id, closing_job_id=job_id, now=now)


def unknown(session_id: str) -> NotFound:
    """The documented error for a session that the caller's company does not have."""
    return NotFound(f"Deferred Session with ID {session_id} does not exist.")
