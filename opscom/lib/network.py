"""Where a request came from, behind as many proxies as the operator says there are."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's address: the entry that our outermost trusted proxy wrote, never one that a visitor made up."""
    remote: str = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXY_COUNT:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(forwarded) >= settings.TRUSTED_PROXY_COUNT:
            remote = _without_port(forwarded[-settings.TRUSTED_PROXY_COUNT])
    try:
        ip = ipaddress.ip_address(remote)
        return str(getattr(ip, "ipv4_mapped", None) or ip)  # a socket for both families writes ::ffff:192.0.2.7
    except ValueError:
        return "0.0.0.0"  # noqa: S104 (a placeholder for a unix socket, nothing is bound)


def _without_port(entry: str) -> str:
    """Some load balancers write 192.0.2.7:50123 or [2001:db8::7]:50123."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def network_of(address: str) -> str:
    """The network that is throttled together: /24 for IPv4, /48 for IPv6."""
    ip = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
