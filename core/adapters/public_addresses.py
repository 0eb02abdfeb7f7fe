"""Which addresses are of the public internet, whatever form they hide in."""

from __future__ import annotations

import ipaddress

_NOT_HOSTS = tuple(
    # What Python's releases disagree about, and NAT64 (RFC 6052, RFC 8215): another way to write an IPv4 address.
    ipaddress.ip_network(prefix)
    for prefix in ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23")
)


def is_public(address: str) -> bool:
    """Return whether an address is one host of the public internet.

    No private, loopback, link-local, shared, multicast, reserved or unspecified address is; nor is an IPv6 address that
    stands for an IPv4 one, in any of the ways there are: such an address is for translators, not for servers.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address or not parsed.is_global:
        return False
    if parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified or parsed.is_loopback or parsed.is_link_local:
        return False
    if any(parsed in network for network in _NOT_HOSTS):
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return True
    return not (parsed.ipv4_mapped or parsed.sixtofour or parsed.teredo or parsed.is_site_local)


def is_loopback(address: str) -> bool:
    """Return whether an address is this machine, written plainly."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
