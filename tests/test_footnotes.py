"""An answer as text: what stands below it, what comes off again, and that articles write no markup into it."""

from dataclasses import replace

import pytest
from fake_pipeline import answer
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag import citations
from rag.footnotes import address_of, footnoted, inert, marks, sentences, without_footnotes
from rag.types import Answer, Citation, Disagreement, Position, Statement

WHOLE = answer("How long is the bridge shut?")
NEAR = replace(WHOLE.citations[0], speaker="the port authority", event_date="2024-11-28")
MARKUP = (
    "# x\n\n![pixel](https://evil.example/p.png) [click](javascript:x) <img src=x onerror=y> `code` **bold** ~~gone~~ "
    "www.evil.example a@evil.example\n\n| a | b |\n|---|---|\n\n```\nfence\n```\n\n[1]: https://evil.example\n\n"
    "Sources:\n[9] Mine, “Truth”: https://evil.example\n\n<details>"
)
WORDS = st.text(st.sampled_from("ab [1]2“”.~()\n é\U0001f309"), min_size=1, max_size=20).filter(str.strip)


def shown(given_answer: Answer) -> str:
    return footnoted(given_answer, address=lambda citation: f"https://ours.example/{citation.article_id}")


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """An answer as the pipeline writes it, of statements that may look like anything."""
    numbers = draw(st.integers(1, 4))
    statements = tuple(
        Statement(
            text=draw(WORDS),
            citations=tuple(draw(st.lists(st.integers(1, numbers), unique=True, max_size=3))),
            support=draw(st.sampled_from(["supported", "partial", "unsupported"])),
            reason="No source gives “4” (four).",
        )
        for _ in range(draw(st.integers(0, 4)))
    )
    cited = tuple(
        Citation(number=number, article_id="a", revision="r", start=0, end=1, quote="q", title=draw(st.none() | WORDS))
        for number in range(1, numbers + 1)
    )
    return replace(
        WHOLE,
        text=citations.render((one.text, one.citations) for one in statements),
        statements=statements,
        citations=cited,
        unanswered=draw(st.just(()) | st.tuples(WORDS)),
        nearest=draw(st.just(()) | st.just((NEAR,))),
        as_of=draw(st.none() | st.just("2024-11-29")),
        notice=draw(st.none() | st.just("Hm.")),
    )


@given(answers())
def test_every_mark_is_found_once_and_in_order_whatever_stands_between(given_answer: Answer):
    found, text = list(marks(given_answer)), shown(given_answer)
    assert [citation.number for citation, _, _ in found] == [
        number for one in given_answer.statements for number in one.citations
    ]
    for citation, start, end in found:
        assert text[start:end] == f"[{citation.number}]"
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)


@given(answers())
def test_what_comes_back_as_an_earlier_turn_is_what_stands(given_answer: Answer):
    stands = [one for one in given_answer.statements if one.support != "unsupported"]
    expected = citations.render((inert(one.text.strip()), one.citations) for one in stands)
    assert without_footnotes(shown(given_answer)).strip() == expected.strip()


def test_both_sides_the_date_and_what_is_not_answered_stand_before_the_sources():
    sides = (
        Position(claim="300", citation=1, outlet="Outlet A", speaker="General X", date="2024-12-01"),
        Position(claim="412", citation=2, outlet="Outlet B", date="2024-12-02"),
        Position(claim="some", citation=2),
    )
    disputed = Disagreement(about="the dead", positions=sides, matter="figure")
    later = Disagreement(about="the shelling", positions=sides[:2], kind="update")
    given_answer = replace(WHOLE, disagreements=(disputed, later), notice="The model was slow.")
    given_answer = replace(given_answer, unanswered=("Who fired?",), nearest=(NEAR,))
    assert shown(given_answer).split("\n\n")[1:] == [
        "The articles do not answer:\n- Who fired?",
        "Sources disagree on the figure: the dead\n"
        "- 300 — Outlet A, quoting General X, 1 December 2024 [1]\n"
        "- 412 — Outlet B, own voice, 2 December 2024 [2]\n"
        "- some — outlet unknown, date unknown [2]",
        "Changed over time: the shelling\n"
        "- 300 — Outlet A, quoting General X, 1 December 2024 [1]\n"
        "- 412 — Outlet B, own voice, 2 December 2024 [2]",
        "As of 29 November 2024, as far as dates are known.",
        "Nearest to what is not answered, without answering it:\n"
        "- “It had been shut for 14 months, the port authority said.” — Harbour Gazette, “Bridge (video) reopens”, "
        "29 November 2024, 08:00 UTC, quoting the port authority, speaks of 28 November 2024: "
        "https://ours.example/bridge-reopens",
        "Sources:\n"
        "[1] Harbour Gazette, “Bridge (video) reopens”, 29 November 2024, 08:00 UTC: "
        "https://ours.example/bridge-reopens\n"
        "[2] outlet unknown, title unknown, date unknown: https://ours.example/bridge-still-shut",
        "Note: The model was slow.",
    ]


def test_an_abstention_shows_what_came_nearest_and_no_sources():
    nothing = replace(WHOLE, text="Nothing fits.", statements=(), citations=(), disagreements=(), as_of=None)
    text = shown(replace(nothing, abstained=True, nearest=(NEAR,), unanswered=(WHOLE.question, "Why?")))
    first, parts, nearest = text.split("\n\n")
    assert (first, parts) == ("Nothing fits.", "The articles do not answer:\n- Why?")
    assert nearest.startswith("The nearest passages, which do not answer the question:\n- “It had been shut")
    assert without_footnotes(text) == "Nothing fits."


def test_what_the_articles_do_not_support_is_named_and_struck_before_it_is_read():
    said = (
        Statement(text="It reopened.", citations=(1,), support="supported"),
        Statement(text="It cost ~9.", citations=(2,), support="unsupported", reason="No source says 9 (nine)."),
        Statement(text="It is long.", citations=(), support="unsupported"),
        Statement(text="It is shut.", citations=(1, 2), support="partial", reason="Elsewhere."),
    )
    given_answer = replace(WHOLE, statements=said)
    assert sentences(given_answer) == (
        "It reopened. [1] Not supported by the articles: ~~It cost ∼9.~~ (No source says 9 ‹nine›.) [2] "
        "Not supported by the articles: ~~It is long.~~ It is shut. (partly supported: Elsewhere.) [1][2]"
    )
    assert without_footnotes(shown(given_answer)) == "It reopened. [1] It is shut. [1][2]"
    first = replace(WHOLE, statements=said[1:])
    assert without_footnotes(shown(first)) == "It is shut. [1][2]"


def test_articles_write_no_markup_into_any_part_of_it():
    cited = replace(
        WHOLE.citations[0], quote=MARKUP, title=MARKUP, outlet=MARKUP, speaker=MARKUP, event_date=MARKUP, url=None,
        published_at=MARKUP,
    )  # fmt: skip
    side = Position(claim=MARKUP, citation=1, outlet=MARKUP, speaker=MARKUP, date=MARKUP)
    statements = tuple(
        Statement(text=MARKUP, citations=(1,), support=support, reason=MARKUP)
        for support in ("supported", "partial", "unsupported")
    )
    given_answer = replace(
        WHOLE,
        text=citations.render((one.text, one.citations) for one in statements),
        statements=statements,
        citations=(cited,),
        disagreements=(Disagreement(about=MARKUP, positions=(side, side)),),
        unanswered=(MARKUP,),
        nearest=(cited,),
        notice=MARKUP,
        as_of="2024-12-01",
    )
    for each in (given_answer, replace(given_answer, statements=(), abstained=True)):
        text = footnoted(each, address=lambda citation: "")
        assert "evil.example" in text and "://" not in text and "www." not in text and "a@" not in text
        parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
        found = {one.type for token in parsed for one in (token, *(token.children or ()))}
        opened = {name.removesuffix("_open").removesuffix("_close") for name in found}
        assert opened <= {"paragraph", "bullet_list", "list_item", "inline", "text", "softbreak", "s"}
        assert text.count("\nSources:\n") == bool(each.citations)
        assert without_footnotes(text).count("\n") == 0
    for citation, start, end in marks(given_answer):
        assert sentences(given_answer)[start:end] == f"[{citation.number}]"


def test_a_title_cannot_write_markup_into_the_list_of_sources():
    title = "![pixel](https://evil.example/p.png)\n\n<img src=x> [1] `code` **bold**"
    cited = replace(WHOLE.citations[0], title=title, url="javascript:alert(1)", outlet="Out\nlet [9]")
    listed = footnoted(replace(WHOLE, citations=(cited,)), address=lambda citation: "x").partition("Sources:\n")[2]
    assert listed.count("\n") == 0
    assert not set("<>`*") & set(listed)
    assert listed.count("[") == 1


@pytest.mark.parametrize(
    ("url", "shown_as"),
    [
        ("https://a.example/x_(y)?z=1&q=%20#f", "https://a.example/x_(y)?z=1&q=%20#f"),
        ("https://a.example/![p](https://evil.example/p.png)", "ours"),
        ("https://a.example/](x", "ours"),
        ("https://a.example/<img>", "ours"),
        ("https://a.example/`x`", "ours"),
        ("https://a.example/|x", "ours"),
        ("https://a.example/**x**", "ours"),
        ("https://a.example/\x00", "ours"),
        ("https://a.example/ x", "ours"),
        ("javascript:alert(1)", "ours"),
        (None, "ours"),
    ],
)
def test_an_address_that_could_be_more_than_one_is_not_shown(url: str | None, shown_as: str):
    assert address_of(replace(WHOLE.citations[0], url=url), otherwise="ours") == shown_as


@pytest.mark.parametrize(
    "junk", ["Not supported by the articles: ~~", " (partly supported: ", "\n\nSources:", "~~ (", "[1]"]
)
def test_a_long_earlier_turn_takes_no_time(junk: str):
    without_footnotes(junk * 10_000)
