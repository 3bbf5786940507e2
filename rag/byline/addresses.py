"""Web addresses: which are one, of which site they are, and the form that an article is known by.

Only what is known to say nothing of the article is taken out: a parameter too many makes an article twice, one too few
makes two articles one, and the second is lost.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from rag.cleaning import clean

_LONGEST = 2048
_LONGEST_HOST = 253  # characters (RFC 1035, 2.3.4); one in other letters than ASCII's is shorter still
_PORTS = {"http": 80, "https": 443}

# What links carry to tell where a reader came from, by exact name or by what the name begins with.
_TRACKING = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh fb_action_ids
    fb_action_types fb_source fb_ref mkt_tok oly_anon_id oly_enc_id vero_id vero_conv wickedid rb_clickid s_cid ncid
    cmpid cmp xtor icid intcmp ito ocid taid tpcc smid smtyp ref_src ref_url __twitter_impression guccounter
    guce_referrer guce_referrer_sig soc_src soc_trk traffic_source share_source via_source emci emdi ceid _ga _gl _ke
    __s dm_i sfmc_id spm scm rss srnd utm fbc fbp echobox""".split()
)
_TRACKING_BEGINNINGS = (
    "utm_",
    "at_",
    "pk_",
    "mtm_",
    "matomo_",
    "hsa_",
    "_hs",
    "ns_",
    "mc_",
    "piwik_",
    "itm_",
    "wt.",
    "ga_",
)
_AMP_PARAMETERS = frozenset({"amp", "amp=1", "amp=true", "amp=amp", "outputtype=amp", "amp_js_v=0.1", "usqp=mq331aq"})
_WHENCE = frozenset({"ref", "referrer", "referer"})  # dropped where the value names a place, kept where it is a number
_AMP_CACHE = re.compile(r"/(?:c|v|i|wp)/(s/)?(?=[^/][^/.]*\.[^/]+/)")
_AMP_VIEWER = re.compile(r"/amp/(s/)?(?=[^/][^/.]*\.[^/]+/)")
_AMP_ENDING = re.compile(r"(?:/amp/?|/amp\.html|\.amp|(?<=[^/])\.amp(?=\.html?$))$|\.amp(?=\.html?$)")


def web_address(value: object) -> str | None:
    """The value where it is a whole http or https address without blanks or unseen characters, else None."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    address = value.strip()
    if clean(address) != address or len(address.split()) != 1:
        return None
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
        is_whole = parts.scheme in {"http", "https"} and 0 < len(host) <= _LONGEST_HOST and parts.port != 0
        return address if is_whole else None
    except ValueError:  # as of "http://[" and of a port of six digits: no address
        return None


def host_of(address: str) -> str:
    """The host of a whole web address, without "www."."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def is_same_site(one: str, other: str) -> bool:
    """Whether two web addresses are of one host, or one's host is under the other's, as amp.example.org."""
    first, second = host_of(one), host_of(other)
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def absolute(link: object, base: str | None) -> str | None:
    """The whole address that a link means on the page at `base`; None where it is none."""
    if not isinstance(link, str) or not link.strip() or len(link) > _LONGEST:
        return None
    try:
        return web_address(urljoin(base, link.strip()) if base else link)
    except ValueError:
        return None


def canonical(address: str) -> str:
    """A whole web address as an article is known by: without fragment, default port, tracking parameters, forms of AMP.

    The host stays as it is: that "m." and "www." are one site only the page itself can say (`rel=canonical`).
    """
    parts = urlsplit(_out_of_cache(address))
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if parts.port and parts.port != _PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    path = _AMP_ENDING.sub("", parts.path) or "/"
    query = "&".join(part for part in parts.query.split("&") if part and not _is_tracking(part))
    fragment = parts.fragment if parts.fragment.startswith("!") else ""  # "#!" names a page, "#" a place in it
    return urlunsplit((parts.scheme, host, path, query, fragment))


def is_front_page(address: str) -> bool:
    """Whether an address is that of a whole site, and so of no article."""
    parts = urlsplit(address)
    return parts.path in {"", "/"} and not parts.query


def _out_of_cache(address: str) -> str:
    """The address of the page that one in a cache of AMP pages stands for."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    in_cache = host.endswith((".cdn.ampproject.org", ".bing-amp.com")) or host == "cdn.ampproject.org"
    in_viewer = re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", host)
    found = (_AMP_CACHE if in_cache else _AMP_VIEWER).match(parts.path) if in_cache or in_viewer else None
    if not found:
        return address
    scheme = "https" if found[1] else "http"
    cached = urlunsplit(urlsplit(f"{scheme}://{parts.path[found.end() :]}")._replace(query=parts.query))
    return web_address(cached) or address


def _is_tracking(parameter: str) -> bool:
    name, _, value = parameter.lower().partition("=")
    if name in _WHENCE:
        return not any(character.isdigit() for character in value)
    return name in _TRACKING or name.startswith(_TRACKING_BEGINNINGS) or parameter.lower() in _AMP_PARAMETERS
