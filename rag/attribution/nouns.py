"""The words that name a speaker: where a noun phrase begins and ends, and whether what it names can say something."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import text
from rag.attribution.spoken import SPOKEN

_PHRASE = 140  # characters of a speaker's description at most
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*['’]?")
_ARTICLE = re.compile(r"(?:a[a-z]|el)[-‑’'](?=[A-Z])")  # of Arabic names: "al-Hadithi"
DETERMINERS = frozenset(
    """the a an one its his her their our this that these those some several two three four five six many most
    other another both all few""".split()
)
OF = frozenset("of for in at from with to against".split())
_CLOSE = frozenset(["by", "close", "familiar", "loyal", "near"])
STOPS = frozenset(
    """that but while when as because which who whom if so after before since although though than where was were
    is are has have had will would can could may might must should do did does be been being by on into over
    under about during without within until it he she they and or then there what how why also not sunday monday
    tuesday wednesday thursday friday saturday january february april june july august september october
    november december""".split()
)
OPENERS = frozenset(
    """meanwhile however still yet now then also but and so today later earlier instead nevertheless elsewhere
    separately yesterday tomorrow tonight even just only former unlike like asked speaking additionally moreover
    furthermore while as for""".split()
)
_NOBODY = frozenset(["no", "neither", "none", "nobody", "i", "we", "you"])
RELATIVES = frozenset(["who", "which", "whom"])
PRONOUNS = frozenset(["he", "she", "they", "it"])
NOT_SPEAKERS = frozenset(
    """report reports rumour rumours rumor rumors sign signs evidence data figure figures number numbers footage
    image images video videos picture pictures photo photos document documents poll polls statistics fact facts
    event events result results history record records estimate estimates law plan agreement tradition account
    accounts schedule custom letter statement article articles story stories order paper weather water offer
    tower power river matter border factor error motor sector nobody none neither nothing anyone everyone
    everybody fighting attack attacks strikes airstrikes clashes battle battles war earthquake fire flood move
    decision victory outcome reason experience development developments situation crisis case cases death deaths
    amendment moment percent government-held city town village later earlier never ever further rather after
    over under either whether together however bigger larger smaller higher lower better fewer greater former
    latter longer newer older younger stronger region area areas province northwest northeast north south east
    west""".split()
)
SPEAKERS = frozenset(
    """official officials source sources witness witnesses resident residents analyst analysts expert experts
    police army military ministry government media authorities administration regime embassy committee
    commission channel channels outlet outlets newspaper watchdog hospital team firm bank staff aide aides envoy
    envoys diplomat diplomats people man woman men women rebels insurgents forces force fighters militants
    activists doctors medics court judge agency office company council union party group groups organisation
    organization organisations organizations opposition chief head king queen general captain coach mother
    father brother sister son daughter wife husband family families parents colleague colleagues friend friends
    neighbours neighbors crew critics intelligence coastguard navy palace church bishop pope victims troops side
    sides brigades militia militias coalition parliament state states alliance league club service authority
    department broadcaster station secretary mayor others president deputy captive hostage student students
    lawmakers mp mps clerk patient nurse guard chair charity ngo ngos monitors monitor campaigners locals
    survivors command commander spokesman spokeswoman spokesperson spokespeople youth boss attorney attorneys
    pilot pilots migrant migrants tenant tenants priest priests judges guards clerks nurses civilians consultant
    consultants""".split()
)
AGENT = re.compile(r"(?:er|or|ist|ian|man|woman|person|ee|eer)s?$|(?:men|women)$")


def can_speak(phrase: str) -> bool:
    """Whether words describe somebody who can say something: a pronoun, a name, or a noun of people."""
    found = [match.group() for match in _WORD.finditer(phrase)]
    first = found[0].casefold() if found else "no"
    if len(found) == 1 and first in PRONOUNS:
        return True
    if len(phrase) > _PHRASE or first in _NOBODY | STOPS | OF or found[-1].endswith(("’s", "'s", "’", "'")):
        return False
    head = _head(found)
    plain = head.casefold()
    if plain in NOT_SPEAKERS:
        return bool(re.search(r"\b(?:by|from)\s", phrase)) and any(word[0].isupper() for word in found[1:])
    speaks = is_name(head) or plain in SPEAKERS or AGENT.search(plain) is not None
    return speaks and plain not in text.STOP_WORDS | DETERMINERS | OPENERS


def is_plural(word: str) -> bool:
    """Whether a word in small letters is surely one for several people: "fishermen", "pilots"."""
    return re.search(r"(?:ers|ors|ists|men|women)$", word) is not None and word not in NOT_SPEAKERS


def is_name(word: str) -> bool:
    """Whether a word is written as names are."""
    return word[0].isupper() or _ARTICLE.match(word) is not None


def _head(found: Sequence[str]) -> str:
    """The noun that a phrase is about: the last word before its first "of" or "with"."""
    stop = next((place for place, word in enumerate(found) if place and word.casefold() in OF | _CLOSE), len(found))
    return found[stop - 1].removesuffix("’s").removesuffix("'s").rstrip("'’")


def phrase_start(silent: str, stop: int) -> int:
    """Where the noun phrase that ends at `stop` begins, read from its end."""
    low = max(0, stop - _PHRASE)
    tokens = [match for match in _WORD.finditer(silent, low, stop) if match.end() <= stop]
    start, index = stop, len(tokens) - 1
    while index >= 0:
        token, plain = tokens[index], tokens[index].group().casefold()
        gap = silent[token.end() : start]
        if gap.strip(" ") or len(gap) > 2:
            break
        if start == stop and plain in PRONOUNS | RELATIVES:
            return token.start()
        ends = plain in STOPS or (plain in OPENERS and token.group()[0].isupper())
        if (ends and not (plain == "and" and _opens(tokens, index))) or (plain in OF and (index == 0 or start == stop)):
            break
        start = token.start()
        if plain in DETERMINERS and (index == 0 or tokens[index - 1].group().casefold() not in OF):
            break
        index -= 1
    while (first := _WORD.match(silent, start, stop)) and first.group().casefold() in OF | OPENERS:
        start = next((match.start() for match in _WORD.finditer(silent, first.end(), stop)), stop)
    return start


def _opens(tokens: Sequence[re.Match[str]], index: int) -> bool:
    """Whether what stands before an "and" is a name that begins the sentence: "Norway and Sweden say"."""
    names = tokens[:index]
    return bool(names) and names[0].start() == 0 and all(name.group()[0].isupper() for name in names)


def _opening(silent: str) -> int:
    """Where the first noun phrase of a sentence may begin, past "Meanwhile," and "In May,"."""
    match = re.match(r"(?:[A-Z][a-z]+,\s+|(?:In|On|At|After|For)\s[^,.;\x00]{1,60},\s+)", silent)
    return match.end() if match else 0


def phrase_after(silent: str, start: int) -> str:
    """The noun phrase that begins at `start`, with what stands beside it: "Karim Haddad, head of the Port Office"."""
    tokens = list(_WORD.finditer(silent, start, start + _PHRASE))
    if not tokens or silent[start : tokens[0].start()].strip(" "):
        return ""
    start = tokens[0].start()
    end, named = start, False
    for place, token in enumerate(tokens):
        gap = silent[end : token.start()]
        word, plain = token.group(), token.group().casefold()
        if place and gap not in {" ", "-", ". "}:
            break
        following = tokens[place + 1].group() if place + 1 < len(tokens) else ""
        if plain in OF and place and following and (named or _speaks(tokens[place - 1].group())):
            proper = is_name(tokens[place - 1].group())
            if proper and not any(is_name(one.group()) for one in tokens[place + 1 : place + 3]):
                break
            named = False
        elif place and _ends(tokens, place, named=named):
            break
        elif plain not in DETERMINERS:
            last = not following[:1].isupper() and not _speaks(following)
            named = named or is_name(word) or (_speaks(word) and last)
        end = token.end()
    ahead = silent[:start]
    return silent[start:end] + _beside(
        silent, end, closed=not {",", SPOKEN} & set(ahead) and len(ahead.split()) <= _FRONT
    )


def _ends(tokens: Sequence[re.Match[str]], place: int, *, named: bool) -> bool:
    """Whether a noun phrase has ended before a word; "Norway and Sweden" goes on."""
    word = tokens[place].group()
    if word == "and":
        return not (
            named and is_name(tokens[place - 1].group()) and any(is_name(t.group()) for t in tokens[place + 1 :][:1])
        )
    if word.casefold() in DETERMINERS:
        return tokens[place - 1].group().casefold() not in OF
    return word.casefold() in STOPS or (named and not is_name(word) and not _goes_on(tokens, place))


_ADJECTIVE = re.compile(r"(?:an|ish|ese|i|ch|['’]s|s['’])$|^[A-Z.]{2,5}$|-")
_FRONT = 4  # words before a speaker with which the sentence only begins: "but according to"
_NEARBY = 2  # words from a name to the noun that it describes, where it is no adjective


def _goes_on(tokens: Sequence[re.Match[str]], place: int) -> bool:
    """Whether a name only describes who follows in small letters: "Syrian state news agency SANA", "UN envoy"."""
    capital = next((token.group() for token in reversed(tokens[:place]) if is_name(token.group())), "")
    for token in tokens[place : place + (2 * _NEARBY if _ADJECTIVE.search(capital) else _NEARBY)]:
        if token.group().casefold() in STOPS | OF | DETERMINERS:
            return False
        if _speaks(token.group()) or token.group() in _WRITTEN:
            return True
    return False


_WRITTEN = frozenset(
    "statement report document documents data figures count tally study survey filing lawsuit letter briefing".split()
)


def _speaks(word: str) -> bool:
    plain = word.casefold()
    return plain in SPEAKERS or (bool(AGENT.search(plain)) and plain not in NOT_SPEAKERS | DETERMINERS | {"other"})


_BESIDE = re.compile(
    r",\s+(?:(?:an?|the|its|their|his|her)\s+[^,.;:\x00]{2,80}?"
    r"|(?:\w+\s+){0,3}?(?:head|director|chief|leader|spokes\w+|president|minister|editor|author|mayor|commander|founder"
    r"|chair\w*|secretary|professor|analyst)\b[^,.;:\x00]{0,80}?"
    r"|who\s+(?:heads|leads|runs|directs|chairs)\s[^,.;:\x00]{2,80}?)(?=[,.;!?]|$)"
)


def _beside(silent: str, end: int, *, closed: bool) -> str:
    """What tells more of a name between commas, or before an end unless `closed`; no clause that begins like it."""
    match = _BESIDE.match(silent, end)
    if match is None or _CLAUSE.search(match.group()) or (closed and silent[match.end() : match.end() + 1] != ","):
        return ""
    inner = match.group().lstrip(", ")
    return match.group() if inner.startswith("who ") or can_speak(inner) else ""


_CLAUSE = re.compile(
    r"\b(?:was|were|is|are|has|have|had|will|would|can|could|did|said|says|\w+ed|sank|fell|took|came)\b"
)


def leading(silent: str) -> str:
    """The noun phrase that a sentence begins with, where it can speak and is short enough for a subject; or empty."""
    phrase = phrase_after(silent, _opening(silent))
    small = [word for word in phrase.partition(",")[0].split() if not is_name(word)]
    fits = can_speak(phrase) and phrase.casefold() not in PRONOUNS and len(small) <= 3
    return phrase if fits else ""
