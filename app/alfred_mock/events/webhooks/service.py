"""Setting a company's webhook, with its verification."""

from alfred_mock.core.errors import BadRequest
from alfred_mock.core.services import Services
from alfred_mock.events.webhooks.handshake import token_of, verify
from alfred_mock.events.webhooks.repository import put_webhook
from alfred_mock.events.webhooks.sender import Sender


async def register(services: Services, sender: Sender, company_id: str, url: str) -> str:
    """Verify a URL and make it the company's webhook; returns the webhook's id.

    Raises:
        BadRequest: it cannot be verified; the webhook is what it was before.
        CompanyRemoved: the company has gone meanwhile.
    """
    problem = await verify(sender, services.ids, company_id, url)
    if problem is not None:
        raise BadRequest(f"The webhook URL could not be verified: {problem}.")
    return await replace(services, company_id, url)


async def replace(services: Services, company_id: str, url: str) -> str:
    """Make a URL the company's webhook as it is; returns the webhook's id.

    Raises:
        CompanyRemoved: the company has gone.
    """
    webhook_id = services.ids.uuid()
    await services.database.transact(
        put_webhook(
            company_id,
            webhook_id=webhook_id,
            url=url,
            token=token_of(company_id),
            now=services.clock.real(),
            company_now=services.clock.now(company_id),
        )
    )
    return webhook_id
