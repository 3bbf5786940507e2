"""A run as HTML for its page: every word of a file is escaped here and nowhere trusted.

Gradio's Markdown leaves a string alone that starts with a block tag and holds no line break: so each function here
returns one line, and nothing in a text is read as Markdown. What a run file holds is whatever its suite put there:
what is known by name is shown as what it is, and all else as nested lists.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeGuard

from evals.report import bounds, number
from evals.runs import Record, Run
from evals.types import JSON, Estimate, Measure
from evals.view.selection import fraction, plain_name
from rag.ui import escape

LONG_TEXT = 300  # characters from which a text is folded
LONG_LIST = 12  # entries from which a list is folded
LONGEST_LIST = 200  # entries of a list that are shown
DEEPEST = 12  # lists in lists that are shown
NONE = '<span class="none">–</span>'

# What the response to an answered question shows in places of their own.
_OF_ANSWERS = frozenset(
    {"answer", "abstained", "reason", "notice", "statements", "citations", "disagreements", "nearest", "unanswered"}
)

Row = Mapping[str, JSON]


# --- where it comes from ---------------------------------------------------------------------------------------------


def head(run: Run, *, file: str) -> str:
    """Head the page: which run this is, when, of which commit, on which machine, with which settings."""
    tree = {True: ", tree dirty", False: ", tree clean", None: ""}[run.dirty]
    machine = [
        f"{run.machine[name]}{unit}"
        for name, unit in (("cpu", ""), ("cores", " cores"), ("memory_gib", " GiB"))
        if run.machine.get(name) is not None
    ]
    facts = {
        "file": file,
        "questions": f"{run.data}, split {run.split}" + (f", first {run.limit}" if run.limit is not None else ""),
        "when": f"{run.when}, {run.seconds:,.1f} s",
        "commit": f"{run.commit[:12]}{tree}" if run.commit else "unknown",
        "machine": ", ".join(machine) or "unknown",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    folded = "".join(
        f"<details><summary>{name}</summary>{tree_of(values)}</details>"
        for name, values in (("Settings", run.settings), ("Machine", run.machine), ("Library", run.library))
        if values
    )
    count = f"{len(run.records):,} samples, {run.unscored:,} unscored"
    return (
        f'<header class="origin"><h1>{escape(run.suite)} <span>{escape(run.split)}</span></h1>'
        f'<p>{count}: <a href="#samples">one by one</a></p><dl>{listed}</dl>{folded}</header>'
    )


# --- measures --------------------------------------------------------------------------------------------------------


def measures(run: Run) -> str:
    """Show every measure with its value, its 95 % interval as number and as bar, and n; by kind where it is so meant.

    Percentages share one scale, 0 to 100, and so do figures from 0 to 1; others end at the highest that is shown.
    """
    blocks = "".join(_block(measure, _shown(run, measure)) for measure in run.measures)
    return (
        '<section class="measures"><details open><summary>Measures</summary><table><thead><tr>'
        '<th scope="col">measure</th><th scope="col" class="figure">value</th>'
        '<th scope="col" class="figure">95 % interval</th>'
        '<th scope="col" class="figure">n</th><th scope="col" class="plot" aria-hidden="true"></th></tr></thead>'
        f"{blocks}</table></details></section>"
    )


def _shown(run: Run, measure: Measure) -> list[Estimate]:
    ours = [one for one in run.estimates if one.measure == measure.name]
    return [one for one in ours if one.kind is None or measure.by_kind]


def _block(measure: Measure, estimates: Sequence[Estimate]) -> str:
    full = _full_scale(measure, estimates)
    better = "" if measure.better == "neither" else f" <small>{measure.better} is better</small>"
    rows = []
    for one in estimates:
        name = f"{escape(measure.label)}{better}" if one.kind is None else escape(one.kind)
        of = f" <small>of {one.of:,.0f}</small>" if measure.how == "share" and one.of != one.n else ""
        rows.append(
            f'<tr class="{"all" if one.kind is None else "kind"}"><th scope="row">{name}</th>'
            f'<td class="figure">{_with_unit(one, measure)}</td>'
            f'<td class="figure">{escape(bounds(one, measure.unit))}</td>'
            f'<td class="figure">{one.n:,}{of}</td>'
            f'<td class="plot" aria-hidden="true">{_bar(one, full, better=measure.better)}</td></tr>'
        )
    return f"<tbody>{''.join(rows)}</tbody>"


def _with_unit(one: Estimate, measure: Measure) -> str:
    value = escape(number(one.value, measure.unit))
    return value if one.value is None or not measure.unit else f"{value} <small>{escape(measure.unit)}</small>"


def _full_scale(measure: Measure, estimates: Sequence[Estimate]) -> float:
    """Return the value at which a bar of this measure is full."""
    highest = max((value for one in estimates for value in (one.value, one.high) if value is not None), default=0.0)
    if measure.unit in ("%", ""):
        return max(1.0, highest)
    return highest or 1.0


def _bar(one: Estimate, full: float, *, better: str) -> str:
    if one.value is None:
        return ""
    whisker = ""
    if one.low is not None and one.high is not None:
        low, high = _percent(one.low, full), _percent(one.high, full)
        whisker = f'<i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
    return f'<div class="bar {escape(better)}"><b style="width:{_percent(one.value, full):.1f}%"></b>{whisker}</div>'


def _percent(value: float, full: float) -> float:
    return min(100.0, max(0.0, 100.0 * value / full))


# --- one sample ------------------------------------------------------------------------------------------------------


def nothing_chosen() -> str:
    """Stand in for a sample until one is chosen."""
    return (
        '<section class="sample"><p class="aside">Choose a row to see what was asked, answered and found.</p></section>'
    )


def sample(record: Record) -> str:
    """Show one sample whole."""
    response = record.outcome.response
    answered = isinstance(response.get("answer"), str)
    placed = {"hits", "standalone_question", *(_OF_ANSWERS if answered else ())}
    rest = {name: value for name, value in response.items() if name not in placed and not _empty(value)}
    parts = [
        f'<p class="eyebrow">{escape(record.id)} · {escape(record.kind)}</p>',
        _question(record),
        _wrong(record),
        _scores(record),
        _section("Answer", _answer(response) if answered else ""),
        _section("Disagreements", _disagreements(response) if answered else ""),
        _section("Expected", tree_of(record.expected) if record.expected else ""),
        _section("Citations", "".join(_citation(one) for one in rows_in(response, "citations")) if answered else ""),
        _section("Nearest", "".join(_citation(one) for one in rows_in(response, "nearest")) if answered else ""),
        _section("Passages found", _found(rows_in(response, "hits"), set(_texts(record.expected)))),
        _section("Also in the response", tree_of(rest) if rest else ""),
    ]
    return f'<section class="sample" id="sample">{"".join(parts)}</section>'


def _section(title: str, inside: str) -> str:
    return f"<h3>{title}</h3>{inside}" if inside else ""


def _question(record: Record) -> str:
    turns = "".join(
        f'<p class="turn"><b>{escape(role)}</b> <span dir="auto">{escape(content)}</span></p>'
        for role, content in record.history
    )
    standalone = record.outcome.response.get("standalone_question")
    understood = ""
    if isinstance(standalone, str) and standalone.strip() and standalone != record.question:
        understood = f'<p class="understood">Understood as: <q dir="auto">{escape(standalone)}</q></p>'
    return f'{turns}<p class="question" dir="auto">{escape(record.question)}</p>{understood}'


def _wrong(record: Record) -> str:
    if record.outcome.unscored is not None:
        return f'<p class="wrong">Unscored: {escape(str(record.outcome.unscored))}</p>'
    failures = "".join(f'<li dir="auto">{escape(str(one))}</li>' for one in record.outcome.failures)
    return f'<ul class="wrong">{failures}</ul>' if failures else ""


def _scores(record: Record) -> str:
    shown = [
        f"<li>{escape(plain_name(name))} <b>{escape(fraction(score))}</b></li>"
        for name, score in record.outcome.scores.items()
    ]
    return f'<ul class="scores">{"".join(shown)}</ul>' if shown else ""


def _answer(response: Row) -> str:
    parts = []
    if response.get("abstained") is True:
        reason = response.get("reason")
        parts.append(f'<p class="verdict">Abstained{f": {escape(reason)}" if isinstance(reason, str) else ""}</p>')
    statements = rows_in(response, "statements")
    whole = response.get("answer")
    if statements:
        parts += [_statement(one) for one in statements]
    elif isinstance(whole, str) and whole:
        parts.append(f'<p class="said" dir="auto">{escape(whole)}</p>')
    if response.get("unanswered"):
        parts.append(f'<p class="aside">Not answered:</p>{tree_of(response["unanswered"])}')
    notice = response.get("notice")
    if isinstance(notice, str) and notice:
        parts.append(f'<p class="aside">{escape(notice)}</p>')
    return "".join(parts)


def _statement(one: Row) -> str:
    numbers = one.get("citations")
    marks = "".join(f"[{escape(str(cited))}]" for cited in numbers) if is_list(numbers) else ""
    support, reason = str(one.get("support") or ""), str(one.get("reason") or "")
    badge = f' <span class="badge">{escape(f"{support}: {reason}" if reason else support)}</span>' if support else ""
    return (
        f'<p class="said"><span dir="auto">{escape(str(one.get("text", "")))}</span>'
        f' <span class="marks">{marks}</span>{badge}</p>'
    )


def _disagreements(response: Row) -> str:
    """Show what each is about, whether it is a conflict or an update and on which matter, and its positions."""
    shown = []
    for one in rows_in(response, "disagreements"):
        what = " · ".join(str(one[name]) for name in ("kind", "matter") if one.get(name))
        badge = f' <span class="badge">{escape(what)}</span>' if what else ""
        about = f'<p class="said"><span dir="auto">{escape(str(one.get("about", "")))}</span>{badge}</p>'
        positions = rows_in(one, "positions")
        shown.append(about + (_table(positions) if positions else ""))
    return "".join(shown)


def _citation(one: Row) -> str:
    names = ("outlet", "speaker", "published_at", "title", "article_id")
    byline = [str(one[name]) for name in names if one.get(name)]
    if one.get("event_date"):
        byline.append(f"speaks of {one['event_date']}")
    return (
        f'<div class="citation"><b>[{escape(str(one.get("number", "?")))}]</b>'
        f'<blockquote dir="auto">{escape(str(one.get("quote", "")))}</blockquote>'
        f'<p class="aside" dir="auto">{escape(" · ".join(byline))}</p></div>'
    )


def _found(hits: Sequence[Row], expected: Collection[str]) -> str:
    """Show the hits as a table, marking those of which an id or text is one of the expected ones."""
    marked = [any(isinstance(value, str) and value in expected for value in hit.values()) for hit in hits]
    return _table(hits, marked=marked) if hits else ""


# --- whatever JSON ---------------------------------------------------------------------------------------------------


def rows_in(response: Row, name: str) -> list[Row]:
    """Return the list of objects of this name, empty where there is no such list."""
    found = response.get(name)
    return [one for one in found if isinstance(one, Mapping)] if is_list(found) else []


def is_list(value: JSON) -> TypeGuard[Sequence[JSON]]:
    """Whether a JSON value is a list: a text is none."""
    return isinstance(value, Sequence) and not isinstance(value, str)


def tree_of(value: JSON, *, deep: int = 0) -> str:
    """Show any JSON value: objects as terms, lists of flat objects as tables, other lists as lists."""
    if deep > DEEPEST:
        return '<span class="none">…</span>'
    if isinstance(value, Mapping):
        if not value:
            return NONE
        terms = (f"<dt>{escape(name)}</dt><dd>{tree_of(one, deep=deep + 1)}</dd>" for name, one in value.items())
        return f'<dl class="tree">{"".join(terms)}</dl>'
    if is_list(value):
        return _list(value, deep)
    return scalar(value)


def _list(values: Sequence[JSON], deep: int) -> str:
    if not values:
        return NONE
    shown = values[:LONGEST_LIST]
    rest = f'<p class="aside">and {len(values) - LONGEST_LIST:,} more</p>' if len(values) > LONGEST_LIST else ""
    inside = _entries(shown, deep) + rest
    return (
        inside if len(values) <= LONG_LIST else f"<details><summary>{len(values):,} entries</summary>{inside}</details>"
    )


def _entries(shown: Sequence[JSON], deep: int) -> str:
    rows = [one for one in shown if isinstance(one, Mapping) and all(_flat(inner) for inner in one.values())]
    if len(rows) == len(shown) > 1:
        return _table(rows)
    if all(_flat(one) for one in shown) and sum(len(str(one)) for one in shown) <= LONG_TEXT:
        return f'<ul class="tree inline">{"".join(f"<li>{scalar(one)}</li>" for one in shown)}</ul>'
    return f'<ul class="tree">{"".join(f"<li>{tree_of(one, deep=deep + 1)}</li>" for one in shown)}</ul>'


def _empty(value: JSON) -> bool:
    return value is None or ((isinstance(value, Mapping) or is_list(value)) and not value)


def _flat(value: JSON) -> bool:
    return not isinstance(value, Mapping) and not is_list(value)


def _table(rows: Sequence[Row], *, marked: Sequence[bool] = ()) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = []
    for at, row in enumerate(rows):
        columns = "".join(f"<td>{tree_of(row.get(name), deep=DEEPEST - 2)}</td>" for name in names)
        body.append(f"<tr{' class=expected' if at < len(marked) and marked[at] else ''}>{columns}</tr>")
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def scalar(value: JSON) -> str:
    """Show a text, folded where it is long; a number with four digits; yes, no and a dash for nothing."""
    if value is None or value == "":
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return (
            f'<span class="number">{value:.4g}</span>'
            if isinstance(value, float)
            else f'<span class="number">{value}</span>'
        )
    text = str(value)
    if len(text) <= LONG_TEXT:
        return f'<span dir="auto">{escape(text)}</span>'
    return (
        f'<details><summary dir="auto">{escape(text[: LONG_TEXT // 2])} …</summary>'
        f'<p class="said" dir="auto">{escape(text)}</p></details>'
    )


def _texts(value: JSON, *, deep: int = 0) -> Iterator[str]:
    """Yield every text in a JSON value, as deep as values are shown."""
    if isinstance(value, str):
        yield value
    elif deep <= DEEPEST and (isinstance(value, Mapping) or is_list(value)):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one, deep=deep + 1)
