"""Whether an address is this machine."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Of an IP address or a name; a name other than `localhost` is looked up nowhere, and so is not."""
    if host in ("127.0.0.1", "localhost"):
        return True  # nearly always
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback
