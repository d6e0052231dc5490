"""The connection, under the name by which Django looks for it."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which before the first query of each request asks the server whether it still answers."""

    def is_usable(self) -> bool:
        """A server that is gone has closed its end of the line: there is something to read where nothing was asked. Only then is
        it asked, and after an error."""
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return super().is_usable()
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN)
        return not line.poll(0) or super().is_usable()
