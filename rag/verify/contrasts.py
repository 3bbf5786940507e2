"""Words that exclude one another: where an article says "fell", a statement must not say "rose" of the same thing.

Left out are pairs that tell one event from its two sides (buy and sell, win and lose, lend and borrow): both can hold.
"""

from __future__ import annotations

from rag.text import stem

_OPPOSITES = """
rise increase growth grow climb surge soar jump raise boost hike higher expand up
    / fall drop decline decrease slump plunge plummet tumble slide lower cut reduce reduction shrink dwindle down
big large huge massive vast enormous giant major / small little tiny minor slight modest
bigger larger greater / smaller
high / low
old elderly ancient / young new recent modern
older oldest / younger youngest newer
early earlier / late later
first initial / last final
long lengthy / short brief
longer longest / shorter shortest
wide broad wider / narrow narrower
deep deeper / shallow
heavy heavier / light lighter
strong powerful / weak feeble
stronger strongest / weaker weakest
fast quick rapid swift quickly rapidly swiftly faster quicker / slow gradual slowly gradually slower
hot warm hotter warmer / cold cool colder cooler
hard difficult harder / easy simple easier
rich wealthy richer / poor poorer
cheap inexpensive cheaper / expensive costly
full / empty
open reopen / close closure shut
public / private
official / unofficial
legal lawful / illegal unlawful
man male boy / woman female girl
father / mother
brother / sister
son / daughter
husband / wife
uncle / aunt
nephew / niece
king prince / queen princess
support back endorse favour / oppose resist
accept agree approve allow permit authorise / reject refuse forbid ban prohibit block veto
begin start launch / end stop finish cease halt conclude
create build construct / destroy demolish dismantle
include / exclude
enter arrive join / leave depart exit quit withdraw
remember / forget
succeed success successful / fail failure unsuccessful
guilty convict / innocent acquit
arrest detain jail imprison / release free
appear emerge / disappear vanish
add / remove delete
admit confirm acknowledge / deny
praise applaud / criticise condemn denounce
hire appoint / fire dismiss sack
profit / loss
ally friend / enemy foe
war / peace
survive alive / die dead kill
left / right
day daytime / night overnight
always / never
positive / negative
optimistic / pessimistic
better improve improvement / worse worsen deteriorate deterioration
best / worst
good / bad
right correct / wrong incorrect
true / false
safe / dangerous risky
healthy / sick ill
happy / sad unhappy
majority / minority
maximum / minimum
former / current
permanent / temporary interim
domestic / foreign
national / international
local / global worldwide
urban / rural
civilian / military
upper / lower
inside indoor / outside outdoor
inner / outer
top / bottom
front / rear
common frequent / rare
wet / dry
bright / dark
clean / dirty
loud noisy / quiet silent
thick / thin
visible / hidden
encourage / discourage deter
love adore / hate loathe
trust / distrust mistrust
strengthen reinforce / weaken
tighten / ease relax loosen
accelerate hasten / slow delay
voluntary / mandatory compulsory obligatory
real genuine authentic / fake counterfeit bogus
surplus / deficit
predecessor / successor
present / absent
alone / together
friendly / hostile
calm / angry furious
careful cautious / careless reckless bold
keep retain preserve / remove abandon scrap
help assist / hinder hamper
protect / endanger
reveal disclose / conceal hide
agree / disagree
approve / disapprove
peaceful / violent
lenient / strict harsh
simple / complex complicated
scarce / abundant plentiful
partly partially partial / fully entirely entire whole
direct / indirect
formal / informal
willing eager / reluctant
same identical similar / different
distant / nearby
ahead / behind
vertical / horizontal
native / foreign
professional / amateur
senior / junior
superior / inferior
advantage / disadvantage
ability / inability
winner / loser
supporter advocate / opponent critic
connect / disconnect
combine merge unite / separate split
mild / severe
smooth / rough
sharp / blunt gradual
sweet / bitter sour
sunny / cloudy
married / divorced
employed / unemployed jobless
innocence / guilt
optimism / pessimism
peace / conflict
unity / division
order / chaos disorder
progress / setback
stable / volatile
"""
_ONE_OF_SEVERAL = """
minute hour day week month year decade century
first second third fourth fifth sixth seventh eighth ninth tenth
north south east west
northern southern eastern western
morning afternoon evening night
spring summer autumn winter
red blue green yellow black white pink purple orange brown grey
dollar euro pound yen yuan rupee rouble franc
kilometre mile metre foot inch yard
kilogram pound ounce tonne
gold silver bronze
hourly daily weekly monthly quarterly yearly
single double triple
"""
_NEGATIVE_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis")
_SHORTEST_PREFIXED = 4  # letters of a stem that a prefix turns into its opposite: "in" and "form" make no "inform"

_OPPOSED: dict[str, frozenset[str]] = {}
_ALIKE: dict[str, frozenset[str]] = {}


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


for _line in _OPPOSITES.replace("\n    /", " /").strip().splitlines():
    _left, _right = map(_stems, _line.split("/"))
    for _side, _other in ((_left, _right), (_right, _left)):
        for _stem in _side:
            _OPPOSED[_stem] = _OPPOSED.get(_stem, frozenset()) | _other
            _ALIKE[_stem] = _ALIKE.get(_stem, frozenset()) | _side
for _line in _ONE_OF_SEVERAL.strip().splitlines():
    _group = _stems(_line)
    for _stem in _group:
        _OPPOSED[_stem] = _OPPOSED.get(_stem, frozenset()) | (_group - {_stem})


def opposed(term: str, present: frozenset[str]) -> frozenset[str]:
    """The stems among those present that exclude a stem: its opposites, and it with or without a negative prefix."""
    found = _OPPOSED.get(term, frozenset()) & present
    if len(term) >= _SHORTEST_PREFIXED:
        found |= present.intersection(prefix + term for prefix in _NEGATIVE_PREFIXES)
        bare = {term.removeprefix(prefix) for prefix in _NEGATIVE_PREFIXES if term.startswith(prefix)}
        found |= {word for word in bare & present if len(word) >= _SHORTEST_PREFIXED}
    return found


def alike(term: str) -> frozenset[str]:
    """The stem and those that stand on its side of a contrast."""
    return _ALIKE.get(term, frozenset()) | {term}
