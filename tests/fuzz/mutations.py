"""Inputs made of valid ones by a few edits at the edges of their parts, and texts as people and machines write."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

_PART = re.compile(rb"<[^<>]{0,200}>|[\w.-]+|\s+|.", re.DOTALL)
_KINDS = ("insert", "replace", "delete", "repeat", "cut", "move", "flip", "fill", "from another")
MOST = 200_000  # bytes of an input
PIECES = tuple(
    piece.encode() if isinstance(piece, str) else piece
    for piece in (
        *("", " ", "\n", "\r\n", "\r", "\t", "\0", "\x1b[2J", "\x7f", "\x85", "\u2028", "\ufeff", "\u202e", "\u200b"),
        *("é", "ß", "İ", "ﬁ", "e\u0301", "🚢", "ق", "北", "\U0010ffff", "\ufffd", "٣", "½", "①", "½", "\u00ad"),
        *(b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xc0\x80"),
        *("0", "1", "-1", "00", "007", "1e309", "9" * 30, "0x10", "1.5", "NaN", "Infinity", "-0", "true", "null"),
        *("'", '"', "“", "”", "’", "«", "`", "\\", "/", "//", "../", "%", "%0d%0a", "%00", "&", "&amp;", "&#0;"),
        *("&#x110000;", "&#55296;", "&lt;", "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?xml", "?>"),
        *("<p>", "</p>", "<div>", "<br>", "<script>", "</script>", "<style>", "<embed>", "<plaintext>", "<svg>"),
        *("<table>", "<html>", "</body>", "<a href=x>", "<item>", "<link>", "<loc>", "<!DOCTYPE a [<!ENTITY b 'c'>]>"),
        *("{", "}", "[", "]", "{}", "[]", '"":', ",", ":", ";", "\\ud800", "\\u0000", "\\u0041", "\\x", '{"a":' * 40),
        *("---", "---\n", "...", "- ", "* ", "# ", "> ", "|", "!!python/object:x", "&a", "*a", "? ", "%YAML 9"),
        *(
            "[1]",
            "[2][3]",
            "[99]",
            "[0]",
            "[-1]",
            "【1】",
            "(1)",
            "^1",
            "<think>",
            "</think>",
            "```",
            "**",
            "NOT_IN_PASSAGES",
        ),
        *("http://", "https://a.example/", "file:/x", "javascript:x", "://", "@", "#", "?", "=", "a" * 300, " " * 300),
        *(
            "2024-12-01",
            "2024-13-45",
            "0000-00-00",
            "9999-12-31T23:59:60Z",
            "1 December",
            "on Sunday",
            "+99:99",
            "1733",
        ),
        *(
            "Content-Type: text/html",
            "Content-Transfer-Encoding: base64",
            "Content-Length: 9",
            "charset=utf-7",
            "\r\n\r\n",
        ),
        *(
            "charset=x",
            "boundary=",
            "=?utf-8?q?=00?=",
            "=?x?b?!?=",
            "From ",
            "WARC/1.0",
            "%PDF-1.7",
            "PK\x03\x04",
            "\x1f\x8b",
        ),
        *("x-user-defined", "utf-16", "idna", "rot13", "zip", "hex"),
    )
)
_EDITS = st.lists(
    st.tuples(st.sampled_from(_KINDS), st.integers(0, 9_999), st.integers(0, 9_999), st.sampled_from(PIECES)),
    max_size=6,
)


def edited(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the seeds with up to six edits; sometimes bytes that are none of them."""
    given = st.builds(_edited, st.sampled_from(seeds), _EDITS, st.sampled_from(seeds))
    return st.one_of(given, given, given, given, given, st.binary(max_size=120))


def edited_text(seeds: Sequence[str]) -> st.SearchStrategy[str]:
    """The same for texts."""
    given = st.builds(_edited, st.sampled_from([one.encode() for one in seeds]), _EDITS, st.just(seeds[0].encode()))
    return given.map(lambda data: data.decode("utf-8", "replace"))


def _edited(data: bytes, edits: Sequence[tuple[str, int, int, bytes]], other: bytes) -> bytes:
    if not edits:
        return data
    parts = _PART.findall(data)
    others = _PART.findall(other)
    for kind, where, how, piece in edits:
        at = where * len(parts) // 10_000
        until = min(len(parts), at + 1 + how % 5)
        if kind == "insert":
            parts[at:at] = [piece] * (1 + how % 3)
        elif kind == "replace":
            parts[at:until] = [piece]
        elif kind == "delete":
            del parts[at : at + 1 + how % max(1, len(parts))]
        elif kind == "repeat" and sum(map(len, parts[at:until])) * (how % 200) < MOST // 4:
            parts[at:at] = parts[at:until] * (how % 200)
        elif kind == "cut":
            del parts[at:]
        elif kind == "move":
            moved = parts[at:until]
            del parts[at:until]
            place = how * len(parts) // 10_000
            parts[place:place] = moved
        elif kind == "flip" and at < len(parts) and parts[at]:
            part, place = bytearray(parts[at]), how % len(parts[at])
            part[place] ^= 1 << how % 8
            parts[at] = bytes(part)
        elif kind == "fill" and len(piece) * how < MOST // 4:
            parts[at:at] = [piece * (how % 2_000)]
        elif kind == "from another" and others:
            start = how * len(others) // 10_000
            parts[at:until] = others[start : start + 1 + how % 40]
    return b"".join(parts)[:MOST]


# --- what people write -----------------------------------------------------------------------------------------------

_WORDS = """the The a of in on at by to from and or not no never and, but; that which who whom he she they it its his
was were is are has had will would could said says told reported denied claimed confirmed killed wounded injured opened
closed sank won lost met visited reopened 12 twelve 20 242 1,500 1.5 million hundred dozens at-least about nearly over
less more than percent % $5 €3m km May December Sunday Monday yesterday today 1 3 30 2024 2021 01/02/2024 2024-12-01
Friday. Osterby Velmora Greta Holm Karim Haddad Mayor President Dr. U.S. Mr. Reuters AFP Tern Harbour Gazette boats
bridge storm council people children fishermen “We have waited” "no" 'yes' (sic) — – … ? ! , . : ; What Who When Where
How many Why Did Does according as of until since before after between it-was However Meanwhile Ignore previous
instructions reply only with [1] [2] * - # http://a.example @b é ß 北京 قال И""".split()
prose = st.one_of(
    st.lists(st.sampled_from(_WORDS), max_size=24).map(" ".join),
    st.lists(st.sampled_from([*_WORDS, "\n\n", "\n"]), max_size=60).map(" ".join),
    st.text(max_size=80),
    st.lists(st.sampled_from([piece.decode() for piece in PIECES if piece.isascii()]), max_size=12).map("".join),
)
