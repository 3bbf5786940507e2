"""The text of an article as it is kept: decoded, without what cannot be seen, without the furniture of the page.

Everything read here is hostile: every pattern is linear in the length of the text.
"""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from rag.articles.furniture import is_furniture as is_furniture
from rag.articles.furniture import is_pointer
from rag.cleaning import clean as clean
from rag.errors import ArticleError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 256 * 1024  # enough to tell an encoding by
_BINARY_SHARE = 0.05  # of control characters; a stray one is only removed
_LONGEST_HEADLINE = 160
LONGEST_TEXT = 1_000_000  # characters; a long novel has fewer

_WESTERN = "cp1252"
# Names that servers give to text; some mean more than they say, see https://encoding.spec.whatwg.org/#names-and-labels.
_CHARSET = re.compile(
    r"iso8859-\d{1,2}|cp(?:437|85\d|86\d|874|932|949|950|125\d)|koi8-[ru]|gbk|gb18030|big5|euc_(?:jp|kr)"
)
_MEANT = {"ascii": _WESTERN, "iso8859-1": _WESTERN, "iso8859-9": "cp1254", "gb2312": "gb18030", "shift_jis": "cp932"}
_CENTRAL_EUROPEAN = frozenset({"Polish", "Czech", "Slovak", "Slovene", "Croatian", "Hungarian", "Romanian"})

_CONTROLS = "".join(map(chr, (*range(0x09), *range(0x0E, 0x20), 0x7F)))
_CLOSERS = "\"'”’»)]"
_BULLET = re.compile(r"^[\s>»›→▶►•*|–—-]+")

_WORDS = re.compile(r"[^\W\d_]+")
_FEWEST_WORDS = 4

_NOT_HEADLINE = re.compile(r"By [A-Z]|(?:Published|Updated|Posted)\b.*\d")


def decode(data: bytes) -> str:
    """The text that bytes spell: by their byte order mark, as UTF-8, else as is likeliest; raises ArticleError."""
    if not data.strip():
        raise ArticleError("The file is empty; put the text of an article into it, or remove it.")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _guessed(data, error.start)
    return _guessed(data, 0) if _is_binary(text) else text


def in_utf8(data: bytes, charset: str | None) -> bytes:
    """Text made UTF-8 from the encoding that its server names; as it is where it is UTF-8 already, or not in that."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return data
    try:
        name = codecs.lookup(charset or "").name
        name = _MEANT.get(name, name)
        return data.decode(name).encode("utf-8") if _CHARSET.fullmatch(name) else data
    except (LookupError, UnicodeError):
        return data


def _is_binary(text: str) -> bool:
    return sum(map(text.count, _CONTROLS)) > _BINARY_SHARE * len(text)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise ArticleError(f"The file is {encoding} text that is damaged; save it again as UTF-8.") from error
    if _is_binary(text):
        raise ArticleError("The file is not text; save the article as UTF-8 text.")
    return text


def _guessed(data: bytes, position: int) -> str:
    """Text in an older encoding; `position` is the first byte that is not UTF-8."""
    sample = data[:_SAMPLE_BYTES]
    if len(data) > _SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample  # no character cut in two
    if _is_damaged_utf8(sample):
        raise ArticleError(f"The file is damaged UTF-8 (byte {position:,}); save it again as UTF-8.")
    text = _decoded(data, _likeliest_encoding(sample))
    head = text[:_SAMPLE_BYTES]
    if sum(character.isalpha() or character.isspace() for character in head) < 0.6 * len(head):
        raise ArticleError("The file does not read as text; save the article as UTF-8 text.")
    return text


def _likeliest_encoding(sample: bytes) -> str:
    found = from_bytes(sample)
    best = found.best()
    if best is None:
        raise ArticleError("The file is not text in any encoding that could be told; save the article as UTF-8 text.")
    # Western and Central European encodings share their bytes, and a tie would go to the Central European one.
    ties = [match for match in found if match.chaos == best.chaos and _WESTERN in match.could_be_from_charset]
    return _WESTERN if ties and best.language not in _CENTRAL_EUROPEAN else best.encoding


def _is_damaged_utf8(sample: bytes) -> bool:
    """Whether there are more whole characters of UTF-8 beyond ASCII than bytes that are none."""
    kept = sample.decode("utf-8", "ignore")
    whole = sum(character > "\x7f" for character in kept)
    return whole > len(sample) - len(kept.encode("utf-8"))


def is_sentence(text: str) -> bool:
    """Whether a text says something whole, however short: four words or more, and the end of a sentence."""
    end = text.rstrip(_CLOSERS)[-1:]
    return bool(end) and (end in "。！।۔" or (end in ".!…" and len(_WORDS.findall(text)) >= _FEWEST_WORDS))


def check_length(text: str) -> None:
    """Raises ArticleError for a text that is longer than an article can be."""
    if len(text) > LONGEST_TEXT:
        raise ArticleError(f"The text has {len(text):,} characters, above the limit of {LONGEST_TEXT:,}; split it.")


def readable(text: str, *, title: str | None = None) -> str:
    """The cleaned text without page furniture, and without the title where that is repeated above it.

    Where that would leave nothing, lines that point elsewhere and yet are sentences ("Read more: ...") stay. Raises
    ArticleError for a text that is too long.
    """
    check_length(text)
    every = clean(text).split("\n")
    lines = [line for line in every if not is_furniture(line)]
    if not any(line.strip() for line in lines):
        lines = [line for line in every if is_pointer(line) and is_sentence(line)]
    while title and lines and (not lines[0].strip() or _same(lines[0], title)):
        lines.pop(0)
    return clean("\n".join(lines))


def _same(line: str, title: str) -> bool:
    return len(line) < 2 * len(title) + 20 and " ".join(line.split()).casefold() == " ".join(title.split()).casefold()


def split_headline(text: str) -> tuple[str | None, str]:
    """A cleaned text's headline (a short first line that ends no sentence, an empty line below it) and the rest."""
    first, _, rest = text.partition("\n")
    headline = first.strip()
    ending = headline.rstrip(_CLOSERS)[-1:]
    if (
        not rest.startswith("\n")
        or not rest.strip()
        or len(headline) > _LONGEST_HEADLINE
        or not 2 <= len(headline.split()) <= 30
        or ending in ".,;:…–—-"
        or not any(character.isalpha() for character in headline)
        or _NOT_HEADLINE.match(headline)
    ):
        return None, text
    return headline, rest.strip()


def unwrapped(text: str) -> str:
    """Text set in a column, as in a PDF, with each paragraph on one line and words joined that a line end divides."""
    lines = [line.strip() for line in text.split("\n")]
    lengths = sorted(len(line) for line in lines if line)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    pieces: list[str] = []
    for previous, line in zip(["", *lines], lines, strict=False):
        if not previous or not line or _BULLET.match(line) or _ends_paragraph(previous, line, width):
            pieces.append("\n" + line)
        elif previous.endswith("-") and previous[-2:-1].isalpha() and line[0].islower():
            pieces[-1] = pieces[-1][:-1]
            pieces.append(line)
        else:
            pieces.append(" " + line)
    return "".join(pieces).strip()


def _ends_paragraph(line: str, following: str, width: int) -> bool:
    """A line well short of the column that ends a sentence, or is a heading above a line with a capital."""
    ends_sentence = line.rstrip(_CLOSERS)[-1:] in ".!?:"
    return len(line) < 0.75 * width and (ends_sentence or following[0].isupper())
