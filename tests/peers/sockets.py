"""Which addresses a port is open on; Linux only."""

from pathlib import Path

LISTEN = "0A"
LOOPBACK = "0100007F"


def listening_hosts(url: str) -> list[str]:
    """Addresses as in /proc/net/tcp and tcp6 (``LOOPBACK`` is 127.0.0.1) on which some process listens at the url's port."""
    port = int(url.rpartition(":")[2])
    hosts = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        rows = [line.split() for line in Path(table).read_text("ascii").splitlines()[1:]]
        hosts += [row[1].split(":")[0] for row in rows if row[3] == LISTEN and int(row[1].split(":")[1], 16) == port]
    return hosts
