"""Wire shapes of `POST /api/account/webhook`."""

from pydantic import ConfigDict

from alfred_mock.alfred.wire import HttpUrl, Id, RequestModel
from alfred_mock.core.models import LateModel


class WebhookAsked(RequestModel):
    """Body: the URL (docs, SDK); unknown fields are ignored (our choice)."""

    url: HttpUrl


class WebhookMade(LateModel):
    """The id of the webhook (SDK)."""

    model_config = ConfigDict(extra="forbid")

    id: Id
