"""The base of every error that a person may read."""

from django.utils.functional import Promise


class PortalError(Exception):
    """A refusal with a translated sentence that says what to do next.

    `code` is a stable word for tests and logs; `message` is what the person reads.
    """

    code = "refused"

    def __init__(self, message: str | Promise, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = str(message)
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message
