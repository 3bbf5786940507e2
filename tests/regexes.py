"""Every regular expression of the product, and whether the time that one takes may grow faster than its input.

A backtracking matcher takes more than linear time where two repetitions without an end may share a run of characters
between them, with something behind that may fail; a search is a repetition of its own, of any character, before the
expression. `amiss` looks for that in the expression's tree, with runs of a single character: what it does not find in
such runs, `attacks` looks for with strings made from the tree, whose time is measured.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import rag

LONG = 10_000  # a repetition that may be longer than that has no end
_ALPHABET = "".join(map(chr, range(0x250))) + "ءئابפשбя’“”„—–…，。\u200b\u2028\ufffd中가😀" + string.printable
ALPHABET = "".join(dict.fromkeys(_ALPHABET))
ALL = (1 << len(ALPHABET)) - 1
_IN_TURN = ("match", "fullmatch")


@dataclass(frozen=True, slots=True)
class Expression:
    """A pattern, where it stands, and whether it is searched for, or only matched from a place on."""

    name: str
    pattern: re.Pattern[Any] = field(compare=False)
    is_searched: bool
    is_whole: bool


@cache
def expressions() -> list[Expression]:
    """Those that modules of the product hold, by whatever name, and those that stand in calls of `re`."""
    found: dict[tuple[str | bytes, int], Expression] = {}
    for module in (importlib.import_module(one.name) for one in pkgutil.walk_packages(rag.__path__, "rag.")):
        if not module.__file__ or module.__name__.endswith("__main__"):
            continue
        tree = ast.parse(Path(module.__file__).read_text("utf-8"))
        for name, value in vars(module).items():
            for pattern in _held(value):
                uses = _uses(tree, name) if isinstance(value, re.Pattern) else {"search"}
                _note(found, f"{module.__name__}.{name}", pattern, uses)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_re(node.func.value):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                    pattern = re.compile(first.value, _flags(node))
                    is_named = node.func.attr == "compile"
                    if not is_named or (pattern.pattern, pattern.flags) not in found:
                        use = {"search" if is_named else node.func.attr}
                        _note(found, f"{module.__name__} line {node.lineno}", pattern, use)
    return list(found.values())


def _note(found: dict[Any, Expression], name: str, pattern: re.Pattern[Any], uses: set[str]) -> None:
    key = (pattern.pattern, pattern.flags)
    one = Expression(name, pattern, bool(uses - set(_IN_TURN)), "fullmatch" in uses)
    if before := found.get(key):
        one = replace(
            before, is_searched=before.is_searched or one.is_searched, is_whole=before.is_whole or one.is_whole
        )
    found[key] = one


def _is_re(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "re"


def _flags(call: ast.Call) -> int:
    said = [ast.unparse(one) for one in (*call.args[1:], *(word.value for word in call.keywords))]
    names = re.findall(r"\bre\.([A-Z]+)\b", " ".join(said))
    return sum({int(getattr(re, name)) for name in names})


def _uses(tree: ast.Module, name: str) -> set[str]:
    """What is called on the pattern of a name in its module; "search" where it is handed on."""
    called = {
        id(node.value): node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }
    uses = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            uses.add(called.get(id(node), "search"))
    return uses or {"search"}


def _held(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth > 3 or isinstance(value, type):
        return
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _held(one, depth + 1)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _held(pair, depth + 1)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _held(getattr(value, name, None), depth + 1)


# --- the tree --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Run:
    """A repetition that was passed, by what it repeats, and the characters of which a run may have come to here."""

    of: str
    mask: int


class _Tree:
    """A walk along an expression with the runs that may end anywhere before the place where it is."""

    def __init__(self, flags: int, *, without: int) -> None:
        self.flags = flags
        self.without = without
        self.found: set[tuple[str, str]] = set()
        self._met: set[tuple[str, str]] = set()  # found, if anything behind may fail

    def walk(self, sequence: Any, runs: frozenset[_Run]) -> frozenset[_Run]:
        """The runs behind a sequence of steps, of those before it."""
        for operator, value in sequence:
            runs = self._step(operator, value, runs)
        return runs

    def may_fail(self) -> None:
        """Note that what comes now may not be there."""
        self.found |= self._met

    def forget(self) -> None:
        """Begin anew, with what was found."""
        self._met = set()

    def _step(self, operator: Any, value: Any, runs: frozenset[_Run]) -> frozenset[_Run]:
        if operator in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            self.may_fail()
            return _cut(runs, self.mask(operator, value))
        if operator is sre.SUBPATTERN:
            return self.walk(value[3], runs)
        if operator is sre.ATOMIC_GROUP:
            before = runs
            after = self.walk(value, runs)
            return frozenset(run for run in after if any(run.of == one.of for one in before))
        if operator is sre.BRANCH:
            before, met, after = self._met, set(), frozenset()
            for branch in value[1]:
                self._met = set(before)
                after |= self.walk(branch, runs)
                met |= self._met
            self._met = met
            return after
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeated(operator, *value, runs)
        if operator in (sre.ASSERT, sre.ASSERT_NOT):
            return self._looked(operator, value, runs)
        if operator is sre.AT:
            self.may_fail()
            return self._at(value, runs)
        self.may_fail()  # what was said before, or a condition on it
        return runs

    def _repeated(self, operator: Any, least: int, most: Any, body: Any, runs: frozenset[_Run]) -> frozenset[_Run]:
        if least:
            return self._taken(operator, least, most, body, runs)
        before, self._met = self._met, set()  # what may be left out fails nothing before it
        after = self._taken(operator, least, most, body, runs)
        self._met |= before
        return after

    def _taken(self, operator: Any, least: int, most: Any, body: Any, runs: frozenset[_Run]) -> frozenset[_Run]:
        if most is not sre.MAXREPEAT and most <= LONG:
            inside = runs
            for _ in range(min(int(most), 2) if least else 1):
                inside = self.walk(body, inside)
            return inside if least else inside | runs
        single = body[0] if len(body) == 1 else None
        mask = self.mask(*single) if single and single[0] in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN) else None
        if mask is None:
            once = self.walk(body, runs)
            twice = self.walk(body, once)
            if any(run.mask for run in once - runs) and not self._needs(body):
                self.found.add((str(body)[:60], "itself"))
            after = once | twice if least else once | twice | runs
            if operator is sre.POSSESSIVE_REPEAT:
                return frozenset(run for run in after if any(run.of == one.of for one in runs))
            return after
        if least:
            self.may_fail()
        name = f"{single} at {id(single)}"
        self._met |= {(run.of, name) for run in runs if run.mask & mask}
        after = _cut(runs, mask) if least else runs
        return after if operator is sre.POSSESSIVE_REPEAT else after | {_Run(name, mask & ~self.without)}

    def _needs(self, body: Any) -> bool:
        return body.getwidth()[0] > 0

    def _looked(self, operator: Any, value: Any, runs: frozenset[_Run]) -> frozenset[_Run]:
        direction, body = value
        inner = _Tree(self.flags, without=self.without)
        inner.walk(body, frozenset() if direction < 0 else runs)
        self.found |= inner.found
        self.may_fail()
        if len(body) != 1:
            return runs
        one = body[0]
        if one[0] not in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            return runs
        mask = self.mask(*one)
        return _cut(runs, mask if operator is sre.ASSERT else ALL & ~mask)

    def _at(self, place: Any, runs: frozenset[_Run]) -> frozenset[_Run]:
        if place is sre.AT_BEGINNING and self.flags & re.MULTILINE:
            return _cut(runs, _mask_of("\n"))
        if place in (sre.AT_NON_BOUNDARY, sre.AT_END, sre.AT_END_STRING):
            return runs
        return frozenset()  # no two places of a run of one character are its beginning, or the edge of a word

    def mask(self, operator: Any, value: Any) -> int:
        """The characters of the alphabet that one step matches."""
        one = _parser.SubPattern(_parser.State(), [(operator, value)])
        key = (repr([(operator, value)]), self.flags)
        if key not in _MASKS:
            _MASKS[key] = _matched(one, self.flags)
        return _MASKS[key]


_MASKS: dict[tuple[str, int], int] = {}


def _matched(one: Any, flags: int) -> int:
    from re import _compiler  # type: ignore[attr-defined]

    one.state.flags = flags
    one.state.str = ""
    code = _compiler._code(one, flags)
    import _sre  # type: ignore[import-not-found]

    made = _sre.compile(None, flags, code, 0, {}, (None,))
    is_text = bool(flags & re.UNICODE)
    found = 0
    for at, character in enumerate(ALPHABET):
        given: str | bytes = character if is_text else character.encode("latin-1", "replace")
        if made.match(given):
            found |= 1 << at
    return found


def _mask_of(characters: str) -> int:
    return sum(1 << ALPHABET.index(one) for one in characters)


def _cut(runs: frozenset[_Run], mask: int) -> frozenset[_Run]:
    return frozenset(_Run(run.of, run.mask & mask) for run in runs if run.mask & mask)


def amiss(one: Expression, *, without: str = "") -> list[tuple[str, str]]:
    """The pairs of repetitions that may share a run; "search" is the search itself.

    `without` are characters of which there are no long runs.
    """
    text: Any = one.pattern.pattern
    tree = _Tree(one.pattern.flags, without=_mask_of(without))
    parsed = _parser.parse(text, one.pattern.flags & ~re.DEBUG)
    if one.is_whole:
        tree.walk(parsed, frozenset())
        tree.may_fail()
        tree.forget()
    tree.walk(parsed, frozenset({_Run("search", ALL & ~_mask_of(without))}) if one.is_searched else frozenset())
    return sorted(tree.found)


def attacks(one: Expression) -> Iterator[str]:
    """Strings of which the midst, without the first and the last character, is to be repeated.

    Made of what the expression repeats, behind what stands before that, and of pairs of such.
    """
    runs = list(dict.fromkeys(_repeated(_parser.parse(one.pattern.pattern, one.pattern.flags), "")))[:40]
    for before, run in runs:
        yield f"!{before}{run}\x01"
        yield f"!{run}\x01"
    for (_, first), (_, second) in pairwise(runs):
        yield f"!{first}{second}\x01"


def _repeated(sequence: Any, before: str) -> Iterator[tuple[str, str]]:
    """What is repeated in a sequence, with the shortest that may stand before it."""
    for operator, value in sequence:
        if operator in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            yield before, _shortest(value[2])
            yield from _repeated(value[2], before)
        elif operator is sre.SUBPATTERN:
            yield from _repeated(value[3], before)
        elif operator is sre.BRANCH:
            for branch in value[1]:
                yield from _repeated(branch, before)
        before += _shortest([(operator, value)])


def _shortest(sequence: Any) -> str:
    """Some short text that a sequence matches."""
    made = ""
    for operator, value in sequence:
        if operator is sre.LITERAL:
            made += chr(value)
        elif operator in (sre.IN, sre.NOT_LITERAL, sre.ANY):
            mask = _Tree(0, without=0).mask(operator, value)
            made += next((one for at, one in enumerate("ab1 .A") if mask >> ALPHABET.index(one) & 1), "") or next(
                (one for at, one in enumerate(ALPHABET) if mask >> at & 1), ""
            )
        elif operator in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            made += _shortest(value[2]) * min(value[0], 50)
        elif operator is sre.SUBPATTERN:
            made += _shortest(value[3])
        elif operator is sre.ATOMIC_GROUP:
            made += _shortest(value)
        elif operator is sre.BRANCH:
            made += min((_shortest(branch) for branch in value[1]), key=len)
    return made
