"""What plain text says on its surface: sentences, words, stems, names and quotations, all with offsets. Pure functions.

Every pattern here is linear in the length of the text: articles are hostile.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache, wraps
from typing import NamedTuple, TypeVar

import Stemmer

Part = TypeVar("Part")

KEPT = 2_048  # texts of which it is remembered what was read in them, some megabytes for each reading,
LONGEST_KEPT = 2_000  # characters of such a text: sentences and passages, and no whole article


def remembered(read: Callable[[str], list[Part]]) -> Callable[[str], list[Part]]:
    """A reading that remembers what the last KEPT texts gave: to answer, the same few sentences are read many times.

    It has to be a pure function, and its parts have to be immutable; each caller gets a list of its own.
    """

    @lru_cache(maxsize=KEPT)
    def kept(text: str) -> tuple[Part, ...]:
        return tuple(read(text))

    @wraps(read)
    def recalled(text: str) -> list[Part]:
        return list(kept(text)) if len(text) <= LONGEST_KEPT else read(text)

    return recalled


class Span(NamedTuple):
    """A stretch of a text in characters, end exclusive."""

    start: int
    end: int


class Word(NamedTuple):
    """A word as written, where it stands, and its stem: folded, without its English ending."""

    text: str
    start: int
    end: int
    stem: str


STOP_WORDS = frozenset(
    """a about across after again against all along also am amid among an and any apart are as at be because been before
    being besides between beyond both but by can could despite did do does doing done down during each except far few
    for from further get got had has have having he her here hers him his how i if in into is it its itself just may
    me might more most much must my no nor not now of off on once one only or other our out over own per said same say
    says saying shall she should since so some such tell than that the their them themselves then there these they
    this those through to too toward towards under unlike until up upon us very was we were what when where whether
    which while who whom whose why will with within without would yes you your according s t d ll re ve m al el
    bin ibn""".split()
)

_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof gen col lt maj capt sgt sen rep gov st jr sr inc ltd co corp vs etc no vol fig dept est approx
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun u.s u.k u.n e.u a.m p.m e.g i.e
    ph.d d.c brig adm cmdr hon rev mt ft""".split()
)
_BEFORE_FIGURES = frozenset("no vol fig sat sun wed mar".split())  # "No. 5", "Sat. 3"; else words that end a sentence
_TERMINAL = ".!?…。！？؟۔।"
_CLOSERS = "\"'”’»)]}"
_WORD = re.compile(r"[^\W\d_]+\d[^\W_]*|\d+(?:[.,]\d+)*|(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['’][^\W\d_]+)*|\d*[^\W_]+")
_SPACE = re.compile(r"\s+")
_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "ʼ": "'", "`": "'"}
    | dict.fromkeys("‐‑‒–—―−", "-")
)


def fold(text: str) -> str:
    """Text for comparing: no case, no accents, straight quotes, plain hyphens, single spaces."""
    text = text.translate(_PLAIN)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in text if not unicodedata.combining(character))
    return _SPACE.sub(" ", text.casefold()).strip()


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


# Adjective to country: "Syrian forces" and "forces of Syria" speak of one thing.
_DEMONYMS = dict(
    pair.split(":")
    for pair in """afghan:afghanistan albanian:albania algerian:algeria american:u.s argentine:argentina
    armenian:armenia australian:australia austrian:austria azerbaijani:azerbaijan bahraini:bahrain
    belarusian:belarus belgian:belgium brazilian:brazil british:u.k bulgarian:bulgaria canadian:canada chilean:chile
    chinese:china colombian:colombia croatian:croatia cuban:cuba czech:czechia danish:denmark dutch:netherlands
    egyptian:egypt emirati:u.a.e ethiopian:ethiopia finnish:finland french:france georgian:georgia german:germany
    greek:greece hungarian:hungary indian:india indonesian:indonesia iranian:iran iraqi:iraq irish:ireland
    israeli:israel italian:italy japanese:japan jordanian:jordan kazakh:kazakhstan kenyan:kenya kurdish:kurd
    kuwaiti:kuwait lebanese:lebanon libyan:libya malaysian:malaysia mexican:mexico moroccan:morocco nigerian:nigeria
    norwegian:norway omani:oman pakistani:pakistan palestinian:palestine peruvian:peru philippine:philippines
    polish:poland portuguese:portugal qatari:qatar romanian:romania russian:russia saudi:saudi serbian:serbia
    somali:somalia spanish:spain sudanese:sudan swedish:sweden swiss:switzerland syrian:syria taiwanese:taiwan
    thai:thailand tunisian:tunisia turkish:turkey turk:turkey ukrainian:ukraine venezuelan:venezuela
    vietnamese:vietnam yemeni:yemen""".split()
)
_TWO_WORDS = {
    ("unit", "state"): "u.s",
    ("unit", "kingdom"): "u.k",
    ("unit", "nation"): "u.n",
    ("european", "union"): "e.u",
    ("saudi", "arabia"): "saudi",
}
_ACRONYMS = {"US": "u.s", "USA": "u.s", "UK": "u.k", "UN": "u.n", "EU": "e.u", "UAE": "u.a.e"}

# Past tense and participle to verb, for the irregular verbs that news uses.
_VERBS = """
    arise arose arisen | beat beaten | become became | begin began begun | bring brought | build built | burn burnt
    | buy bought | catch caught | choose chose chosen | come came | deal dealt | draw drew drawn | drive drove driven
    | fall fell fallen | feel felt | fight fought | find found | flee fled | fly flew flown | forbid forbade forbidden
    | forget forgot forgotten | freeze froze frozen | get got gotten | give gave given | go went gone | grow grew grown
    | hear heard | hide hid hidden | hold held | keep kept | know knew known | lead led | leave left | lend lent
    | lose lost | make made | mean meant | meet met | pay paid | rise rose risen | run ran | see saw seen | seek sought
    | sell sold | send sent | shake shook shaken | shoot shot | show shown | sink sank sunk | speak spoke spoken
    | spend spent | stand stood | steal stole stolen | strike struck stricken | swear swore sworn | take took taken
    | retake retook retaken | teach taught | tell told | think thought | throw threw thrown
    | understand understood | undertake undertook undertaken | overthrow overthrew overthrown | wear wore worn
    | bear bore borne | bite bit bitten | bleed bled | blow blew blown | break broke broken | dig dug | eat ate eaten
    | feed fed | hang hung | light lit | ride rode ridden | ring rang rung | shrink shrank shrunk | sing sang sung
    | sleep slept | slide slid | spring sprang sprung | stick stuck | sweep swept | swing swung | tear tore torn
    | wake woke woken | weep wept | win won | withdraw withdrew withdrawn | write wrote written | die dying
"""
_IRREGULAR = {form: verb.split()[0] for verb in _VERBS.split("|") for form in verb.split()[1:]}
_BRITISH = (
    (re.compile(r"(?<=[a-z]{2})our(?=s?$|ed$|ing$|hoods?$|able$|ite$)"), "or"),
    (re.compile(r"(?<=[a-z]{2})is(?=e$|es$|ed$|ing$|ations?$|er$|ers$)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})ence(?=s?$)"), "ense"),
    (re.compile(r"(?<=[a-z]{2}t)re(?=s?$)"), "er"),
)


def _spelling(folded: str) -> str:
    """American spelling and the base form of an irregular verb, so that either is found by the other."""
    for pattern, american in _BRITISH:
        folded = pattern.sub(american, folded)
    return _IRREGULAR.get(folded, folded)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A word folded and without its English ending (Snowball).

    A possessive 's falls away, a demonym is its country, spelling is American, an irregular past is its verb.
    """
    folded = fold(word).removesuffix("'s").replace("'", "")
    if "." in folded and not folded[0].isdigit():
        return folded.rstrip(".")
    if (acronym := _ACRONYMS.get(word[:-2] if word[-2:] in {"'s", "’s"} else word)) is not None:
        return acronym
    country = _DEMONYMS.get(folded) or _DEMONYMS.get(folded.removesuffix("s"))
    return country if country and "." in country else str(_stemmer().stemWord(country or _spelling(folded)))


@remembered
def words(text: str) -> list[Word]:
    """Every word of a text; a hyphen parts words ("al-Assad" is two), a point or comma does not part figures."""
    return [Word(said := m.group(), *m.span(), stem(said)) for m in _WORD.finditer(text)]


@remembered
def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order, with repeats; "United States" is one, as "U.S." is."""
    found: list[str] = []
    for word, carries in map(_read, _WORD.findall(text)):
        if found and (joined := _TWO_WORDS.get((found[-1], word))):
            found[-1] = joined
        elif carries:
            found.append(word)
    return found


@lru_cache(maxsize=100_000)
def _read(word: str) -> tuple[str, bool]:
    """A word's stem, and whether it carries meaning."""
    return stem(word), _carries(word)


def joined(found: Sequence[Word]) -> list[Word]:
    """Words in order with "United States" as one, as `stems` has it."""
    kept: list[Word] = []
    for word in found:
        if kept and (stem := _TWO_WORDS.get((kept[-1].stem, word.stem))):
            first = kept.pop()
            word = Word(f"{first.text} {word.text}", first.start, word.end, stem)
        kept.append(word)
    return kept


def is_content(word: Word) -> bool:
    """Whether a word carries meaning of its own."""
    return _carries(word.text)


@lru_cache(maxsize=100_000)
def _carries(word: str) -> bool:
    plain = word.casefold().replace("’", "'")
    return word in _ACRONYMS or not (plain.endswith("n't") or plain.partition("'")[0] in STOP_WORDS)


# --- sentences -------------------------------------------------------------------------------------------------------


def _is_wrapped(text: str) -> bool:
    """Whether line ends are those of a column of fixed width and not of paragraphs."""
    lines = [len(line) for line in text.splitlines() if line.strip()]
    if len(lines) < 4:
        return False
    full = sum(50 <= length <= 100 for length in lines)
    return max(lines) <= 100 and full >= 0.6 * len(lines)


@remembered
def sentences(text: str) -> list[Span]:
    """Offsets of the sentences of a text, in order, without the white space between them.

    A line end parts sentences (headings and list items are their own) unless the text is wrapped at a fixed width.
    """
    paragraph = re.compile(r"\n[ \t]*\n" if _is_wrapped(text) else r"\n")
    spans: list[Span] = []
    start = 0
    for match in [*paragraph.finditer(text), None]:
        end = match.start() if match else len(text)
        spans.extend(_split_paragraph(text, start, end))
        start = match.end() if match else end
    return spans


def _split_paragraph(text: str, start: int, end: int) -> Iterator[Span]:
    begin = position = start
    while position < end:
        if text[position] not in _TERMINAL:
            position += 1
            continue
        stop = position + 1
        while stop < end and text[stop] in _TERMINAL:
            stop += 1
        while stop < end and text[stop] in _CLOSERS:
            stop += 1
        if _ends_sentence(text, begin, position, stop, end):
            yield from _trim(text, begin, stop)
            begin = stop
        position = stop
    yield from _trim(text, begin, end)


def _trim(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)


def _ends_sentence(text: str, begin: int, position: int, stop: int, end: int) -> bool:
    """Whether the punctuation at `position` .. `stop` ends a sentence that began at `begin`."""
    if stop >= end:
        return True
    if text[position] in "。！？":
        return True
    if not text[stop].isspace():
        return False
    after = stop
    while after < end and (text[after].isspace() or text[after] in "\"'“‘«([—–-"):
        after += 1
    if after < end and text[after].islower():
        return False
    if text[position] != "." or stop - position > 1:
        return True
    head = position
    while head > begin and (text[head - 1].isalnum() or text[head - 1] == "."):
        head -= 1
    token = text[head:position].casefold()
    if token in _BEFORE_FIGURES:
        return not text[after : min(after + 1, end)].isdigit()
    if token in _ABBREVIATIONS:
        # "in the U.S. The" ends one; "U.S. forces" was seen above; "U.S. Navy" cannot be told, and is kept whole
        return token in {"etc", "a.m", "p.m"} or (
            token in {"u.s", "u.k", "u.n", "e.u"} and _starts_anew(text, after, end)
        )
    return not (len(token) == 1 and token.isalpha() and token != "i")


_STARTERS = frozenset(
    """the a an this that these those it he she they we in on at but and as for with while meanwhile""".split()
)


def _starts_anew(text: str, after: int, end: int) -> bool:
    match = _WORD.match(text, after, end)
    return match is not None and match.group().casefold() in _STARTERS


# --- names and quotations --------------------------------------------------------------------------------------------

_LINKS = frozenset(["of", "for", "the", "al", "el", "bin", "ibn", "abu", "de", "la", "von", "van", "and"])
_QUOTED = re.compile(r"[“\"«]([^“”\"«»\n]{2,400})[”\"»]")


@remembered
def names(text: str) -> list[Span]:
    """Runs of capitalised words: "Syrian Observatory for Human Rights", "Kazem al-Fartousi".

    Small words link two capitalised ones. A single word that has its capital from beginning a sentence is a name only
    where the text gives it a capital inside a sentence too.
    """
    tokens = words(text)
    inside, openers = _capitals(text, tokens)
    return [
        run
        for run in _runs(text, tokens)
        if run.start not in openers or run.end > openers[run.start] or text[run.start : run.end] in inside
    ]


def _capitals(text: str, tokens: list[Word]) -> tuple[set[str], dict[int, int]]:
    """The words with a capital inside a sentence, and start to end of those that begin one."""
    starts = {span.start for span in sentences(text)}
    openers: dict[int, int] = {}
    inside: set[str] = set()
    begins = True
    for previous, token in zip([None, *tokens], tokens, strict=False):
        begins = previous is None or any(at in starts for at in range(previous.end, token.start + 1))
        if begins:
            openers[token.start] = token.end
        elif token.text[0].isupper():
            inside.add(token.text)
    return inside, openers


def _runs(text: str, tokens: list[Word]) -> list[Span]:
    runs: list[Span] = []
    index = 0
    while index < len(tokens):
        if not _is_name(tokens[index]):
            index += 1
            continue
        last = index
        ahead = index + 1
        while ahead < len(tokens) and _joined(text, tokens[ahead - 1], tokens[ahead]):
            if _is_name(tokens[ahead]):
                last = ahead
            elif tokens[ahead].text.casefold() not in _LINKS - {"and"} or ahead - last > 2:
                break
            ahead += 1
        runs.append(Span(tokens[index].start, tokens[last].end))
        index = last + 1
    return runs


def _is_name(word: Word) -> bool:
    return word.text[0].isupper() and is_content(word)


def _joined(text: str, left: Word, right: Word) -> bool:
    between = text[left.end : right.start]
    return between in {" ", "-", "‑"} or (between in {". ", "."} and len(left.text) <= 2)


def quotations(text: str) -> list[Span]:
    """Offsets of what stands inside double quotation marks, without the marks."""
    return [Span(match.start(1), match.end(1)) for match in _QUOTED.finditer(text)]
