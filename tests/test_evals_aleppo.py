"""Claims about the aleppo suite: how an answer is scored, and the questions that are shipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from eval_bench import (
    ANSWERS,
    COUNTED,
    DROWNED,
    NORTH,
    SOUTH,
    FakePipeline,
    FakeStore,
    answer_of,
    cite,
    refusal_of,
)

from evals.provenance import REPOSITORY
from evals.suites import aleppo
from evals.types import Sample, Score
from rag.config import Settings
from rag.types import (
    Answer,
    Article,
    Citation,
    Statement,
)


def sample(kind: str = "fact", **gold: object) -> Sample[aleppo.Gold]:
    return Sample(id="a", kind=kind, question="How many drowned?", expected=aleppo.Gold(**gold))


def article_of(article_id: str) -> Article:
    return FakeStore([NORTH, SOUTH]).article(article_id)


def scored(one: Sample[aleppo.Gold], answer: Answer) -> tuple[dict[str, Score], list[str]]:
    return aleppo.score(one, answer, article=article_of)


def test_a_citation_mark_states_no_fact() -> None:
    statement = Statement(text="The river rose.", citations=(12,), support="supported")
    marked = Answer(question="q", standalone_question="q", text="The river rose. [12]", statements=(statement,))
    scores, failures = scored(sample(facts=(("12", "twelve"),)), marked)
    assert scores["facts"] == Score(got=0)
    assert "not stated: 12 / twelve" in failures


def test_a_refusal_states_no_fact_and_counts_no_words() -> None:
    scores, failures = scored(sample(facts=(("12",),)), refusal_of("q"))
    assert scores == {"refused_wrongly": Score(got=1), "facts": Score(got=0)}
    assert failures == ["refused, though the articles say it", "not stated: 12"]


@pytest.mark.parametrize("kind", ["unanswerable", "false_premise"])
def test_to_refuse_what_is_not_said_is_right(kind: str) -> None:
    assert scored(sample(kind), refusal_of("q")) == ({"refused": Score(got=1)}, [])
    scores, failures = scored(sample(kind), ANSWERS["How many drowned?"])
    assert scores["refused"] == Score(got=0)
    assert "facts" not in scores and "citations" not in scores
    assert failures == ["answered, though the articles do not say it"]


def test_citations_are_right_when_their_article_is_expected() -> None:
    given = answer_of("q", cite(NORTH, DROWNED), cite(SOUTH, COUNTED, number=2))
    scores, failures = scored(sample(facts=(("12",),), articles=("north",)), given)
    assert scores["citations"] == Score(got=1, of=2)
    assert failures == ["cites south"]


def test_an_answer_without_citations_has_no_share_of_right_ones_but_is_a_failure() -> None:
    statement = Statement(text="It was 12.", citations=(), support="unsupported")
    given = Answer(question="q", standalone_question="q", text="It was 12.", statements=(statement,))
    scores, failures = scored(sample(facts=(("12",),), articles=("north",)), given)
    assert "citations" not in scores and scores["statements_cited"] == Score(got=0)
    assert failures == ["not stated: 12", "nothing cited"]  # what the answer itself marks it does not state


def test_a_quote_is_verbatim_only_at_its_place_in_the_stored_revision() -> None:
    good = cite(NORTH, DROWNED)
    for changed in ({"start": good.start + 1}, {"revision": "older"}, {"article_id": "gone"}, {"quote": "12 drowned"}):
        fields = {name: getattr(good, name) for name in good.__slots__} | changed
        given = answer_of("q", Citation(**fields))
        scores, failures = scored(sample(facts=(("12",),)), given)
        assert scores["verbatim"] == Score(got=0)
        assert "citation 1 is not the article's words" in failures


def test_words_between_quotation_marks_have_to_stand_in_the_articles_cited_for_them() -> None:
    text = "Kern said “we were warned” and “we were lost”."
    given = Answer(
        question="q",
        standalone_question="q",
        text=text,
        statements=(
            Statement(text=text.replace("we were w", "We were w"), citations=(1,), support="supported"),
            Statement(text="“At least 12 people drowned”", citations=(2,), support="supported"),
        ),
        citations=(cite(NORTH, DROWNED), cite(SOUTH, COUNTED, number=2)),
    )
    scores, failures = scored(sample(facts=(("12",),)), given)
    assert scores["quotations"] == Score(got=1, of=3)
    assert [failure for failure in failures if failure.startswith("not in")] == [
        "not in the cited articles: “we were lost”",
        "not in the cited articles: “At least 12 people drowned”",
    ]


def test_a_conflict_has_to_be_flagged_with_both_sides_cited() -> None:
    gold = {"facts": (("12",),), "articles": ("north", "south"), "conflict": True}
    both = answer_of("q", cite(NORTH, DROWNED), cite(SOUTH, COUNTED, number=2), disagree=True)
    scores, _ = scored(sample("conflict", **gold), both)
    assert (scores["flagged"], scores["both_sides"], scores["both_flagged"]) == (Score(got=1),) * 3
    scores, failures = scored(sample("conflict", **gold), answer_of("q", cite(NORTH, DROWNED)))
    assert (scores["flagged"], scores["both_sides"], scores["both_flagged"]) == (Score(got=0),) * 3
    assert failures == ["conflict not flagged", "only one side cited"]
    scores, _ = scored(sample(facts=(("12",),)), both)
    assert scores["flagged_elsewhere"] == Score(got=1) and not scores.keys() & {"flagged", "both_flagged"}


def test_a_conflict_that_is_refused_shows_no_side() -> None:
    gold = {"facts": (("12",),), "articles": ("north", "south"), "conflict": True}
    scores, failures = scored(sample("conflict", **gold), refusal_of("q"))
    assert scores["both_flagged"] == Score(got=0) and not scores.keys() & {"flagged", "both_sides"}
    assert failures == ["refused, though the articles say it", "not stated: 12"]


@pytest.mark.parametrize(("kind", "answerable"), [("fact", True), ("unanswerable", False), ("false_premise", False)])
def test_the_score_of_the_evidence_is_kept_with_whether_the_articles_say_it(kind: str, answerable: bool) -> None:
    for given in (refusal_of("q"), ANSWERS["How many drowned?"]):
        scores, _ = scored(sample(kind, facts=(("12",),)), replace(given, score=0.5))
        assert scores["weighed"] == Score(got=0.5, positive=answerable)


def test_a_sample_on_which_the_model_failed_is_unscored_but_not_one_it_answered_badly(tmp_path: Path) -> None:
    fields = {name: getattr(ANSWERS["How many drowned?"], name) for name in Answer.__slots__}
    given = Answer(**(fields | {"notice": "The model did not answer."}))
    settings = Settings(_env_file=None, data_dir=tmp_path)
    failing = FakePipeline(settings, {"How many drowned?": given}, model=object())
    outcome = aleppo.ask(failing, sample(facts=(("12",),)))
    assert outcome.unscored == "The model failed: The model did not answer."
    assert not outcome.scores and outcome.response["answer"] == given.text
    heard = FakePipeline(
        settings,
        {"How many drowned?": Answer(**(fields | {"notice": "Of no use.", "timings": {"model": 9.0}}))},
        model=object(),
    )
    assert aleppo.ask(heard, sample(facts=(("12",),))).unscored is None
    offline = FakePipeline(settings, {"How many drowned?": given})
    assert aleppo.ask(offline, sample(facts=(("12",),))).unscored is None


# --- the shipped questions


SHIPPED = REPOSITORY / "evals" / "data" / "aleppo.jsonl"


@pytest.mark.skipif(not SHIPPED.exists(), reason="the shipped questions are not there")
def test_the_shipped_plain_questions_are_on_shipped_articles_and_a_third_have_no_answer() -> None:
    samples = aleppo.read(aleppo.SUITE.data, "plain")
    assert 40 <= len(samples) <= 60
    assert sum(one.kind in aleppo.NOT_SAID for one in samples) >= len(samples) / 4
    shipped = {path.stem for path in aleppo.SUITE.corpus.iterdir()}
    assert {article for one in samples for article in one.expected.articles} <= shipped


def test_the_shipped_questions_are_thirty_or_more_of_every_kind_on_shipped_articles() -> None:
    samples = aleppo.read(aleppo.SUITE.data, aleppo.SUITE.split)
    kinds = {"fact", "multi", "conflict", "unanswerable", "false_premise", "followup", "attribution"}
    assert len(samples) >= 30 and {one.kind for one in samples} >= kinds
    shipped = {path.stem for path in aleppo.SUITE.corpus.iterdir()}
    assert {article for one in samples for article in one.expected.articles} <= shipped
