"""The scheduler: tells what timed jobs come to when it is due.

Each process has one. It keeps no jobs, only when the next event of each company is due, and its
task exists only while there is such a company. Which process writes an event is decided by the
database, see `events.recording`, which is loaded when something is due.
"""

import asyncio
import heapq
import logging
from collections.abc import Iterable

from sqlalchemy import func, select

from alfred_mock.alfred.tables import EventStream, Job
from alfred_mock.core.clock import SECOND, Instant
from alfred_mock.core.services import Services
from alfred_mock.database import DatabaseUnavailable, Statement
from alfred_mock.database.columns import columns_of
from alfred_mock.events.outbox import Outbox

log = logging.getLogger(__name__)

AT_ONCE = 32
"""So many companies are told at the same time, in few commits where commits are shared."""
RETRY_SECONDS = 1.0
LONGEST_SLEEP_SECONDS = 3_600

_jobs = columns_of(Job)
_streams = columns_of(EventStream)
_ALL = Statement(
    select(_jobs.company_id, func.min(_jobs.tells_at))
    .join_from(Job, EventStream, _streams.company_id == _jobs.company_id)
    .where(_jobs.tells_at.is_not(None), _streams.is_listened_to)
    .group_by(_jobs.company_id)
)


class Scheduler:
    """Waits for the next event of each company, and has it written."""

    def __init__(self, services: Services, outbox: Outbox) -> None:
        self._services = services
        self._database = services.database
        # Each takes a connection of PostgreSQL's, of which requests need some.
        pool = services.settings.database_pool
        self._at_once = max(pool // 2, 1) if self._database.hears_others else AT_ONCE
        self._next: dict[str, Instant] = {}
        """When the next event of a company is due, by the company's clock."""
        self._queue: list[tuple[Instant, str]] = []
        """The same in real time; an entry that is not true any more is passed over."""
        self._changed: set[str] = set()
        self._missed = False
        self._wakened = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_open = False
        self._hears_of_clocks = False
        outbox.subscribe(self._wake)

    @property
    def is_waiting(self) -> bool:
        """Whether something is to come, for which a task waits."""
        return self._task is not None

    async def open(self) -> None:
        """Go on with the jobs that are under way; the clocks must be loaded."""
        self._is_open = True
        if not self._hears_of_clocks:
            # After the one that loads the clocks, so not before all of the server is made.
            self._database.on_announcement(self._clocks_changed)
            self._hears_of_clocks = True
        await self._load()

    async def close(self) -> None:
        """Stop; another process, or the next start, goes on."""
        self._is_open = False
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])

    def _wake(self, company_id: str) -> None:
        if company_id:
            self._changed.add(company_id)
        else:
            self._missed = True
        self._start()

    async def _clocks_changed(self) -> None:
        self._queue = []
        self._put(self._next)
        if self._next:
            self._start()

    def _start(self) -> None:
        self._wakened.set()
        if self._is_open and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception:
            log.exception("the scheduler of events has failed")
        finally:
            self._task = None

    async def _work(self) -> None:
        """Until nothing more is to come."""
        while True:
            self._wakened.clear()
            try:
                await self._take_notice()
                due = self._take_due()
                for first in range(0, len(due), self._at_once):
                    await asyncio.gather(*map(self._tell, due[first : first + self._at_once]))
            except DatabaseUnavailable as error:
                log.warning("events are late: %s", error)
                self._missed = True
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if due or self._wakened.is_set():
                continue
            if not self._next:
                return
            await self._sleep()

    async def _sleep(self) -> None:
        """Until the next event is due, or something has changed."""
        seconds: float = LONGEST_SLEEP_SECONDS
        if self._queue:
            seconds = min((self._queue[0][0] - self._services.clock.real()) / SECOND, seconds)
        try:
            async with asyncio.timeout(seconds):
                await self._wakened.wait()
        except TimeoutError:
            pass

    async def _take_notice(self) -> None:
        """Ask when the next events are due of the companies of which something has changed."""
        from alfred_mock.events.recording import next_due

        if self._missed:
            self._missed = False
            await self._load()
        while self._changed:
            company_id = self._changed.pop()
            try:
                self._set(company_id, await next_due(self._database, company_id))
            except DatabaseUnavailable:
                self._changed.add(company_id)
                raise

    async def _load(self) -> None:
        self._next = {str(id_): int(at) for id_, at in await self._database.fetch(_ALL())}
        self._queue = []
        self._put(self._next)
        if self._next:
            self._start()

    def _set(self, company_id: str, next_at: Instant | None) -> None:
        if next_at is None:
            self._next.pop(company_id, None)
        elif self._next.get(company_id) != next_at:
            self._next[company_id] = next_at
            self._put([company_id])

    def _put(self, company_ids: Iterable[str]) -> None:
        for company_id in company_ids:
            at, shift = self._next[company_id], self._services.clock.shift_of(company_id)
            if shift.frozen_at is None:
                heapq.heappush(self._queue, (at - shift.offset_ms, company_id))
            elif at <= shift.frozen_at:
                heapq.heappush(self._queue, (0, company_id))

    def _take_due(self) -> list[str]:
        """The companies of which something is due, each once."""
        real, due = self._services.clock.real(), dict[str, None]()
        while self._queue and self._queue[0][0] <= real:
            _, company_id = heapq.heappop(self._queue)
            at = self._next.get(company_id)
            if at is not None and at <= self._services.clock.now(company_id):
                due[company_id] = None
        return list(due)

    async def _tell(self, company_id: str) -> None:
        from alfred_mock.events.recording import tell_due

        now = self._services.clock.now(company_id)
        try:
            next_at = await self._database.transact(tell_due(company_id, now))
        except DatabaseUnavailable:
            self._missed = True
            raise
        self._next.pop(company_id, None)
        self._set(company_id, next_at)
