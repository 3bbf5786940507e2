"""Copies in answers and views: one voice however many outlets ran it, each still there, and said to be one."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from made_agency import CORRECTED, STORY, library
from made_hits import hits, weigh
from made_views import settings, stands

from rag import answers, compare, evidence, extract, phrases
from rag.articles import Text
from rag.embedding import Embedder
from rag.evidence import Candidate, candidates, rank
from rag.footnotes import footnoted, without_footnotes
from rag.pipeline import Pipeline
from rag.question import understand
from rag.types import Byline, Citation, Copies, Filters, Hit

DEAD = "How many people died when the ferry Maribel sank?"
BOATS = "How many boats sank in Osterby?"
TWELVE = ("The storm sank 12 boats in Osterby on Monday.", "A storm sank 12 boats in Osterby late on Monday.")
TWENTY = ("Divers say that 20 boats sank in Osterby.", "The insurers counted 20 boats that sank in Osterby.")


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with library(tmp_path_factory.mktemp("ferry")) as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with library(tmp_path_factory.mktemp("corrected"), Late=CORRECTED) as pipeline:
        yield pipeline


def as_copies(found: list[Hit], *places: int) -> list[Hit]:
    """The hits, those at these places of articles that are copies of each other."""
    return [
        replace(hit, byline=replace(hit.byline, group="one")) if place in places else hit
        for place, hit in enumerate(found)
    ]


def sides(embedder: Embedder, found: list[Hit]) -> list[compare.Side]:
    query = understand(BOATS)
    ranked = rank(query, candidates(found), embed=embedder.embed, weigh=weigh)
    return compare.sides(compare.values(query, ranked, embed=embedder.embed, weigh=weigh))


# --- votes -----------------------------------------------------------------------------------------------------------


def test_copies_have_one_vote(embedder: Embedder):
    apart, together = hits(*TWELVE, *TWENTY), as_copies(hits(*TWELVE, *TWENTY), 0, 1)
    votes = {side.given[0].claim.words: side.votes for side in sides(embedder, apart)}
    counted = {side.given[0].claim.words: side.votes for side in sides(embedder, together)}
    assert counted["12"] == pytest.approx(
        max(one.vote for side in sides(embedder, apart) for one in side.given if one.claim.words == "12")
    )
    assert counted["12"] < votes["12"] and counted["20"] == pytest.approx(votes["20"])
    assert [len(side.voices) for side in sides(embedder, together) if side.given[0].claim.words == "12"] == [1]


def test_one_origin_does_not_outvote_two_of_their_own(embedder: Embedder):
    texts = (*TWELVE, "In Osterby the storm sank 12 boats on Monday, it says.", *TWENTY)
    first = sides(embedder, as_copies(hits(*texts), 0, 1, 2))[0]
    assert (first.given[0].claim.words, len(first.voices)) == ("20", 2)
    assert sides(embedder, hits(*texts))[0].given[0].claim.words == "12"


def test_what_a_text_says_beside_its_value_is_no_rival_in_a_copy_of_it(embedder: Embedder):
    texts = (f"{TWELVE[0]} {TWENTY[0]}", TWENTY[0].replace("say", "now say"), TWELVE[1])
    apart, together = hits(*texts), as_copies(hits(*texts), 0, 1)
    assert [one.claim.words for one in compare.rivals(sides(embedder, apart))] == ["20"]
    assert compare.rivals(sides(embedder, together)) == []


@pytest.mark.parametrize(
    ("texts", "anew"),
    [
        (("Greta Solberg visited Osterby.", "Greta Solberg never visited Osterby."), True),
        (
            (
                "Greta Solberg visited Osterby.",
                "Greta Solberg did not visit Osterby, as three of her guards told a court on Friday.",
            ),
            False,
        ),
    ],
)
def test_of_copies_only_an_altered_sentence_opposes_another(embedder: Embedder, texts: tuple[str, str], anew: bool):
    query = understand("Did Greta Solberg visit Osterby?")

    def opposed(found: list[Hit]) -> bool:
        ranked = rank(query, candidates(found), embed=embedder.embed, weigh=weigh)
        return compare.opposed(query, ranked, ranked) is not None

    assert opposed(hits(*texts))
    assert opposed(as_copies(hits(*texts), 0, 1)) == anew


def test_a_sentence_that_copies_have_word_for_word_is_read_once_and_others_often():
    said = "The storm sank 12 boats in Osterby."
    found = candidates(as_copies(hits(said, f"“{said}”".strip("“”"), said, TWENTY[0]), 0, 1))
    assert [one.byline.article_id for one in evidence.once(found)] == [
        one.byline.article_id for one in (found[0], *found[2:])
    ]


def test_of_copies_the_nearest_evidence_shows_one(embedder: Embedder):
    query = understand("How many trains were late in Osterby?")
    found = candidates(as_copies(hits(*TWELVE, *TWENTY), 0, 1))
    nearest = extract.select(query, found, embed=embedder.embed, weigh=weigh).nearest
    assert len({one.candidate.byline.voice for one in nearest}) == len(nearest) == 3


# --- answers ---------------------------------------------------------------------------------------------------------


def test_copies_are_found_and_stay_readable(ferry: Pipeline):
    told = {one.article_id: one.group for one in ferry.store.articles()}
    assert told["bay"] == told["coast"] == told["harbour"] is not None
    assert told["island"] is told["bridge"] is None
    assert all(ferry.store.article(name).text for name in told)


def test_an_answer_quotes_one_of_the_copies_and_names_who_ran_it(ferry: Pipeline):
    answer = ferry.answer(DEAD)
    assert stands(ferry, answer.citations)
    (conflict,) = answer.disagreements
    assert [position.claim for position in conflict.positions] == ["At least 17", "21"]
    quoted = [one for one in answer.citations if one.article_id in {"bay", "coast", "harbour"}]
    assert len(quoted) == 1
    (copied,) = answer.copies
    assert copied == Copies(
        origin=None,
        outlets=("Bay Wire", "Coast News", "Harbour Times"),
        article_ids=("bay", "coast", "harbour"),
        citations=(quoted[0].number,),
    )
    assert phrases.copies(copied) == "3 articles, 1 origin: not stated (Bay Wire, Coast News, Harbour Times)"


def test_the_limits_hold_for_who_ran_it(ferry: Pipeline):
    early = ferry.answer(DEAD, filters=Filters(until="2024-12-04"))
    assert [one.outlets for one in early.copies] == [("Bay Wire", "Coast News")]
    asked = ferry.answer(f"{DEAD[:-1]}, as of 4 December 2024?")
    assert [one.outlets for one in asked.copies] == [("Bay Wire", "Coast News")]
    alone = ferry.answer(DEAD, filters=Filters(outlets=("Coast News",)))
    assert alone.citations and alone.copies == ()


def test_what_is_of_one_article_alone_is_no_copy(ferry: Pipeline):
    answer = ferry.answer("What would a bridge to Skarholm cost?")
    assert [one.article_id for one in answer.citations] == ["bridge"] and answer.copies == ()


def test_a_search_gives_what_copies_share_once(ferry: Pipeline):
    found = [hit.byline.article_id for hit in ferry.search("The union complained about old lifeboats of the ferry")]
    assert "bay" in found and "coast" not in found and {"island", "bridge"} <= set(found)
    (first, *_) = ferry.search("Forty others were pulled out", filters=Filters(outlets=("Bay Wire",)))
    assert first.byline.article_id == "bay"


def test_an_outlet_that_is_named_is_heard_itself_though_its_text_is_a_copy(ferry: Pipeline):
    found = ferry.search("What do Bay Wire and Coast News say about the ferry Maribel?")
    assert {"bay", "coast"} <= {hit.byline.article_id for hit in found}


def test_a_copy_with_another_figure_is_shown_against_the_others(corrected: Pipeline):
    answer = corrected.answer(DEAD)
    (conflict,) = answer.disagreements
    assert {position.claim for position in conflict.positions} == {"At least 17", "At least 23"}
    (copied,) = answer.copies
    assert set(copied.article_ids) == {"bay", "coast", "harbour", "Late"}
    assert copied.citations == tuple(position.citation for position in conflict.positions)


@pytest.mark.parametrize("question", [DEAD, "How many people died in Skarholm?"])
def test_a_copy_of_one_passage_that_corrects_one_figure_is_heard(tmp_path: Path, question: str):
    short = "\n\n".join(part.split(". ")[0].removesuffix(".") + "." for part in STORY.split("\n\n")[1:])
    told = "At least {} people died when the ferry Maribel sank off Skarholm, the coast guard said.\n\n" + short
    with Pipeline(settings(tmp_path)) as pipeline:
        texts = [Text(text=told.format(dead), title="Ferry", outlet=outlet) for outlet, dead in (("A", 17), ("B", 23))]
        assert len(pipeline.ingest(texts).added) == 2
        answer = pipeline.answer(question)
    (conflict,) = answer.disagreements
    assert {position.claim for position in conflict.positions} == {"At least 17", "At least 23"}
    assert len(answer.copies) == 1


# --- views -----------------------------------------------------------------------------------------------------------


def test_who_says_what_quotes_a_sentence_of_copies_once_and_calls_no_copy_silent(ferry: Pipeline):
    found = ferry.coverage("the ferry Maribel")
    cited = list(chain.from_iterable(one.citations for one in found.outlets))
    assert stands(ferry, tuple(cited))
    assert len({one.quote for one in cited}) == len(cited)
    assert found.silent == ("Velland Review",)
    (copied,) = found.copies
    assert copied.outlets == ("Bay Wire", "Coast News", "Harbour Times")
    numbers = tuple(one.number for one in cited if one.article_id in copied.article_ids)
    assert copied.citations == numbers != ()


def test_a_timeline_tells_what_copies_share_once(ferry: Pipeline):
    for told in (ferry.timeline("the ferry Maribel"), ferry.timeline()):
        quotes = [one.quote for event in told.events for one in event.citations]
        assert any("sank off the island" in quote for quote in quotes) and len(set(quotes)) == len(quotes)


# --- what is said of them --------------------------------------------------------------------------------------------


def byline(name: str, outlet: str | None, origin: str | None = None) -> Byline:
    return Byline(article_id=name, revision="r", outlet=outlet, origin=origin, group="one")


def citation(number: int, name: str) -> Citation:
    return Citation(number=number, article_id=name, revision="r", start=0, end=1, quote="x")


def test_the_origin_is_the_one_that_is_stated_and_none_where_two_are():
    cited = [citation(1, "z"), citation(2, "b"), citation(3, "a")]
    one = [byline("a", "Bay", "AFP"), byline("b", None), byline("c", "Bay", "AFP")]
    two = [byline("x", "Bay", "AFP"), byline("z", "Quay", "SANA")]
    assert answers.copies(cited, [one, two]) == (
        Copies(origin=None, outlets=("Bay", "Quay"), article_ids=("x", "z"), citations=(1,)),
        Copies(origin="AFP", outlets=("Bay",), article_ids=("a", "b", "c"), citations=(2, 3)),
    )


def test_of_many_outlets_a_few_are_named():
    many = Copies(origin="AFP", outlets=tuple("ABCDEFGHI"), article_ids=tuple("abcdefghijk"), citations=(1,))
    assert phrases.copies(many) == "11 articles, 1 origin: AFP (A, B, C, D, E, F and 3 more)"
    assert phrases.copies(replace(many, outlets=())) == "11 articles, 1 origin: AFP"


def test_the_footnotes_say_it_and_are_taken_off_again(ferry: Pipeline):
    answer = ferry.answer(DEAD)
    sent = footnoted(answer, address=lambda one: one.article_id)
    assert f"{phrases.COPIES}\n- 3 articles, 1 origin: not stated (Bay Wire, Coast News, Harbour Times) [" in sent
    only = footnoted(replace(answer, disagreements=(), as_of=None, citations=()), address=lambda one: one.article_id)
    assert phrases.COPIES in only and phrases.COPIES not in without_footnotes(only)


def test_a_candidate_without_a_group_is_its_own_voice():
    (one,) = candidates(hits(TWELVE[0]))
    assert isinstance(one, Candidate) and one.byline.voice == one.byline.article_id
    assert replace(one.byline, group="g").voice == "g"
