"""Web addresses that may be fetched at all, and network addresses that may be connected to. Pure: nothing is asked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from rag.errors import FetchError

PORTS = {"http": 80, "https": 443}

_LONGEST = 2048  # characters of an address
_TOO_LONG = f"The address is longer than {_LONGEST:,} characters; give the page's own short one."
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBERS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_KEPT = "%/:=&?~+!$,;'@()*[]"  # what `quote` leaves as it is, besides letters and digits

# https://www.iana.org/assignments/iana-ipv4-special-registry and the IPv6 one: what is not for everybody, what carries
# another address in itself, what is only an example. Written out, as `ipaddress` knows other parts of it each year.
_CLOSED_4 = tuple(
    map(
        ipaddress.IPv4Network,
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
        "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
        "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32".split(),  # the last: a cloud's own, on public ground
    )
)
_OPEN_6 = ipaddress.IPv6Network("2000::/3")  # all that is given out; mapped, NAT64, local and multicast are outside
_CLOSED_6 = tuple(map(ipaddress.IPv6Network, "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20".split()))
_ISATAP = 0x5EFE  # before the IPv4 address that the second half of such an IPv6 one carries (RFC 5214, 6.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An http or https address taken apart, once for all who need a part; `target` is path and query, in ASCII."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def place(self) -> str:
        """The host as it stands in an address and in a Host header, with the port where it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}{self.target}"


def parse(url: str, *, allow_private: bool = False) -> Address:
    """The parts of an address, normalised and without its fragment; FetchError where it is written in a doubtful way.

    `allow_private` takes any port, and a name without a dot.
    """
    url = url.strip(" ")
    if len(url) > _LONGEST:
        raise FetchError(_TOO_LONG)
    if not url.isprintable() or "\\" in url or " " in url:  # parsers differ in what they make of these
        raise FetchError("The address has blanks, backslashes or unseen characters in it; copy it again.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise FetchError("The address cannot be read; copy it again.") from error
    if parts.scheme not in PORTS:
        raise FetchError("Only http and https addresses are fetched; save the page as a file and give that.")
    if "@" in parts.netloc:
        raise FetchError("The address has a user name in it; give it without.")
    # in other alphabets a letter may turn into one of ours when it is lowered
    found = _AUTHORITY.fullmatch(parts.netloc.lower()) if parts.netloc.isascii() else None
    if not found:
        raise FetchError("The host in the address is not written plainly; copy it as the browser shows it, or in xn--.")
    port = int(found[2] or PORTS[parts.scheme])
    if port != PORTS[parts.scheme] and not (allow_private and 0 < port < 65536):
        raise FetchError(f"Pages are fetched from port 80 and 443 alone, not from {port}; save the page as a file.")
    target = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    address = Address(scheme=parts.scheme, host=_host(found[1], any_name=allow_private), port=port, target=target)
    if len(str(address)) > _LONGEST:  # other letters than ASCII have become three times as many and more
        raise FetchError(_TOO_LONG)
    return address


def _host(written: str, *, any_name: bool) -> str:
    """A host name or a plainly written IP address, which is normalised; a number spelled otherwise is neither."""
    try:
        if written.startswith("["):
            return str(ipaddress.IPv6Address(written[1:-1]))
        if _NUMBERS.fullmatch(written):
            return str(ipaddress.IPv4Address(written))
    except ValueError as error:
        raise FetchError("The numbers in the host are no IP address; copy the address again.") from error
    if len(written) > 253 or not _NAME.fullmatch(written):
        raise FetchError("The host in the address is no host name; copy the address again.")
    if "." not in written and not any_name:
        raise FetchError(f"{written} is no public host name; save the page as a file and give that.")
    return written


def is_public(number: str) -> bool:
    """Whether an IP address is one of a public server: not of this machine, a private net, a cloud's own services."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    carries = int(address) >> 32 & ~(0x0200 << 16) & 0xFFFF_FFFF == _ISATAP
    closed = carries or any(address in network for network in _CLOSED_6)
    return address.scope_id is None and address in _OPEN_6 and not closed
