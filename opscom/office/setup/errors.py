"""Refusals of set-up files."""

from collections.abc import Sequence

from opscom.lib.errors import PortalError


class SetupRefused(PortalError):
    """Nothing was changed: `problems` says what is wrong, each with its place in the file."""

    code = "setup"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)
