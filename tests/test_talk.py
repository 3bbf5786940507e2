"""Conversations as a browser keeps them: what comes back is held against the articles, and nothing in it is trusted."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_pipeline import (
    ARTICLES,
    HOSTILE,
    PagePipeline,
    abstained,
    casualties,
    half_answered,
    hostile,
    modelled,
    refused,
)

from rag.errors import LibraryError, NotFoundError, UsageError
from rag.types import Answer, Article, Byline, Citation, Disagreement, Filters, Hit, Passage, Position, Statement
from rag.ui import cards, markup, orders, talk
from rag.ui.talk import Exchange, Talk

ASKED = "How many?"
BUILDS = (casualties, half_answered, modelled, refused, abstained)
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
MAYBE = st.none() | TEXT
NUMBER = st.integers(0, 10**6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


BYLINE = {"title": MAYBE, "outlet": MAYBE, "url": MAYBE, "published_at": MAYBE}
CITATIONS = st.builds(
    Citation, number=NUMBER, article_id=TEXT, revision=TEXT, start=NUMBER, end=NUMBER, quote=TEXT, speaker=MAYBE,
    event_date=MAYBE, **BYLINE,
)  # fmt: skip
PASSAGES = st.builds(Passage, id=TEXT, article_id=TEXT, revision=TEXT, start=NUMBER, end=NUMBER, text=TEXT)
HITS = st.builds(
    Hit, passage=PASSAGES, byline=st.builds(Byline, article_id=TEXT, revision=TEXT, author=MAYBE, **BYLINE),
    score=st.floats(0, 1), rank=NUMBER, dense=st.none() | st.floats(0, 1), lexical=st.none() | st.floats(0, 9),
)  # fmt: skip
STATEMENTS = st.builds(
    Statement, text=TEXT, citations=st.lists(NUMBER, max_size=3).map(tuple), reason=TEXT,
    support=st.sampled_from(["supported", "partial", "unsupported"]),
)  # fmt: skip
POSITIONS = st.builds(Position, claim=TEXT, citation=NUMBER, outlet=MAYBE, speaker=MAYBE, date=MAYBE)
DISAGREEMENTS = st.builds(
    Disagreement, about=TEXT, positions=st.lists(POSITIONS, max_size=2).map(tuple),
    kind=st.sampled_from(["conflict", "update"]), matter=st.sampled_from(["figure", "date", "whether", "name"]),
)  # fmt: skip
ANSWERS = st.builds(
    Answer, question=TEXT, standalone_question=TEXT, text=TEXT, statements=st.lists(STATEMENTS, max_size=2).map(tuple),
    citations=st.lists(CITATIONS, max_size=2).map(tuple), disagreements=st.lists(DISAGREEMENTS, max_size=2).map(tuple),
    abstained=st.booleans(), reason=MAYBE, nearest=st.lists(CITATIONS, max_size=1).map(tuple),
    unanswered=st.lists(TEXT, max_size=2).map(tuple), score=st.none() | st.floats(0, 1), notice=MAYBE, as_of=MAYBE,
    mode=st.sampled_from(["offline", "model"]), model=MAYBE, hits=st.lists(HITS, max_size=2).map(tuple),
    timings=st.dictionaries(TEXT, st.floats(0, 9), max_size=2),
)  # fmt: skip
EXCHANGES = st.builds(Exchange, question=TEXT, answer=ANSWERS) | st.builds(
    Exchange, question=TEXT, trouble=TEXT, suggestions=st.lists(TEXT, max_size=3).map(tuple)
)


def nothing(article_id: str, revision: str | None = None) -> Article:
    raise NotFoundError("There is no such article.")


def library(*articles: Article) -> Any:
    """What they are; of several of one id the first is what the article is now."""

    def article(article_id: str, revision: str | None = None) -> Article:
        had = [one for one in articles if one.id == article_id and revision in (None, one.revision)]
        return had[0] if had else nothing(article_id)

    return article


def record(held: Talk) -> dict[str, Any]:
    """What a browser has of a conversation once each exchange was sent to it in its turn."""
    exchanges: list[Any] = []
    for turn in range(1, len(held.exchanges) + 1):
        sent = json.loads(talk.kept(replace(held, exchanges=held.exchanges[:turn])))
        assert (sent["name"], sent["turn"], sent["dropped"]) == (held.name, turn, held.dropped)
        exchanges.append(sent["exchange"])
    return {"name": held.name, "dropped": held.dropped, "exchanges": exchanges, "filters": asdict(held.filters)}


def restored_or_told(value: object, *articles: Article) -> Talk | str:
    try:
        return talk.restored(value, library(*articles))
    except UsageError as error:
        return str(error)


def drawn(held: Talk) -> str:
    messages = "".join(message["content"] for message in markup.conversation(held))
    return messages + markup.panel(held) + markup.earlier(held)


def test_what_was_kept_comes_back_and_is_drawn_the_same():
    pipeline = PagePipeline()
    exchanges = [Exchange(question=ASKED, answer=build(pipeline, ASKED), suggestions=("More?",)) for build in BUILDS]
    limits = Filters(outlets=("A",), since="2024-12-01", until="2024-12-02", articles=("a",))
    held = Talk(name="n", exchanges=(*exchanges, Exchange(question="?", trouble="It failed.")), filters=limits)
    back = talk.restored(record(held), library(*ARTICLES))
    assert (back.name, back.filters) == ("n", limits)
    assert drawn(back) == drawn(held)
    bare = [replace(one, answer=one.answer and replace(one.answer, hits=())) for one in held.exchanges]
    assert [replace(one, answer=one.answer and replace(one.answer, hits=())) for one in back.exchanges] == bare


@given(st.lists(EXCHANGES, min_size=1, max_size=2).map(tuple), TEXT)
def test_any_conversation_survives_the_browser(exchanges: tuple[Exchange, ...], name: str):
    held = Talk(name=name, exchanges=exchanges)
    back = talk.restored(record(held), nothing)
    again = talk.restored(record(back), nothing)
    assert again == back and back.name == name
    assert [one.question for one in back.exchanges] == [one.question for one in exchanges]
    for one, other in zip(exchanges, back.exchanges, strict=True):
        cited = one.answer is not None and bool(one.answer.citations or one.answer.nearest)
        if one.answer is not None and other.answer is not None:
            assert other.answer.statements == one.answer.statements and other.answer.citations == one.answer.citations
            assert other.answer.notice == (talk.CHANGED if cited else one.answer.notice)
    drawn(back)


@given(JSON)
def test_what_is_no_record_is_refused_in_one_sentence(value: object):
    back = restored_or_told(value)
    assert back == talk.UNREADABLE or (isinstance(back, Talk) and back.exchanges == ())


PATHS = st.sampled_from(
    [
        ("name",),
        ("dropped",),
        ("filters",),
        ("filters", "outlets"),
        ("filters", "since"),
        ("exchanges",),
        ("exchanges", 0),
        ("exchanges", 0, "question"),
        ("exchanges", 0, "suggestions"),
        ("exchanges", 0, "answer"),
        *[("exchanges", 0, "answer", name) for name in ("text", "statements", "hits", "mode", "score", "timings")],
        *[
            ("exchanges", 0, "answer", "citations", 0, name)
            for name in ("article_id", "number", "start", "end", "quote")
        ],
        ("exchanges", 0, "answer", "disagreements", 0, "matter"),
        ("exchanges", 0, "answer", "disagreements", 0, "positions"),
    ]
)
WHOLE = record(Talk(name="n", exchanges=(Exchange(question=ASKED, answer=casualties(PagePipeline(), ASKED)),)))


@given(PATHS, JSON)
def test_a_record_with_something_else_in_it_is_refused_or_drawn_but_never_an_error(
    path: tuple[Any, ...], value: object
):
    damaged = json.loads(json.dumps(WHOLE))
    place = damaged
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    back = restored_or_told(damaged, *ARTICLES)
    assert back == talk.UNREADABLE or (isinstance(back, Talk) and bool(drawn(back)) == bool(back.exchanges))


def test_nothing_of_a_hostile_record_is_more_than_text():
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    strange = {**WHOLE, "model": "x", "__class__": "Talk", "exchanges": [{**WHOLE["exchanges"][0], "run": "rm"}]}
    assert talk.restored(strange, library(*ARTICLES)) == talk.restored(WHOLE, library(*ARTICLES))
    for wrong in ({**WHOLE, "exchanges": deep}, {**WHOLE, "dropped": -1}, {**WHOLE, "dropped": 10**400}, [WHOLE], None):
        with pytest.raises(UsageError):
            talk.restored(wrong, nothing)
    assert orders.read("[" * 100_000) == {} and orders.read(f'"{"x" * orders.LONGEST}"') == {}
    assert orders.read('{"\\ud800do": "\\u0000"}') == {"\ufffddo": " "}
    wild = Talk(exchanges=(Exchange(question=HOSTILE, answer=hostile(PagePipeline(), HOSTILE), trouble=None),))
    back = talk.restored(record(wild), nothing)
    assert "<script" not in drawn(back) and "<img" not in drawn(back) and "\n" not in drawn(back)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "//evil.example", "%2e%2e", "\ud800", "x" * 10_000, ""])
def test_an_article_that_nobody_has_is_asked_for_by_its_name_alone(name: str):
    sought = []

    def article(article_id: str, revision: str | None) -> Article:
        sought.append(article_id)
        return nothing(article_id)

    damaged = json.loads(json.dumps(WHOLE))
    for one in damaged["exchanges"][0]["answer"]["citations"]:
        one["article_id"] = name
    back = talk.restored(damaged, article)
    assert back.exchanges[0].answer is not None and back.exchanges[0].answer.notice == talk.CHANGED
    assert set(sought) == {name.replace("\ud800", "\ufffd")}
    links = cards.evidence(back.exchanges[0].answer, turn=1).split('class="read" href="')[1:]
    assert links and all(one.startswith("read/") and "/" not in one[5:].partition('"')[0] for one in links)


def test_an_answer_says_when_the_words_it_cites_do_not_stand_there_any_more():
    first, *others = ARTICLES
    for changed in (replace(first, text=f"New. {first.text}", revision="r2"), replace(first, revision="r2")):
        answer = talk.restored(WHOLE, library(changed, *others)).exchanges[0].answer
        assert answer is not None and answer.notice == talk.CHANGED
    near = record(Talk(exchanges=(Exchange(question=ASKED, answer=refused(PagePipeline(), ASKED)),)))
    for held, notice in ((ARTICLES, None), (others, talk.CHANGED)):
        answer = talk.restored(near, library(*held)).exchanges[0].answer
        assert answer is not None and answer.notice == notice


def test_an_answer_says_when_the_words_it_cites_stand_in_an_older_text_alone():
    first, *others = ARTICLES
    now = replace(first, text=f"New. {first.text}", revision="r2")
    answer = talk.restored(WHOLE, library(now, first, *others)).exchanges[0].answer
    assert answer is not None and answer.notice == talk.REVISED
    assert answer.citations == casualties(PagePipeline(), ASKED).citations
    assert "revision=r1" in cards.evidence(answer, turn=1)
    other = replace(first, text=f"New. {first.text}")  # other words under the name of the cited text
    for held in ((now, other, *others), (now, first, *others[2:])):
        answer = talk.restored(WHOLE, library(*held)).exchanges[0].answer
        assert answer is not None and answer.notice == talk.CHANGED


def test_a_library_that_cannot_be_read_is_not_taken_for_one_that_has_changed():
    def article(article_id: str, revision: str | None) -> Article:
        raise LibraryError("The library cannot be read.")

    with pytest.raises(LibraryError):
        talk.restored(WHOLE, article)


def test_only_the_newest_exchanges_of_a_long_conversation_are_held():
    exchanges = [{**WHOLE["exchanges"][0], "question": f"{number}?"} for number in range(talk.KEPT + 5)]
    back = talk.restored({**WHOLE, "exchanges": exchanges, "dropped": 2}, library(*ARTICLES))
    assert (len(back.exchanges), back.exchanges[0].question, back.dropped) == (talk.KEPT, "5?", 7)


def test_what_is_kept_leaves_out_what_nothing_is_cited_from():
    pipeline = PagePipeline()
    answer = casualties(pipeline, ASKED)
    stranger = modelled(pipeline, ASKED).hits[1]
    sent = json.loads(
        talk.kept(Talk(exchanges=(Exchange(question=ASKED, answer=replace(answer, hits=(*answer.hits, stranger))),)))
    )
    assert len(sent["exchange"]["answer"]["hits"]) == len(answer.hits)


@given(TEXT | st.just(HOSTILE) | st.sampled_from(["# a", "![x](http://e.example)", "<b>", "[a](b)", "a\n\nb", "| a |"]))
def test_markdown_of_an_exchange_renders_nothing_of_what_others_wrote(text: str):
    plain = Answer(question=text, standalone_question=f"{text}?", text="None.", notice=text or None)
    wild = hostile(PagePipeline(), text)
    for exchange in (
        Exchange(question=text, answer=plain),
        Exchange(question=text, trouble=text),
        Exchange(question=text, answer=replace(wild, standalone_question=text)),
    ):
        tokens = MarkdownIt("commonmark").enable("table").parse(talk.markdown(exchange))
        inner = [child for token in tokens for child in token.children or ()]
        assert {token.type for token in tokens if token.type.startswith(("html", "fence", "code"))} == set()
        assert not {"image", "link_open", "html_inline", "code_inline"} & {one.type for one in inner}
        assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2"]


def test_a_failed_exchange_has_its_sentence_in_markdown():
    assert talk.markdown(Exchange(question="Who?", trouble="It failed.")) == "## Who?\n\nIt failed."
