"""Every query about deferred sessions. A session is only ever seen by its own company."""

from sqlalchemy import bindparam, select

from alfred_mock.alfred.deferred_sessions.schemas import SessionDetail
from alfred_mock.alfred.tables import DeferredSession, SessionStatus
from alfred_mock.alfred.wire import shown, unknown
from alfred_mock.auth.caller import Caller, CompanyRemoved
from alfred_mock.core.services import Services
from alfred_mock.database import ConstraintViolated, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert, Selection

_sessions = columns_of(DeferredSession)

_INSERT = Insert(DeferredSession)
_SHOWN = Selection(DeferredSession, *SessionDetail.model_fields)
_FIND = Statement(
    select(*_SHOWN.columns).where(
        _sessions.id == bindparam("id"), _sessions.company_id == bindparam("company_id")
    )
)


async def create(services: Services, caller: Caller) -> str:
    """Store a new open session of the caller's and return its id; durable when this returns."""
    session_id, now = services.ids.uuid(), services.clock.now(caller.company_id)
    new = _INSERT(
        id=session_id,
        company_id=caller.company_id,
        user_name=caller.user_name,
        status=SessionStatus.OPEN.value,
        creation_date=now,
        update_date=now,
    )
    try:
        await services.database.write(new)
    except ConstraintViolated:
        raise CompanyRemoved from None
    return session_id


async def find(services: Services, caller: Caller, session_id: str) -> SessionDetail:
    """The caller's session as the API shows it.

    Raises:
        NotFound: the caller's company has no such session (documented message).
    """
    rows = await services.database.fetch(_FIND(id=session_id, company_id=caller.company_id))
    if not rows:
        raise unknown("Deferred Session", session_id)
    return shown(SessionDetail, _SHOWN.as_dict(rows[0]))
