"""Words that news uses for one another: an article may say "seized" where the question says "captured"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rag.text import Word, names, stem, stems, words

_GROUPS = """
kill die death dead fatality casualty slay perish
injure wound hurt casualty
attack offensive assault strike raid bombard bomb airstrike shell
capture seize take conquer occupy overrun hold control fall hand
retake recapture reclaim regain recover win
fight battle clash combat
rebel insurgent militant fighter revolutionary opposition gunman
soldier troop force army
speak spokesperson spokesman spokeswoman tell
head lead leader chief director chair
phone telephone call ring speak
meet summit talk meeting conference
visit travel trip journey fly go come arrive return
leave flee depart withdraw retreat quit pull
resign quit
send deploy dispatch
message word convey bring carry deliver
help aid assist support back backing assistance reinforcement
ask request appeal plead
promise pledge vow commit undertake offer
warn caution alert
plan intend propose announce
begin start launch open
end stop halt finish cease
rise increase grow jump surge climb gain
fall drop decline decrease slump lose
win beat defeat victory triumph
elect vote poll election ballot
arrest detain jail imprison
release free
release launch debut premiere publish issue unveil arrive
write compose pen author
transmit broadcast send receive
explosion blast bomb explode
buy purchase acquire takeover acquisition
sell sale
price cost
firm company business
job layoff redundancy
ban forbid prohibit bar
accuse blame allege charge
deny reject refuse dismiss
agree accept deal agreement accord
build construct
destroy wreck demolish ruin
refugee displace flee homeless
hunger famine starve
border frontier
truce ceasefire armistice
worry concern fear alarm anxious
link tie relation relationship connection
threat threaten menace danger endanger
limit constrain hamper restrict constraint restriction
result outcome consequence
enough sufficient
enemy foe adversary
population inhabitant resident people
film movie
born birth
ally partner backer supporter
protest demonstration rally march demonstrate
riot unrest disorder
law bill legislation act
budget spending
debt loan
crisis emergency
flood storm hurricane cyclone
fire blaze wildfire
crash collision accident
illness disease sickness
vaccine jab inoculation
school university college
child children kid boy girl
woman women female lady ladies
man men male
vessel boat ship
road highway motorway
house home building
hospital clinic
prison jail
church mosque temple
negotiate negotiation talk mediate
sanction embargo penalty punish punishment
tax levy tariff
steal theft rob robbery
murder homicide kill
hide conceal
rescue save
damage harm
critic criticise condemn denounce
praise hail welcome
suspect suspicion
proof evidence
rumour speculation
rule govern government regime
expel deport oust remove
merge merger
found founded founder establish set form create
own owner
name call describe label dub
neighbourhood district quarter
envoy ambassador representative diplomat
plane aircraft jet aeroplane warplane
gun weapon arm missile rifle tank drone rocket helicopter ammunition
money fund finance cash
doctor physician medic
police officer
court judge trial
study research survey report
want seek aim wish hope demand desire ask urge
hold control rule
reappear resurface reemerge
advance march push press
suffer sustain incur endure
implement execute enact
join participate participation involvement
encounter face confront
close shut closure
permit allow authorise let
prevent block thwart
admit acknowledge concede confess
appoint nominate
approve ratify endorse
celebrate cheer celebration
decide decision
provide supply give
remain stay
surround encircle besiege siege
lack shortage
cut reduce reduction
postpone delay
cancel scrap
kidnap abduct abduction
lawmaker parliamentarian deputy
marry wed spouse husband wife
evacuate evacuation
recall summon
""".strip()

# A word, and those that may tell it though it may not tell them: who runs a town heads it, whoever heads need not run.
_NARROWER = """
run: head lead direct manage
face: meet
fly: bring transport carry ferry
base: locate situate headquarter
attack: hit target pound aggression
enter: intervene invade
win: winner champion championship crown clinch
host: hold stage
attend: join participate meet convene
intervene: intervention involve involvement commit deploy
soldier: recruit conscript serviceman
worry: warn
begin: implement
start: implement
lose: cede
""".strip()

_SYNONYMS: dict[str, frozenset[str]] = {}
for _line in _GROUPS.splitlines():
    _group = frozenset(stem(word) for word in _line.split())
    for _stem in _group:
        _SYNONYMS[_stem] = _SYNONYMS.get(_stem, frozenset()) | (_group - {_stem})


for _stem in [stem("die"), *_SYNONYMS[stem("die")]]:
    _SYNONYMS[_stem] |= {stem("lives")}  # lives are claimed and lost where people die; where they live nobody need die

for _line in _NARROWER.splitlines():
    _word, _, _told = _line.partition(":")
    _stem = stem(_word)
    _SYNONYMS[_stem] = _SYNONYMS.get(_stem, frozenset()) | {stem(word) for word in _told.split()} - {_stem}


def synonyms(term: str) -> frozenset[str]:
    """The stems that may stand for a stem; empty when none are known."""
    return _SYNONYMS.get(term, frozenset())


# Verbs of more words than one, which say together what none of them says alone, and the verb that says it.
_PHRASAL = """
join: take part
begin: take effect; come into force; come into effect; go into effect; break out; get under way
implement: carry out; put into effect; put in place
displace: drive from their homes; force from their homes; lose their homes
retreat: fall back; pull out; pull back
oust: drive out
cancel: call off
recall: call back; order back
promise: say (?:that )?(?:he|she|it|they) will; said (?:that )?(?:he|she|it|they) would
promise: announce (?:that )?(?:he|she|it|they) (?:will|would)
destroy: blow up; burn down
establish: set up
kill: claim (?:\\S+ ){0,4}lives; cost (?:\\S+ ){0,4}lives; leave (?:\\S+ ){0,4}dead
die: claim (?:\\S+ ){0,4}lives; cost (?:\\S+ ){0,4}lives; leave (?:\\S+ ){0,4}dead; lose (?:\\S+ ){0,3}lives
""".strip()
_BEGUN: dict[str, list[tuple[re.Pattern[str], str]]] = {}
for _line in _PHRASAL.splitlines():
    _word, _, _told = _line.partition(":")
    for _phrase in _told.split(";"):
        _first, _rest = _phrase.split(maxsplit=1)
        _BEGUN.setdefault(stem(_first), []).append((re.compile(rf"\s+{_rest}\b", re.I), stem(_word)))


def phrasal(sentence: str) -> list[Word]:
    """Where several words of a sentence are one verb: the first of them, to the end of all, with that verb's stem."""
    return [
        Word(word.text, word.start, match.end(), meant)
        for word in words(sentence)
        for rest, meant in _BEGUN.get(word.stem, ())
        if (match := rest.match(sentence, word.end))
    ]


@lru_cache(maxsize=2_048)
def meanings(sentence: str) -> frozenset[str]:
    """The stems of a sentence, of the verbs that several words of it are together, and of the initials of names."""
    verbs = (word.stem for word in phrasal(sentence))
    return frozenset(stems(sentence)).union(verbs, _initials(sentence))


LEAST_INITIALS = 3  # words of a name from which its initials may stand for it: "United Arab Emirates"


def _initials(sentence: str) -> Iterator[str]:
    for span in names(sentence):
        first = [word.text[0] for word in words(sentence[slice(*span)]) if word.text[0].isupper()]
        if len(first) >= LEAST_INITIALS:
            yield stem("".join(first))


def _stems(words: str) -> frozenset[str]:
    return frozenset(map(stem, words.split()))


# What it is to go somewhere or away from there; to hold a place, and to come to hold it; what is done to a thing by the
# same verb as the thing does it: who opens a harbour, and the harbour, which opens.
ADVANCE = _stems("head advance march push press")
VISIT = _stems("visit travel trip journey go come arrive return fly head land")
MOVES = VISIT | _stems("leave flee depart withdraw retreat escape move drive sail march")
TAKE = _stems("take seize capture conquer occupy overrun fall storm retake recapture")
KEEP = _stems("hold control keep govern rule")
CONVEY = _stems("fly drive sail ferry bring transport carry")  # what is done to whoever is flown somewhere
CHANGES = _stems(
    """begin start open close end stop halt finish cease launch debut premiere release rise increase grow drop fall
    decline sink break collapse burn spread explode crash merge change improve worsen shut fail"""
)

# A government is named by its seat: evidence that says "Moscow" speaks of Russia, and the other way round it may.
SEATS = {
    stem(country): frozenset(stem(seat) for seat in seats.split())
    for country, seats in {
        "Russia": "Moscow Kremlin", "Iran": "Tehran", "Syria": "Damascus", "Turkey": "Ankara", "Iraq": "Baghdad",
        "US": "Washington", "UK": "London", "China": "Beijing", "France": "Paris", "Germany": "Berlin",
        "Ukraine": "Kyiv Kiev", "Israel": "Jerusalem", "Lebanon": "Beirut", "Egypt": "Cairo", "Jordan": "Amman",
        "Qatar": "Doha", "Saudi": "Riyadh", "UAE": "Abu", "India": "Delhi", "Japan": "Tokyo", "EU": "Brussels",
        "Pakistan": "Islamabad", "Afghanistan": "Kabul", "Poland": "Warsaw", "Italy": "Rome", "Spain": "Madrid",
    }.items()
}  # fmt: skip
for _country, _seats in SEATS.items():
    for _stem in _seats:
        _SYNONYMS[_stem] = _SYNONYMS.get(_stem, frozenset()) | {_country}
