"""How the imitated API says what happens, with nothing loaded of what tells it to nobody."""

from alfred_mock.core.clock import Instant
from alfred_mock.database import Transaction


class EventFacts:
    """Writes what happens as events; see `core.facts`."""

    def job_moved(self, company_id: str, job_id: str, now: Instant) -> Transaction[None]:
        """Tell the steps that a job has come to."""
        from alfred_mock.events.recording import tell_job

        yield from tell_job(company_id, job_id, now)
