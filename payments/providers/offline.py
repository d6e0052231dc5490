"""No card provider: an office that takes cash, cheques and the like. Credit Card is offered nowhere."""

from collections.abc import Mapping

from payments.errors import BadSignature, ProviderUnreachable
from payments.providers.base import Attempt, HostedPage, Notice, Outcome, Provider


class OfflineProvider(Provider):
    """Takes no cards. Payments of a provider that the office had before go on through that one's class."""

    name = "offline"

    def start(self, attempt: Attempt) -> HostedPage:
        raise ProviderUnreachable("this office takes no cards")

    def resolve(self, attempt: Attempt) -> Outcome:
        raise ProviderUnreachable("this office takes no cards")

    def expire(self, attempt: Attempt) -> None:
        """There is no page."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        raise BadSignature("nobody sends any")
