"""Verbs that say the same of the same doer and the same thing done to.

Stricter than the thesaurus, which serves to find: who hands a town over has not seized it, who charges has not accused.
"""

from __future__ import annotations

from functools import cache

from rag import text
from rag.thesaurus import synonyms

# A verb with a small word behind it, as "turn down", is one verb.
_GROUPS = """
reject refuse decline rebuff / turn down
acquit clear exonerate
back support endorse favour
approve pass adopt ratify
cancel scrap axe abandon / call off
postpone delay defer / put off
suspend pause
raise increase lift hike
cut reduce lower slash trim
fall drop decline decrease slump slip sink plunge slide slid tumble
rise climb grow jump surge increase soar
slow ease
leave depart withdraw flee / pull out / pull back
resign quit / step down
dismiss fire sack oust remove
appoint name nominate
sentence jail imprison
hurt injure wound
evacuate move relocate
topple collapse destroy wreck level flatten raze
damage hit
cause trigger spark
admit concede acknowledge
describe call brand label dub
demand want call
urge ask press / call on
investigate probe examine
indict charge
file lodge
get receive win
own hold
run lead head manage
employ hire
hold stage organise
hold control keep
search look
flood inundate
explode blow / go off / blow up
extinguish / put out
shut close / shut down
buy acquire purchase / take over
return / fly back / go back / come back / give back / hand back / bring back
restore return
reach arrive
give hand award grant present
deliver ship supply
oppose / vote against
mention cite
divert redirect reroute
occur happen / take place
participate / take part
offer bid
show reveal indicate suggest
score net
tell inform
cost price
discuss debate consider weigh
stay remain
replace succeed
""".strip()
# The thesaurus has these with words that are only near them, or the other way round.
_LOOSE = frozenset(
    text.stem(word)
    for word in """hand fall hold control gain lose come arrive return leave go jail imprison charge appeal announce
    pull message word carry win call name bring head lead director chair report""".split()
)

_SAME: dict[str, frozenset[str]] = {}
for _line in _GROUPS.splitlines():
    _single, *_joint = _line.split("/")
    _verbs = {text.stem(word) for word in _single.split()}
    _verbs |= {" ".join([text.stem(first), small]) for first, small in (joint.split() for joint in _joint)}
    for _verb in _verbs:
        _SAME[_verb] = _SAME.get(_verb, frozenset()) | _verbs


@cache
def same(verb: str) -> frozenset[str]:
    """The stems of the verbs that say the same, its own first of all, with the small word that makes it another."""
    near = frozenset() if verb in _LOOSE else synonyms(verb) - _LOOSE
    return frozenset({verb}) | _SAME.get(verb, frozenset()) | near
