"""Row locks that make closing a session atomic.

On PostgreSQL an upload shares the lock of its session with other uploads, and a job that closes
the session has it alone. So a file is either in the job or refused. SQLite has one writer at a
time and needs no lock.
"""

from sqlalchemy import bindparam, select

from alfred_mock.alfred.tables import DeferredSession, SessionStatus
from alfred_mock.alfred.wire import unknown
from alfred_mock.auth.tables import Company
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import Conflict
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Update

_sessions = columns_of(DeferredSession)

_OF_CALLER = select(_sessions.status).where(
    _sessions.id == bindparam("id"), _sessions.company_id == bindparam("company_id")
)
_SHARE = Statement(_OF_CALLER.with_for_update(read=True))
_ALONE = Statement(_OF_CALLER.with_for_update())
_CLOSE = Update(DeferredSession, "status", "job_id", "update_date")
# A reset locks the company before all rows of the company. In the other order, the two would wait
# for each other for ever.
_SHARE_COMPANY = Statement(
    select(columns_of(Company).id)
    .where(columns_of(Company).id == bindparam("id"))
    .with_for_update(read=True, key_share=True)
)


def lock_company(company_id: str) -> Transaction[bool]:
    """Lock the company until the transaction ends; False if it is not there any more."""
    return bool((yield _SHARE_COMPANY(id=company_id)))


def lock_open_session(company_id: str, session_id: str, *, alone: bool) -> Transaction[None]:
    """Lock the company's session until the transaction ends, so that it stays open.

    Raises:
        NotFound: the company has no such session (documented message).
        Conflict: a job has closed it (our choice).
    """
    yield from lock_company(company_id)
    rows = yield (_ALONE if alone else _SHARE)(id=session_id, company_id=company_id)
    if not rows:
        raise unknown("Deferred Session", session_id)
    if rows[0][0] != SessionStatus.OPEN:
        raise Conflict(f"Deferred Session with ID {session_id} is closed.")


def close(session_id: str, job_id: str, now: Instant) -> Transaction[None]:
    """Close a session that is locked alone."""
    yield _CLOSE(id=session_id, status=SessionStatus.CLOSED.value, job_id=job_id, update_date=now)
