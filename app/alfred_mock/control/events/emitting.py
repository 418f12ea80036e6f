"""Telling an event that a tester asks for."""

from types import SimpleNamespace

from sqlalchemy import bindparam, select

from alfred_mock.alfred.deferred_sessions.locks import lock_company
from alfred_mock.alfred.tables import File, Job
from alfred_mock.alfred.wire import unknown
from alfred_mock.control.company_tokens import only_own
from alfred_mock.control.events import store
from alfred_mock.control.events.schemas import Emit
from alfred_mock.core.clock import Instant
from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.core.validation import what_is_known
from alfred_mock.database import Statement, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.events.catalogue import JOB, KINDS
from alfred_mock.events.emitted import emitted_of_file, emitted_of_job
from alfred_mock.events.subjects import find_file, find_job
from alfred_mock.events.writing import write

_OWNERS = {
    kind: Statement(
        select(columns_of(model).company_id).where(columns_of(model).id == bindparam("id"))
    )
    for kind, model in (("Job", Job), ("File", File))
}


async def emit(services: Services, asked: Emit) -> list[SimpleNamespace]:
    """The events as they were written.

    Raises:
        BadRequest: the event needs a job or a file, or has no such member.
        NotFound: there is no such job or file.
        Forbidden: it belongs to another company than the caller's token.
    """
    kind = KINDS[asked.name]
    needed, other = ("job", "file") if kind.family == JOB else ("file", "job")
    id_ = asked.job if kind.family == JOB else asked.file
    if id_ is None or (asked.job is not None and asked.file is not None):
        raise BadRequest(
            f"Event {asked.name} is about a {needed}: give '{needed}', and no '{other}'."
        )
    for name in asked.fields:
        if name not in kind.typed_keys:
            known = what_is_known(name, kind.typed_keys)
            raise BadRequest(f"Field 'fields': {asked.name} has no {name[:100]}; {known}.")
    what = needed.title()
    rows = await services.database.fetch(_OWNERS[what](id=id_))
    if not rows:
        raise unknown(what, id_)
    company_id = str(rows[0][0])
    only_own(company_id)
    await store.ask(services, company_id)
    now = services.clock.now(company_id)
    ids = await services.database.transact(_emit(company_id, what, id_, asked, now))
    return await store.find_by_ids(services.database, ids)


def _emit(
    company_id: str, what: str, id_: str, asked: Emit, now: Instant
) -> Transaction[list[str]]:
    yield from lock_company(company_id)
    find, make = (find_job, emitted_of_job) if what == "Job" else (find_file, emitted_of_file)
    subject = yield from find(id_, now)
    if subject is None:  # it has gone in the meantime
        raise unknown(what, id_)
    return (yield from write(company_id, make(asked.name, subject, now, dict(asked.fields))))
