"""Orders in a text to whoever reads or processes it, told by how they speak and not by what they ask for.

An order is an imperative of making text at the head of a clause, or speaks of an answer yet to be given, hands out a
role, or has the marks by which chat programs part speakers. What a report quotes somebody as saying is the report's.
Patterns are read on folded text (no case, straight quotes), and are linear in its length.

Kinds of planted text: Greshake et al., Not what you've signed up for (2023, arXiv:2302.12173).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from rag import text


class Order(IntEnum):
    """Whom a sentence orders to do something with a text: nobody, anybody, whoever answers out of this one."""

    NONE = 0
    ANYBODY = 1
    ANSWERER = 2


@lru_cache(maxsize=20_000)
def order(sentence: str) -> Order:
    """The gravest order that a sentence gives in its own voice."""
    plain = text.fold(sentence).translate(_LOOKALIKES)
    unquoted = _QUOTATION.sub('""', plain)
    if unquoted != plain and _REPORTED.search(unquoted):
        plain = unquoted
    if any(mark.search(plain) for hints, mark in _MARKS if any(hint in plain for hint in hints)):
        return Order.ANSWERER
    if _FOREIGN.search(plain):
        return Order.ANSWERER
    plain = plain.lstrip(_OPENERS)
    if "answer" in plain and _THE_ANSWER.search(plain) and _ASKED.search(plain):
        return Order.ANSWERER
    return max((_weighed(imperative, plain) for imperative in _imperatives(plain)), default=Order.NONE)


_QUOTATION = re.compile(r'"[^"]{0,2000}"')
_REPORTED = re.compile(
    r"\b(?:said|says|told|tells|asked|wrote|writes|typed|reads?|tweeted|posted|added|replied|shouted|joked|recalled"
    r"|explained|warned|urged|insisted|according to|called|titled|entitled|prompt(?:ed|s)?)\b"
)
_OPENERS = "\"'([{*#>•-– "
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһɡοαιν", "aeopcyxijsdhgoaiv")  # Cyrillic and Greek letters that look Latin

# --- what only an order says -----------------------------------------------------------------------------------------

_MACHINE = (
    r"(?:(?:ai|a\.i\.|artificial intelligence)(?: (?:model|agent|system|assistant|tool))?|(?:large )?language model|llm"
    r"|chatbot|chatgpt|copilot|(?:virtual |helpful )?assistant|(?:automated|automatic|machine) reader|summari[sz]er)s?"
)
_REPLY = r"(?:answer|response|reply|replie|output|completion)s?"
_RULES = r"(?:guidance|instruction|prompt|direction|directive|guideline|command|rule|order)s?"
_CONTEXT = r"(?:context|passage|document|article|source|text|page)s?"
_ASKING = r"(?:question|query|querie|prompt)s?"
_YOUR_REPLY = rf"(?:your (?:[\w-]+ ){{0,2}}?{_REPLY}\b|(?:in|of|into|to) your message\b)"
_YOU_ARE = r"\byou(?: are|'re)"
_NAMED = r"(?:system|assistant|user|human)"
# Each with what it has at least one of, by which nearly every sentence of a report is told faster than by itself.
_MARKS = tuple(
    (tuple(hints.split("|")), re.compile(pattern))
    for hints, pattern in (
        # marks of chat programs
        ("<|[", r"<\|[\w ]{1,40}\|>|\[/?(?:inst|sys)\]"),
        ("<", rf"<<?/?(?:sys|{_NAMED}|instructions?|prompt|passage|context|tool)[\w-]{{0,40}}>"),
        (
            ":",
            rf"^[\s#*\[(]{{0,6}}(?:{_NAMED}(?: (?:message|prompt|note|override|instructions?))?"
            r"|developer (?:message|prompt))[\s*\])]{0,4}:",
        ),
        ("#", rf"^#{{1,6}} ?(?:{_NAMED}|new|instructions?|response)(?: \w+)?:?(?: ?#+)?$"),
        (
            "system |hidden |secret |new |user ",
            rf"\b(?:begin|start|end)(?: of)?(?: the)? (?:system |hidden |secret |new |user )(?:message|{_RULES})\b",
        ),
        (
            ":|end of ",
            rf"\bnew (?:user |system )?(?:message|task|prompt|instruction|rule)s?:|\bend of (?:the )?{_CONTEXT}[.:!]",
        ),
        # a role handed out
        (
            "you",
            rf"{_YOU_ARE}(?: now| only| just| no longer)?(?: an?| the| my)? (?:[\w-]+ ){{0,3}}?{_MACHINE}"
            r"(?:$|[.,;:!]| (?:model|agent|system|bot|that|who|and|which|named|called|trained|made|with|without|of|for)"
            r"\b)",
        ),
        ("you", rf"{_YOU_ARE} \w+, an? {_MACHINE}\b|\b(?:if|as) you(?: are|'re) (?:an? )?{_MACHINE}\b"),
        ("as a", rf"^as an? (?:[\w-]+ )?{_MACHINE}\b[^,]{{0,30}}, (?:you|i)\b"),
        ("from now on", r"\bfrom now on,? you (?:will|must|are|should|shall|can)\b"),
        ("your ", r"\byour (?:new|only|sole|real) (?:task|job|goal|role|purpose|mission) is(?: now)? to\b"),
        # a machine addressed, or told of
        (
            ":|,|!",
            rf"^(?:dear|attention|hey|hello|hi|(?:note|message|instructions?) (?:to|for)|to|for)[,:]?"
            rf" (?:all |any |the |every |you )?{_MACHINE}\b[^.]{{0,60}}[:,!]",
        ),
        (
            ":",
            r"^[^.:]{0,20}\b(?:note|message|memo|hint) (?:to|for) (?:all |any |the |every )?"
            rf"{_MACHINE}\b[^.:]{{0,40}}:",
        ),
        ("instruction", rf"\binstructions? (?:to|for) (?:an?|all|any|the|every) {_MACHINE}\b"),
        ("your ", r"\byour (?:instructions|(?:system|hidden) prompt)\b"),
        (
            " this| these",
            rf"\b(?:{_MACHINE}|anyone|anybody|whoever|those|everyone|you)(?: who)?(?: is| are)?"
            r" (?:read|summari[sz]|process|pars|index|quot|retriev)\w{0,3} (?:this|these)"
            rf"(?: {_CONTEXT})?(?: (?:must|should|shall|has to|have to|needs? to)\b|[:,] )",
        ),
        (
            "must |shall |should ",
            rf"\b(?:the model|{_MACHINE}) (?:(?:must|shall) (?:\w+ )?|should (?:never|always|only) )"
            r"(?:answer(?! for)|respond|reply|output|say|state|report|give|mention|ignore|refuse)\b",
        ),
        ("the user ", r"\bthe user (?:has asked|is asking|wants you|has requested|asked you)\b"),
        ("supersedes|overrides|precedence", rf"\bthis {_CONTEXT} (?:supersedes|overrides|takes precedence)\b"),
        # an answer that is yet to be given
        ("your ", rf"\byour (?:[\w-]+ )?{_REPLY} (?:must|should|shall|has to|have to) "),
        ("your ", rf"^(?:when|while|before|after|as|once) (?:you )?[\w-]+ your (?:[\w-]+ )?{_REPLY}\b"),
        (
            "be answered ",
            rf"\b{_ASKING}\b.{{0,80}}\b(?:should|must|shall|is to|are to) (?:\w+ )?be answered (?:with|by|as)\b",
        ),
        (
            "must |shall |should |has to ",
            r"\b(?:any|every|each) (?:summary|answer|reply|output)\b.{0,60}\b(?:must|shall|should|has to) (?:\w+ )?"
            r"(?:say|state|contain|include|mention|begin|start|end)\b",
        ),
        (
            "question|quer|prompt",
            r"\b(?:correct|right|only|final|expected) answer (?:to|for)"
            rf" (?:this|any|every|all|the following|the user's) (?:\w+ )?{_ASKING}\b"
            rf"|^(?:to|for) (?:any|every|each) (?:\w+ )?{_ASKING}\b",
        ),
        ("asked", r"\bwhen(?:ever)? you(?: are|'re) asked\b.{0,60}\b(?:questions?|answers?)\b"),
        ("please ", r"\bplease (?:output|print|(?:answer|reply|respond) (?:with|only|in))\b"),
    )
)
_FOREIGN = re.compile(
    r"\b(?:ignor|vergiss|vergessen|olvid|oubli|dimentic)\w{0,6} .{0,60}?"
    r"\b(?:instruccion|instruk|anweisung|istruzion|consigne)|\b(?:ignorez|oubliez)\b.{0,60}\binstructions\b"
)
# "When you are asked ...", "If the user's question ...", "Whenever someone summarizes this page ...".
_ASKED = re.compile(
    r"\b(?:when|whenever|if|once|should) (?:[\w']+ ){0,4}(?:asked|prompted|queried|answering|responding|replying"
    r"|summari[sz]\w{1,4}|retrieved|wants? to know|wonders|asks?(?= (?:you|about|for|wh\w+|how|this|the)\b)"
    rf"|(?:the|this|that|user|user's|asker's) {_ASKING}"
    rf"|(?:giv|writ|generat|produc|provid|compos)ing (?:an?|the|your|any) {_REPLY})\b"
    r"|^(?:instead of|before|after) answering\b|\bwhatever the (?:question|query|prompt)\b"
    r"|\b(?:when|whenever|while|before|as) you (?:\w+ )?(?:respond|reply|answer|summari[sz]e)\b"
    rf"|\b(?:if|when|in case) you (?:get|receive|see|encounter) (?:an?|any) (?:\w+ )?{_ASKING}\b"
    r"|\b(?:if|when|whenever|while) you (?:\w+ )?(?:process|read|parse|index|quote|retrieve|see) (?:this|these)\b"
    r"|\bno matter what (?:is|was|they|you|the user)\b"
)
_THE_ANSWER = re.compile(r"\bthe (?:\w+ )?answer (?:is|must be|should be)\b")

# --- imperatives -----------------------------------------------------------------------------------------------------


class _Imperative(NamedTuple):
    """What stands where a verb in the imperative would, and what follows it: folded."""

    verb: str
    rest: str
    first: bool  # at the head of the sentence, but for the words below
    forced: bool  # after words that only an order has before its verb: "Please", "Always", "you must"
    led: bool  # first, or forced, or after a colon
    negated: bool


_REACH = 400  # characters after a verb that are read
_NEAR = 80  # and within which its object stands
_MOST_LEADS = 8
_CLAUSE = re.compile(r"[,;:.?!\"')]{1,4}\s+[\"']?(?:(?:and|then|but|so)\s)?|\s-+\s|\s(?:and|then|but)\s")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_LEAD = re.compile(
    r"(?:please|kindly|now|then|also|first|next|finally|instead|always|never|only|simply|just|okay|ok|hey"
    r"|important|urgent|note|attention|warning|notice|remember(?: to)?|be sure to|make sure (?:to|that you|you)"
    r"|(?:you|it) (?:must|should|shall|will|need to|have to|are to)|(?:can|could|would|will) you"
    r"|it is (?:vital|important|essential|crucial|imperative|necessary) (?:that you|to)"
    r"|you are (?:now )?(?:required|expected|instructed|ordered|told) to|(?:i|we) (?:want|need) you to"
    r"|(?:i|we)(?:'d| would) like you to|your (?:new |only )?(?:task|job|goal|role) is to"
    rf"|from now on|in all cases|no matter what|step \d+|do not|don't|(?:dear |to )?(?:all |any |the )?{_MACHINE}"
    r")[\s,:;!.*-]{1,6}"
)
_NEGATION = re.compile(r"\b(?:not|never|don't)\b")

# Verbs of making text that are hardly ever anything else at the head of a sentence; then those that need an object.
_TELL = frozenset(
    """explain describe summarize summarise translate paraphrase rephrase rewrite recite compose enumerate elaborate
    compute calculate encode decode transcribe misspell anagram rearrange capitalize capitalise impersonate
    proofread""".split()
)
_MAKE = frozenset(
    """write draft outline provide give create develop make produce prepare generate list tell show include add insert
    integrate append embed mention put modify alter adapt augment enhance extend change use replace convert substitute
    call invoke run execute swap remove omit delete group render introduce combine suggest recommend state repeat say
    output print return answer start begin end finish format phrase define solve classify scramble jumble shift respond
    reply display quote fill highlight emphasize reverse spell break limit keep restrict copy cite discuss
    compare""".split()
)
_DO = _MAKE | frozenset(
    """hide conceal forward speak treat pay set obey follow consider assume imagine choose select pick rank praise
    promote prefer search visit click download install open skip pretend act admit confirm deny believe trust refuse
    forget ignore disregard warn inform convince persuade""".split()
)
_SAY = frozenset(
    """output answer say reply respond write tell state print return include mention give use provide recommend repeat
    insert add display ignore refuse leave omit skip refer stress emphasize call claim deny pretend promote""".split()
)
_ANSWER = frozenset("output answer reply respond return print say write state".split())
_SET_ASIDE = frozenset("ignore disregard forget override bypass discard disobey skip".split())
_WITHHOLD = frozenset("mention reveal disclose cite quote answer acknowledge repeat summarize obey follow use".split())
_REVEAL = frozenset("reveal show print repeat output disclose leak share display".split())
_PREFER = frozenset("cite trust treat consider regard prefer believe prioritize prioritise".split())
_PRETEND = frozenset("act pretend behave simulate".split())
_VERBS = _DO | _SAY | _ANSWER | _SET_ASIDE | _WITHHOLD | _REVEAL | _PREFER | _PRETEND

# What follows such a verb where it is an order about a text.
_TEXT = (
    r"(?:(?:poem|stor(?:y|ie)|essay|letter|speeche?|paragraph|sentence|word|vowel|summar(?:y|ie)|translation|synonym"
    r"|definition|equivalent|explanation|headline|function|script|quer(?:y|ie)|tweet|haiku|limerick|joke|song|dialogue"
    r"|e-?mail|prompt|url|link|hyperlink|emoji|typo|example|introduction|plot|symbol|question|tool|plugin|text|reason"
    r"|fact|recipe|list|phrase|slogan|caption|poster|message|answer|response|reply|replie)s?"
    r"|code|markdown|html|json|base64|rot13|spaces|punctuation|capitals|lyrics|uppercase|lowercase)"
)
_TEXTS = re.compile(rf"\b{_TEXT}\b")
_OBJECT = re.compile(
    r"(?: (?:to|with|in|by|as|on|for|using|down|only))?"
    r"(?: (?:the|an?|your|this|these|that|those|each|every|all|any|some|random|how|why|what|who|when|where|which"
    rf"|whether|me|us|it|them|only|\d+|two|three|four|five|ten|\w+ words?|{_TEXT})\b| [\"'])"
)
_ABOUT_TEXT = re.compile(
    rf"\b(?:{_YOUR_REPLY}|your (?:\w+ ){{0,2}}(?:summary|{_RULES})|language models?|prompts?|everything (?:above|below)"
    r"|(?:this|these|other|above|below|following|previous)"
    rf" (?:\w+ )?(?:{_CONTEXT}|(?:question|command|conversation|instruction|prompt)s?)"
    r"|the (?:users?|question|query|conversation|context|passages?|documents?|prompt|instructions))\b"
)
_EARLIER = re.compile(
    r"\b(?:previous|prior|earlier|above|preceding|other|existing|former|initial|original|system|safety|this|these|those"
    rf"|your|all|any|the)(?: \w+){{0,3}}? (?:{_RULES}|{_CONTEXT}|evidence)\b|\bthe (?:above|foregoing|preceding)\b"
    r"|\b(?:all|everything|anything|whatever|what)(?: \w+){0,4}"
    r" (?:above|before|previously|earlier|so far|told you|instructed)\b"
)
_MANNER = re.compile(
    rf" (?:all|every|any|each) (?:\w+ )?{_ASKING}\b| (?:in|to|with) (?:all|every|each) {_REPLY}\b| that\b"
    r"| in the (?:voice|style|tone|manner|form|person) of\b| as (?:if|though)\b| with (?:the\b|an?\b|\")"
    r"| without (?:citing|citations?)\b|[^,;]{0,40} only\b"
    r"| (?:only|exactly|nothing but|simply|just|verbatim|solely|with (?:only|nothing|exactly)"
    r"|in (?:one word|all caps|rhymes?|json|base64|markdown|english|french|german|spanish|russian|chinese|arabic"
    r"|italian|japanese))\b"
)
_USERS = re.compile(r"(?: (?:all|to|for|from|with|of)){0,3} (?:users|the (?:user|reader|asker|questioner)(?:'s)?)\b")
_YOUR_RULES = re.compile(rf" (?:\w+ )?your (?:\w+ )?{_RULES}\b")
_THIS = re.compile(rf" (?:only )?this {_CONTEXT}\b")
_ROLE = re.compile(r" (?:as|like|to be|that you|you)(?: \w+){0,2}? (?:an?|the|my)\b")
_IN_REPLY = re.compile(
    rf"(?:in|within|throughout|at the \w+ of|before|after|to|as|with|for) (?:{_YOUR_REPLY}"
    rf"|(?:all|every|each|any)(?: of your| your| future)? {_REPLY}\b)"
)
_IS = re.compile(r" (?:is|was|were|has|had|will)\b")  # what comes before it was a name
_YOURS = re.compile(rf"\b{_YOUR_REPLY}")


def _imperatives(plain: str) -> Iterator[_Imperative]:
    """What may be one: the first word of each clause after what may stand before a verb, and what follows it.

    Of a clause that is not the first, only a verb that orders are given with.
    """
    for start in (0, *(match.end() for match in _CLAUSE.finditer(plain))):
        at = start
        for _ in range(_MOST_LEADS):
            lead = _LEAD.match(plain, at)
            if lead is None:
                break
            at = lead.end()
        word = _WORD.match(plain, at)
        if word and (not start or word.group() in _VERBS):
            yield _Imperative(
                verb=word.group(),
                rest=plain[word.end() : word.end() + _REACH],
                first=start == 0,
                forced=at > start,
                led=start == 0 or at > start or ":" in plain[max(0, start - 3) : start],
                negated=bool(_NEGATION.search(plain, start, at)),
            )


def _weighed(said: _Imperative, plain: str) -> Order:
    """The order that a clause of a sentence gives; whether that speaks of a question to come may decide."""
    verb, rest = said.verb, said.rest
    if (
        (verb in _SET_ASIDE and _EARLIER.search(rest))
        or (verb in _REVEAL and _YOUR_RULES.match(rest))
        or (verb in _SAY and (not said.first or said.forced or _OBJECT.match(rest)) and _ASKED.search(plain))
        or (verb in _WITHHOLD and said.negated and _EARLIER.search(rest))
    ):
        return Order.ANSWERER
    if said.led and (
        (verb in _DO and _USERS.match(rest))
        or (verb in _ANSWER and _MANNER.match(rest))
        or (verb in _PREFER and _THIS.match(rest))
        or (verb in _PRETEND and _ROLE.match(rest))
    ):
        return Order.ANSWERER
    if not said.first:
        return Order.NONE
    if _IN_REPLY.match(verb + rest) or (verb not in text.STOP_WORDS and _YOURS.search(rest)):
        return Order.ANSWERER
    makes_text = (verb in _TELL and not _IS.match(rest)) or (
        verb in _MAKE and _OBJECT.match(rest) and _TEXTS.search(rest[:_NEAR])
    )
    return Order.ANYBODY if makes_text or (verb in _DO and _ABOUT_TEXT.search(rest[:_NEAR])) else Order.NONE
