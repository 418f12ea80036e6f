"""Writing events: a number for each, and no more of them than are kept."""

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, or_, select, update

from alfred_mock.alfred.tables import EventStream
from alfred_mock.core.database import NAMES
from alfred_mock.core.ids import derived_uuid
from alfred_mock.database import Rows, Transaction
from alfred_mock.database.columns import columns_of
from alfred_mock.database.rows import Insert
from alfred_mock.database.statements import Notice, Statement, Tally
from alfred_mock.events.fields import Happening
from alfred_mock.events.tables import Event, Webhook

KEPT = 1_000
"""So many events of a company are kept (our choice), and those that its webhook has yet to get."""
MOST_WAITING = 50_000
"""So many wait for a webhook at most; then the oldest are lost."""
_TRIM_EVERY = 100

_streams = columns_of(EventStream)
_events = columns_of(Event)
_webhooks = columns_of(Webhook)

_COUNT = Statement(
    update(EventStream)
    .where(_streams.company_id == bindparam("of_company"))
    .values(last_number=_streams.last_number + bindparam("more"))
    .returning(_streams.last_number)
)
_INSERT = Insert(Event)
_delivered = select(_webhooks.delivered_number).where(_webhooks.company_id == _events.company_id)
_TRIM = Statement(
    delete(Event).where(
        _events.company_id == bindparam("company_id"),
        _events.number <= bindparam("kept_after"),
        or_(
            _delivered.scalar_subquery().is_(None),
            _events.number <= _delivered.scalar_subquery(),
            _events.number <= bindparam("waiting_after"),
        ),
    )
)
NOTICE = Notice(NAMES.noticed)
"""Tells every process, with `payload`, that a company has new events, or some to come."""
_TALLY = Tally()


def write(company_id: str, happenings: Sequence[Happening]) -> Transaction[list[str]]:
    """Write events in this order and tell every process; returns their ids.

    The row of the stream is locked from here on, so that others are numbered after these.
    """
    if not happenings:
        return []
    counted: Rows = yield _COUNT(of_company=company_id, more=len(happenings))
    if not counted:
        return []
    last = int(counted[0][0])
    first = last - len(happenings) + 1
    rows = [
        {
            "id": derived_uuid(told.file_id or told.job_id or company_id, f"event {number}"),
            "company_id": company_id,
            "number": number,
            "occurred_at": told.occurred_at,
            "name": told.name,
            "job_id": told.job_id,
            "file_id": told.file_id,
            "fields_json": json.dumps(told.fields, separators=(",", ":")),
        }
        for number, told in enumerate(happenings, first)
    ]
    yield _INSERT.many(rows)
    if last // _TRIM_EVERY != (first - 1) // _TRIM_EVERY:
        # What was written at once is kept whole: it may be longer than the rest.
        kept_after = min(last - KEPT, first - 1)
        yield _TRIM(company_id=company_id, kept_after=kept_after, waiting_after=last - MOST_WAITING)
    yield NOTICE(payload=company_id)
    yield _TALLY(what=happenings)
    return [str(row["id"]) for row in rows]
