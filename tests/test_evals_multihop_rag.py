"""Claims about the multihop-rag suites: which passages are evidence, worked out by hand, and when to abstain."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from given_bench import BENCH, asked, refused, request, said

from evals.errors import EvalError
from evals.suites import multihop_rag
from evals.suites.multihop_rag import Gold, held, read, read_corpus, retrieval, score
from evals.types import Sample, Score
from rag.types import Byline, Hit, Passage

LORN = {
    "title": "Lorn dam holds",
    "author": "Ada Kern",
    "source": "North Post",
    "published_at": "2024-03-04T10:00:00+00:00",
    "category": "news",
    "url": "https://north.example/lorn",
    "body": "The dam at Lorn held on Monday.\n\nEngineers had lowered the lake by two metres, Kern said.",
}
MOSS = {
    "title": "Moss ferry late",
    "author": None,
    "source": "South Mail",
    "published_at": "2024-03-05T10:00:00+00:00",
    "category": "news",
    "url": "https://south.example/moss",
    "body": "The ferry to Moss was late. Its captain blamed the lake, which was two metres lower than usual.",
}


def evidence(article: dict[str, str | None], fact: str) -> dict[str, str | None]:
    return {name: article[name] for name in ("title", "author", "url", "source", "category", "published_at")} | {
        "fact": fact
    }


BOTH = {
    "query": "Which lake was lowered at Lorn, says the North Post, and delayed a ferry to Moss, says the South Mail?",
    "answer": "the dam",
    "question_type": "inference_query",
    "evidence_list": [
        evidence(LORN, "Engineers had lowered the lake by two metres, Kern said."),
        evidence(MOSS, "Its captain blamed the lake, which was two metres lower than usual."),
    ],
    "idx": 7,
}
NULL = {
    "query": "Who painted the orbiter?",
    "answer": "Insufficient information.",
    "question_type": "null_query",
    "evidence_list": [],
    "idx": 9,
}


def packed(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(value if isinstance(value, bytes) else json.dumps(value).encode()))


def written(folder: Path, questions: object = (BOTH, NULL), corpus: object = (LORN, MOSS)) -> Path:
    packed(folder / "dev" / "queries.json.xz", questions)
    packed(folder / "corpus.json.xz", corpus)
    return folder


def hits(*texts: str) -> list[Hit]:
    byline = Byline(article_id="a", revision="r")
    passages = [
        Passage(id=f"p{number}", article_id="a", revision="r", start=0, end=len(text), text=text)
        for number, text in enumerate(texts)
    ]
    return [Hit(passage=passage, byline=byline, score=0.0, rank=rank) for rank, passage in enumerate(passages, start=1)]


def scored(facts: Sequence[str], *texts: str) -> dict[str, float]:
    found = hits(*texts)
    return {name: score.got / score.of for name, score in retrieval(facts, held(facts, found), found).items()}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return written(tmp_path / "set")


# --- reading


def test_a_question_is_read_with_its_facts_and_their_articles(data: Path) -> None:
    both, null = read(data, "dev")
    assert (both.id, both.kind, both.question) == ("7", "inference", BOTH["query"])
    assert both.expected.articles == ("Lorn dam holds", "Moss ferry late")
    assert both.expected.facts[0] == "Engineers had lowered the lake by two metres, Kern said."
    assert (null.kind, null.expected) == ("null", Gold(answer="Insufficient information."))


def test_questions_without_numbers_are_numbered(tmp_path: Path) -> None:
    bare = [{name: value for name, value in one.items() if name != "idx"} for one in (BOTH, NULL)]
    assert [one.id for one in read(written(tmp_path, bare), "dev")] == ["1", "2"]


def test_an_article_keeps_its_byline(data: Path) -> None:
    lorn, moss = read_corpus(data / "corpus.json.xz")
    assert (lorn.id, lorn.title, lorn.outlet, lorn.author) == (
        "Lorn dam holds",
        "Lorn dam holds",
        "North Post",
        "Ada Kern",
    )
    assert (lorn.url, lorn.published_at, moss.author) == (LORN["url"], LORN["published_at"], None)


@pytest.mark.parametrize(
    ("item", "complaint"),
    [
        ([1], "a JSON object is expected"),
        (BOTH | {"query": " "}, "'query' has to be a text"),
        (BOTH | {"answer": None}, "'answer' has to be a text"),
        (BOTH | {"question_type": "inference"}, "'question_type' has to be a kind"),
        (BOTH | {"evidence_list": None}, "'evidence_list' has to be a list"),
        (BOTH | {"evidence_list": []}, "'evidence_list' is empty for null_query, and for no other"),
        (NULL | {"evidence_list": BOTH["evidence_list"]}, "'evidence_list' is empty for null_query"),
        (BOTH | {"evidence_list": ["x"]}, "a JSON object is expected"),
        (BOTH | {"evidence_list": [{"title": "t", "fact": "\n"}]}, "'fact' has to be a text"),
        (BOTH | {"evidence_list": [{"fact": "f"}]}, "'title' has to be a text"),
        (NULL, "the id '9' stands in an earlier item"),
    ],
)
def test_a_bad_question_is_named_by_its_item(tmp_path: Path, item: object, complaint: str) -> None:
    with pytest.raises(EvalError, match=rf"queries\.json\.xz, item 2: {complaint}"):
        read(written(tmp_path, [NULL, item]), "dev")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (lzma.compress(json.dumps([BOTH]).encode())[:-9], r"not a whole \.xz file"),
        (b"[]", r"not a whole \.xz file"),
        (lzma.compress(b'[{"query": "Wh'), "not whole JSON"),
        (lzma.compress(b"{}"), "a JSON list is expected"),
    ],
)
def test_a_damaged_file_gets_one_sentence(tmp_path: Path, content: bytes, complaint: str) -> None:
    written(tmp_path)
    for path in (tmp_path / "dev" / "queries.json.xz", tmp_path / "corpus.json.xz"):
        path.write_bytes(content)
    with pytest.raises(EvalError, match=rf"queries\.json\.xz: {complaint}"):
        read(tmp_path, "dev")
    with pytest.raises(EvalError, match=rf"corpus\.json\.xz: {complaint}"):
        read_corpus(tmp_path / "corpus.json.xz")


def test_a_missing_folder_split_or_file_is_told(data: Path) -> None:
    for folder, split, complaint in (
        (data / "gone", "dev", "no such folder of questions"),
        (data, "held", "no split 'held'; there is: dev"),
        (data, "../set/dev", "no split"),
    ):
        with pytest.raises(EvalError, match=complaint):
            read(folder, split)
    packed(data / "dev" / "queries.json.xz", [])
    with pytest.raises(EvalError, match="there is no question in it"):
        read(data, "dev")
    (data / "dev" / "queries.json.xz").unlink()
    with pytest.raises(EvalError, match=r"has no file \*\.json\.xz"):
        read(data, "dev")


# --- scoring


def test_a_fact_is_held_by_a_passage_that_has_it_but_for_spaces_and_line_ends() -> None:
    facts = ["The lake fell.", "So\nit is."]
    assert held(facts, hits("It said: Thelake\nfell. So it is.", "The lake, fell.", "the lake fell.")) == [
        [0, 1],
        [],
        [],
    ]


def test_the_measures_of_a_ranking_are_the_benchmarks_own() -> None:
    # The first fact at rank 2, the second at rank 4 and once more at 5, the third nowhere.
    found = scored(["aa", "bb", "cc"], "x", "a a", "y", "bb", "aa bb")
    assert found == {
        "hits4": 1.0,
        "hits10": 1.0,
        "mrr10": 0.5,
        "map10": pytest.approx((1 / 2 + 1 / 4) / 3),
        "evrecall10": pytest.approx(2 / 3),
        "allev10": 0.0,
    }


def test_two_facts_in_one_passage_count_at_its_rank_both() -> None:
    found = scored(["aa", "bb"], "x", "x", "x", "x", "aa bb")
    assert found == {
        "hits4": 0.0,
        "hits10": 1.0,
        "mrr10": pytest.approx(0.2),
        "map10": pytest.approx((1 / 5 + 1 / 5) / 2),
        "evrecall10": 1.0,
        "allev10": 1.0,
    }


def test_nothing_found_is_nought_throughout() -> None:
    assert set(scored(["aa"], "x", "y").values()) == set(scored(["aa"]).values()) == {0.0}


def test_to_abstain_is_right_where_nothing_answers_and_wrong_elsewhere() -> None:
    null = Sample(id="1", kind="null", question="q", expected=Gold(answer="Insufficient information."))
    assert score(null, refused()) == ({"judged": Score(got=1, positive=True), "abstained": Score(got=1)}, [])
    scores, failures = score(null, said("It was he."))
    assert (scores["judged"], scores["abstained"]) == (Score(got=0, positive=True), Score(got=0))
    assert failures == ["answered, though nothing answers"]
    other = Sample(id="2", kind="comparison", question="q", expected=Gold(answer="Yes", facts=("f",), articles=("t",)))
    assert score(other, said("It was he.")) == (
        {"judged": Score(got=1, positive=False), "abstained_wrongly": Score(got=0), "words": Score(got=3)},
        [],
    )
    scores, failures = score(other, refused())
    assert (scores["judged"], scores["abstained_wrongly"]) == (Score(got=0, positive=False), Score(got=1))
    assert failures == ["abstained, though articles answer"]


def test_the_score_of_the_evidence_is_kept_with_whether_articles_answer() -> None:
    null = Sample(id="1", kind="null", question="q", expected=Gold(answer="Insufficient information."))
    other = Sample(id="2", kind="temporal", question="q", expected=Gold(answer="Yes", facts=("f",), articles=("t",)))
    assert score(null, refused(score=0.2))[0]["weighed"] == Score(got=0.2, positive=False)
    assert score(other, said("So.", score=0.7))[0]["weighed"] == Score(got=0.7, positive=True)


def test_the_gold_answer_is_looked_for_where_it_is_a_name() -> None:
    gold = Gold(answer="Orla Finn", facts=("f",), articles=("t",))
    one = Sample(id="1", kind="inference", question="q", expected=gold)
    assert score(one, said("So said Orla Finn."))[0]["contains"] == Score(got=1)
    scores, failures = score(one, said("So said Finn."))
    assert scores["contains"] == Score(got=0) and failures == ["not stated: Orla Finn"]
    scores, failures = score(one, refused())
    assert scores["contains"] == Score(got=0) and failures == ["abstained, though articles answer"]


# --- asking the product


def test_the_search_is_asked_and_what_each_hit_holds_is_told(data: Path) -> None:
    found = asked(multihop_rag.SUITE, data)
    both = found["7"]
    assert {name: score.got / score.of for name, score in both.scores.items() if name != "latency"} == {
        "hits4": 1.0,
        "hits10": 1.0,
        "mrr10": 1.0,
        "map10": pytest.approx((1 + 1 / 2) / 2),
        "evrecall10": 1.0,
        "allev10": 1.0,
    }
    assert sorted(one["title"] for one in both.response["found"]) == ["Lorn dam holds", "Moss ferry late"]
    assert [len(one["facts"]) for one in both.response["found"]] == [1, 1] and not both.failures
    assert len(both.response["hits"]) == 2 and both.response["missed"] == []
    assert set(found["9"].scores) == {"latency"} and not found["9"].failures


def test_a_missed_fact_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    other = BOTH | {"evidence_list": [evidence(LORN, "The dam fell."), *BOTH["evidence_list"][1:]]}
    outcome = asked(multihop_rag.SUITE, written(tmp_path / "set", [other]))["7"]
    assert outcome.failures == ("missed: The dam fell.",) and outcome.response["missed"] == ["The dam fell."]
    assert outcome.scores["evrecall10"] == Score(got=1, of=2)


def test_answers_are_asked_of_the_same_library_which_is_built_once(data: Path) -> None:
    embedded = []
    for suite in (multihop_rag.SUITE, multihop_rag.ANSWERS):
        samples = suite.read(data, "dev")
        with suite.start(request(data), samples) as session:
            embedded.append(session.details["passages_embedded"])
            outcomes = {sample.id: session.ask(sample) for sample in samples}
    assert embedded == [2, 0]
    assert outcomes["9"].scores.keys() >= {"judged", "abstained", "latency"} and outcomes["9"].unscored is None
    assert outcomes["7"].scores.keys() >= {"judged", "abstained_wrongly", "contains", "latency"}


def test_questions_on_other_articles_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = written(tmp_path / "set", corpus=[LORN])
    with pytest.raises(EvalError, match=r"corpus\.json\.xz has no article 'Moss ferry late', which question '7'"):
        asked(multihop_rag.SUITE, data)
    (data / "corpus.json.xz").unlink()
    with pytest.raises(EvalError, match=r"corpus\.json\.xz: cannot be read"):
        asked(multihop_rag.SUITE, data)
    packed(data / "corpus.json.xz", [LORN, MOSS | {"body": ""}])
    with pytest.raises(EvalError, match=r"corpus\.json\.xz, item 2: 'body' has to be a text"):
        asked(multihop_rag.SUITE, data)


# --- the benchmark itself


@pytest.mark.skipif(not (BENCH / "multihop-rag").exists(), reason="the benchmark is not there")
def test_the_benchmark_is_what_its_readme_says() -> None:
    folder = BENCH / "multihop-rag"
    samples, articles = read(folder, "dev"), read_corpus(folder / "corpus.json.xz")
    assert Counter(one.kind for one in samples) == {"inference": 311, "comparison": 356, "temporal": 222, "null": 122}
    assert len(articles) == 609 and len({one.outlet for one in articles}) == 49
    bodies = {one.id: one.text for one in articles}
    for one in samples:
        for title, fact in zip(one.expected.articles, one.expected.facts, strict=True):
            assert fact in bodies[title]
