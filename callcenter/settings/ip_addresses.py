"""Network addresses as proxies and sockets write them, read in one way everywhere."""

from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST = 100
"""Characters of one address with everything that may stand around it."""
LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
MAPPED = IPv6Network("::ffff:0:0/96")


def read(text: str) -> Address | None:
    """The address in ``text``, with or without brackets, port or zone; an IPv4 address inside IPv6 is that of IPv4.

    Returns None for anything else.
    """
    text = text.strip()
    if len(text) > LONGEST:
        return None
    host, port = _apart(text)
    if port and not (port.isascii() and port.isdecimal()):
        return None
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def normalised(text: str) -> str:
    """One spelling for each address; empty for what is none, such as the other end of a Unix socket."""
    address = read(text)
    return str(address) if address else ""


def counted_under(text: str, ipv6_prefix_bits: int) -> str:
    """The key under which limits count an address: an IPv6 address counts as its network, which is one customer's.

    What is no address counts as it is.
    """
    address = read(text)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, ipv6_prefix_bits), strict=False))
    return str(address) if address else text[:LONGEST]


@dataclass(frozen=True)
class Networks:
    """Addresses and networks that an administrator has listed."""

    listed: tuple[Network, ...] = ()

    def __contains__(self, address: Address | None) -> bool:
        """This machine is the same one over IPv4 and over IPv6."""
        if address is None:
            return False
        same = LOOPBACK if address in LOOPBACK else (address,)
        return any(one in network for network in self.listed for one in same)


@cache
def networks(text: str) -> Networks:
    """From a list with commas. Raises ValueError naming the entry that is neither an address nor a network."""
    return Networks(tuple(_network(part.strip()) for part in text.split(",") if part.strip()))


def _apart(text: str) -> tuple[str, str]:
    """Host and port of ``203.0.113.7:51008`` and ``[2001:db8::1]:4711``; without a port the latter is empty."""
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        return (host, rest.removeprefix(":")) if closed and rest[:1] in ("", ":") else ("", "")
    host, _, port = text.partition(":")
    return (host, port) if text.count(":") == 1 else (text, "")


def _network(text: str) -> Network:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text} is neither an IP address nor a network such as 10.0.0.0/8") from None
    if "/" in text and ip_address(text.partition("/")[0]) != network.network_address:
        raise ValueError(f"{text} is one address with the size of a network: write {network}, or the address alone")
    if network.prefixlen == 0:
        raise ValueError(f"{text} is everybody: list the addresses of your own proxies")
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        inside = IPv4Address(int(network.network_address) & 0xFFFFFFFF)
        return IPv4Network((inside, network.prefixlen - MAPPED.prefixlen))
    return network
