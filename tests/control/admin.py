"""The control API as tests call it."""

from alfred_mock.core.clock import Instant, to_wire
from alfred_mock.main import Application
from tests.support import COMPANY, client_of

SEED = "/__admin/seed"


async def stop_clock(app: Application, at: Instant) -> None:
    """Let the demo company's time stand still."""
    asked = {"company": COMPANY, "now": to_wire(at), "frozen": True}
    async with client_of(app) as client:
        answer = await client.put("/__admin/clock", json=asked)
    assert answer.status_code == 200, answer.text
