import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from rag import articles, sources
from rag.types import Article

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
QUESTIONS = ROOT / "evals" / "data" / "aleppo.jsonl"
ORIGINALS = ROOT.parent / "shared" / "corpus" / "aleppo-2024"
OTHER_QUESTIONS = ROOT.parent / "shared" / "evals" / "aleppo-dev.jsonl"
KINDS = {"fact", "multi", "conflict", "unanswerable", "false_premise", "followup", "attribution"}
RUN = 8  # words in a row that nobody writes twice by chance


@pytest.fixture(scope="module")
def briefs() -> dict[str, Article]:
    read = [item for path in sources.find([CORPUS]) for item in articles.read(path, max_bytes=1_000_000)]
    assert all(isinstance(item, Article) for item in read), read
    return {article.id: article for article in read}


@pytest.fixture(scope="module")
def questions() -> list[dict]:
    return [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"['’]", "", text.lower()))


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[at : at + length]) for at in range(len(said) - length + 1)}


def plain(text: str) -> str:
    return text.replace("’", "'").casefold()


def test_the_corpus_is_five_briefs_and_nothing_beside_them_is_taken_for_one(briefs: dict[str, Article]):
    assert len(briefs) == 5
    assert all(250 <= len(article.text.split()) <= 450 for article in briefs.values())


def test_every_brief_has_a_title_and_an_outlet_of_its_own(briefs: dict[str, Article]):
    assert len({article.title for article in briefs.values()} - {None}) == 5
    assert len({article.outlet for article in briefs.values()} - {None}) == 5


def test_dates_lie_within_the_events_and_one_is_unknown(briefs: dict[str, Article]):
    dates = [article.published_at for article in briefs.values()]
    assert dates.count(None) == 1
    assert all("2024-11-27" <= date <= "2024-12-07" for date in dates if date)


@pytest.mark.parametrize(
    ("said_here", "said_elsewhere"),
    [
        ("more than 300 of them", "More than 412 people"),
        ("61 of them civilians", "more than 300 of them"),
        ("signaled their willingness", "sending reinforcements"),
        ("unwilling to commit more resources", "are assisting Syria"),
        ("continued backing", "unwilling to commit more resources"),
        ("from Moscow, where he had fled", "nowhere to be seen"),
        ("came to Damascus", "will go to Damascus"),
        ("expected in Damascus", "came to Damascus"),
        ("took Tal Rifaat", "trapped in places such as Tal Rifaat"),
        ("the revolutionaries of the", "Islamist insurgents"),
        ("Turkish-backed rebels", "the revolutionaries of the"),
    ],
)
def test_the_briefs_disagree_as_the_outlets_did(briefs: dict[str, Article], said_here: str, said_elsewhere: str):
    here = {article.id for article in briefs.values() if said_here in article.text}
    elsewhere = {article.id for article in briefs.values() if said_elsewhere in article.text}
    assert here
    assert elsewhere - here


def test_no_brief_copies_its_original(briefs: dict[str, Article]):
    if not ORIGINALS.is_dir():
        pytest.skip(f"the original articles are not at {ORIGINALS}")
    originals = [path.read_text("utf-8") for path in ORIGINALS.glob("*.txt")]
    assert len(originals) == 5
    copied = [
        " ".join(run)
        for article in briefs.values()
        for run in runs(article.text, RUN) & set[tuple[str, ...]]().union(*(runs(text, RUN) for text in originals))
    ]
    assert copied == []


def test_there_are_questions_of_every_kind_each_with_an_id_of_its_own(questions: list[dict]):
    assert len(questions) >= 36
    assert {question["kind"] for question in questions} == KINDS
    assert len({question["id"] for question in questions}) == len(questions)
    assert len({question["question"].casefold() for question in questions}) == len(questions)


def test_a_question_has_facts_and_articles_unless_nothing_answers_it(questions: list[dict], briefs: dict[str, Article]):
    for question in questions:
        unanswered = question["kind"] in {"unanswerable", "false_premise"}
        assert bool(question["facts"]) is bool(question["articles"]) is not unanswered, question["id"]
        assert set(question["articles"]) <= set(briefs), question["id"]


def test_follow_ups_and_only_they_have_a_history_that_ends_with_an_answer(questions: list[dict]):
    for question in questions:
        roles = [role for role, _ in question.get("history", [])]
        assert roles == (["user", "assistant"] if question["kind"] == "followup" else []), question["id"]


def test_questions_on_a_conflict_have_a_fact_for_each_side_from_different_articles(
    questions: list[dict], briefs: dict[str, Article]
):
    for question in questions:
        assert question.get("conflict", False) is (question["kind"] == "conflict"), question["id"]
        if question["kind"] == "conflict":
            holders = [set(holding(fact, question["articles"], briefs)) for fact in question["facts"]]
            assert len(holders) >= 2, question["id"]
            assert all(holders), question["id"]
            assert set.intersection(*holders) == set(), question["id"]


def holding(fact: list[str], named: Iterable[str], briefs: dict[str, Article]) -> list[str]:
    """The named articles that have the fact in one of its spellings, in the text or as the outlet's name."""
    texts = {name: plain(f"{briefs[name].outlet}\n{briefs[name].text}") for name in named}
    return [name for name, text in texts.items() if any(plain(spelling) in text for spelling in fact)]


def test_every_fact_stands_in_a_named_article_and_every_named_article_holds_a_fact(
    questions: list[dict], briefs: dict[str, Article]
):
    for question in questions:
        held = [holding(fact, question["articles"], briefs) for fact in question["facts"]]
        assert all(held), (question["id"], held)
        assert {name for names in held for name in names} == set(question["articles"]), (question["id"], held)


def test_the_first_spelling_of_a_fact_is_an_articles_own(questions: list[dict], briefs: dict[str, Article]):
    for question in questions:
        for fact in question["facts"]:
            assert holding(fact[:1], question["articles"], briefs), (question["id"], fact)


def test_no_question_is_one_of_those_that_the_real_articles_are_asked(questions: list[dict]):
    if not OTHER_QUESTIONS.is_file():
        pytest.skip(f"the questions on the original articles are not at {OTHER_QUESTIONS}")
    others = [words(json.loads(line)["question"]) for line in OTHER_QUESTIONS.read_text("utf-8").splitlines()]
    for question in questions:
        assert words(question["question"]) not in others, question["id"]
