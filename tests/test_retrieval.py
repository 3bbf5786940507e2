"""Search in a real library with the real embedding model: each test at home, with vectors on a server, words too."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from chroma_proxy import Hybrid
from chroma_server import shared_server  # noqa: F401 - a fixture
from made_up import article
from numpy.typing import NDArray

from rag import intake, retrieval
from rag.embedding import Embedder
from rag.question import understand
from rag.rerank import Reranker, Scores
from rag.retrieval import DATED, LEANS, POOL, RERANKED, SENTENCE, search
from rag.store import Store
from rag.types import Article, Filters, Hit, Passage, Turn
from rag.vectors import Server

Stocked: TypeAlias = Callable[[Path, Sequence[Article]], AbstractContextManager[Store]]

ARTICLES = [
    article("A gale sank twelve boats in the harbour of Osterby.", name="gale", outlet="The Harbour Post"),
    article("The tempest destroyed a dozen vessels in port.", name="tempest", outlet="Quay Gazette"),
    article(
        "Bakers in Lindholm raise the price of rye bread.",
        name="bread",
        outlet="Quay Gazette",
        published_at="2021-05-03",
    ),
    article(
        "Registration number QX-7741 was painted over.", name="number", outlet="Meadow Wire", published_at="2021-06-01"
    ),
    article("The orchestra of Lindholm opens its season.", name="music", title="Overture"),
]


FIRE = [
    article(
        "The paper mill at Lindholm burned down on Tuesday. Two workers were hurt, and the roof fell in.",
        name="mill",
        outlet="Meadow Wire",
    ),
    article(
        "Investigators blame a faulty boiler for the blaze that ruined the mill.", name="boiler", outlet="Quay Gazette"
    ),
    article("Rain is expected in the north. Workers will stay at home.", name="rain", outlet="Quay Gazette"),
    article(
        "A paper about mills was read to the society. Lindholm sent a delegate. A candle burned.",
        name="paper",
        outlet="Plain Dealer",
    ),
    article(
        "A new roof was put on the town hall of Lindholm. Workers sang.", name="hall", outlet="The Harbour Post - Home"
    ),
    article(
        "The Lindholm choir sang in the square. Hundreds listened.", name="choir", outlet="The Harbour Post - Arts"
    ),
    article("Fishing quotas fall again. Skippers protest.", name="quotas", outlet="The Harbour Post - Home"),
    article("A bakery raised the price of rye bread.", name="bread", outlet="The Harbour Post - Home"),
]


@pytest.fixture(scope="module", params=["at home", "on a server", "words there too"])
def stocked(request: pytest.FixtureRequest, embedder: Embedder) -> Iterator[Stocked]:
    """Opens a library of these articles: in its folder, or with a collection of its own on a real server.

    That has the vectors, or by `Hybrid` the words too.
    """
    with ExitStack() as stack:
        url = ""
        if request.param != "at home":
            chroma = request.getfixturevalue("shared_server")
            url = chroma.url if request.param == "on a server" else stack.enter_context(Hybrid(chroma.port)).url

        @contextmanager
        def stock(folder: Path, made: Sequence[Article]) -> Iterator[Store]:
            sparse = request.param == "words there too"
            server = Server(url, sparse=sparse, limits=(30.0, 60.0)) if url else None
            fingerprint, dimension = intake.fingerprint(embedder), embedder.dimension
            with Store(folder, fingerprint=fingerprint, dimension=dimension, server=server) as opened:
                with opened.writing() as writer:
                    for each in made:
                        writer.put(each, *embedded(each, embedder))
                yield opened

        yield stock


@cache
def embedded(made: Article, embedder: Embedder) -> tuple[list[Passage], Sequence[NDArray[np.float32]]]:
    """What `put` takes beside an article; it is embedded once for both libraries."""
    passages = intake.passages(made, embedder)
    return passages, intake.embed(passages, embedder)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, stocked: Stocked) -> Iterator[Store]:
    with stocked(tmp_path_factory.mktemp("library"), ARTICLES) as opened:
        yield opened


@pytest.fixture(scope="module")
def fire(tmp_path_factory: pytest.TempPathFactory, stocked: Stocked) -> Iterator[Store]:
    with stocked(tmp_path_factory.mktemp("fire"), FIRE) as opened:
        yield opened


def found(
    store: Store, embedder: Embedder, question: str, *, limit: int = 10, filters: Filters = Filters()
) -> list[Hit]:
    return search(store, embedder, understand(question, filters=filters), limit=limit, tell=pytest.fail)


def ids(hits: list[Hit]) -> list[str]:
    return [hit.byline.article_id for hit in hits]


def test_a_passage_is_found_by_its_meaning_without_a_word_in_common(store: Store, embedder: Embedder):
    hits = found(store, embedder, "Which ships were lost to the weather?")
    assert set(ids(hits)[:2]) == {"gale", "tempest"}
    assert hits[0].lexical is None and hits[0].dense is not None


def test_a_passage_is_found_by_a_word_that_has_no_meaning(store: Store, embedder: Embedder):
    best = found(store, embedder, "QX-7741?")[0]
    assert best.byline.article_id == "number"
    assert best.lexical is not None and best.lexical > 0


def test_what_only_the_words_find_has_its_cosine_too(stocked: Stocked, embedder: Embedder, tmp_path: Path):
    crowd = [article(f"Ships number {number} lost to the weather.", name=f"crowd-{number}") for number in range(60)]
    with stocked(tmp_path, [*crowd, ARTICLES[3]]) as many:
        question = understand("Which ships were lost to the weather: QX?")
        hits = search(many, embedder, question, limit=10)
        nearest = many.nearest(embedder.embed([question.standalone])[0], limit=POOL)
    (only,) = [hit for hit in hits if hit.byline.article_id == "number"]
    assert only.passage.id not in dict(nearest)
    assert only.dense is not None and only.dense <= nearest[-1][1]


def test_a_passage_that_says_it_in_one_sentence_goes_before_one_that_scatters_the_words(
    stocked: Stocked, embedder: Embedder, tmp_path: Path
):
    scattered = "The ferry is white. Its captain waved. A strike was over. Nobody was fined in Osterby all week."
    together = "The captain of the ferry was fined in Osterby for the strike. Nobody waved. All week it was white."
    made = [article(scattered, name="scattered"), article(together, name="together")]
    with stocked(tmp_path, made) as both:
        hits = found(both, embedder, "Was the ferry captain fined for the strike in Osterby?")
    assert ids(hits) == ["together", "scattered"]
    assert hits[0].lexical == pytest.approx(hits[1].lexical, rel=0.1)  # to BM25 they are alike
    assert hits[0].score - hits[1].score > SENTENCE + 0.05  # more than its nearest sentence gives it


def test_ranks_start_at_one_and_scores_fall(store: Store, embedder: Embedder):
    hits = found(store, embedder, "How many boats sank in the harbour?")
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)
    assert len({hit.passage.id for hit in hits}) == len(hits) == len(ARTICLES)


@pytest.mark.parametrize("limit", [-1, 0, 1, 3])
def test_no_more_than_the_limit_are_found(store: Store, embedder: Embedder, limit: int):
    assert len(found(store, embedder, "boats", limit=limit)) == max(limit, 0)


def test_a_limit_beyond_the_pool_finds_as_many(stocked: Stocked, embedder: Embedder, tmp_path: Path):
    crowd = [article(f"Ship number {number} was lost.", name=f"crowd-{number}") for number in range(POOL + 20)]
    with stocked(tmp_path, crowd) as many:
        assert len(found(many, embedder, "Which ships were lost?", limit=POOL + 10)) == POOL + 10
        assert len(set(ids(found(many, embedder, "Which ships were lost?", limit=10 * POOL)))) == POOL + 20


def test_the_same_question_finds_the_same(fire: Store, embedder: Embedder):
    question = "Did the Meadow Wire report a fire at Lindholm, while the Quay Gazette wrote of rain?"
    assert found(fire, embedder, question) == found(fire, embedder, question)


@pytest.mark.parametrize("question", ["Is it?", "the of and", "Was sagt das Wetter?", "12", "…a…"])
def test_a_question_without_a_word_that_is_there_finds_what_is_nearest(fire: Store, embedder: Embedder, question: str):
    hits = found(fire, embedder, question, limit=3)
    assert len(hits) == 3
    assert all(0.0 <= hit.score <= 1.0 and hit.lexical is None for hit in hits)


@pytest.mark.parametrize("name", ["the Harbour Post", "The Harbour Post - Home", "Harbour Post’s"])
def test_an_outlet_that_the_question_names_is_searched_and_what_others_say_comes_in(
    fire: Store, embedder: Embedder, name: str
):
    hits = found(fire, embedder, f"What in {name} is told of the fire in the paper mill at Lindholm?")
    assert ids(hits)[0] == "hall"  # of that outlet, though it has little
    assert "mill" in ids(hits)[1:3]  # the best there is
    assert len(set(ids(hits))) == len(hits) == len(FIRE)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)


@pytest.mark.parametrize(
    ("question", "best"),
    [
        (
            "Did the Meadow Wire report that workers were hurt, while the Quay Gazette blamed a boiler?",
            ["mill", "boiler"],
        ),
        ("Do the Quay Gazette and the Meadow Wire agree on the fire in the mill?", ["boiler", "mill"]),
        ("What do the Harbour Post and the Plain Dealer say of Lindholm's choir?", ["choir", "paper"]),
        ("Did the Harbour Post tell of fishing, the Quay Gazette of rain?", ["quotas", "rain"]),
    ],
)
def test_of_two_outlets_named_the_best_of_both_are_among_the_first(
    fire: Store, embedder: Embedder, question: str, best: list[str]
):
    assert set(best) <= set(ids(found(fire, embedder, question))[:4])


def test_a_far_better_passage_of_another_outlet_need_not_wait_for_all_of_those_named(
    stocked: Stocked, embedder: Embedder, tmp_path: Path
):
    weak = """The council of Osterby met on Monday.|A council of elders was held in the hills.|Voted best in show was a
        hen of Osterby.|Swimming is healthy, doctors say.|They close early in winter.|Osterby won the cup.|Baths and
        basins are sold here.|The council has a new clerk.|Why do hens sing?|Votes were counted twice.|Roads to Osterby
        close in snow.|A swimmer crossed the bay.""".split("|")
    made = [article(text, name=f"weak-{number}", outlet="The Post") for number, text in enumerate(weak)]
    best = "The council of Osterby voted to close the swimming baths for want of coal."
    question = "Did the Post say why the council of Osterby voted to close the swimming baths?"
    with stocked(tmp_path, [*made, article(best, name="best", outlet="The Mail")]) as many:
        names = ids(found(many, embedder, question, limit=20))
    assert len(names) == len(made) + 1 and names[0].startswith("weak")
    assert names.index("best") < 6


def test_what_is_asked_of_one_outlet_is_read_with_the_words_of_the_whole_question(
    stocked: Stocked, embedder: Embedder, tmp_path: Path
):
    made = [
        article("A boiler was to blame.", name="boiler", outlet="The Mail"),
        article("A boiler was to blame, in a mill of Lindholm.", name="mill", outlet="The Mail"),
        *(article(f"Hens of farm {name} laid eggs.", name=f"hens-{name}", outlet="The Post") for name in "abcdef"),
    ]
    with stocked(tmp_path, made) as eight:
        hits = found(eight, embedder, "Did the Post report on the mill of Lindholm, while the Mail blamed a boiler?")
    words = {hit.byline.article_id: hit.lexical or 0.0 for hit in hits}
    assert ids(hits).index("mill") < ids(hits).index("boiler")
    assert words["mill"] > words["boiler"] > 0.0


def test_outlets_of_one_short_name_are_searched_together(fire: Store, embedder: Embedder):
    hits = found(fire, embedder, "What does the Harbour Post say of the town hall and of the choir?")
    assert set(ids(hits)[:2]) == {"hall", "choir"}


@pytest.mark.parametrize("outlet", ["[A-Z].*", "(Wire", "A++ Wire", "Wire\\", "Wire?", "The"])
def test_an_outlet_of_any_name_can_be_asked(stocked: Stocked, embedder: Embedder, tmp_path: Path, outlet: str):
    made = [article(f"The dam held at mile {number}.", name=f"dam-{number}") for number in range(5)]
    with stocked(tmp_path, [*made, article("Nothing held.", name="own", outlet=outlet)]) as six:
        hits = found(six, embedder, f"What does {outlet} say of the dam?")
    assert len(hits) == 6
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)


def test_the_article_of_a_day_named_is_preferred(
    stocked: Stocked, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    days = [f"2021-05-{day:02}" for day in range(1, 6)]
    made = [article("The council spoke of the tram.", name=day, published_at=f"{day}T09:00:00+00:00") for day in days]
    later = article("On 3 May 2021 the council spoke of hens and the tram.", name="later", published_at="2021-06-09")
    question = "What did the council say of the tram in the article of 3 May 2021?"
    with stocked(tmp_path, [*made, later]) as six:
        dated = {hit.byline.article_id: hit.score for hit in found(six, embedder, question)}
        monkeypatch.setattr(retrieval, "DATED", 0.0)
        plain = {hit.byline.article_id: hit.score for hit in found(six, embedder, question)}
    assert next(iter(dated)) == "2021-05-03"
    assert dated == pytest.approx({**plain, "2021-05-03": plain["2021-05-03"] + DATED})
    assert max(dated.values()) < 1.0


def test_of_two_articles_of_the_day_named_the_better_goes_first(stocked: Stocked, embedder: Embedder, tmp_path: Path):
    made = [
        article(f"The council spoke of the tram to {place}.", name=place, published_at="2021-05-03")
        for place in ("Arlund", "Bexby", "Corne", "Dalvik", "Elmar")
    ]
    with stocked(tmp_path, made) as five:
        for place in ("Arlund", "Dalvik"):
            hits = found(five, embedder, f"What did the council say of the tram to {place} on 3 May 2021?")
            assert ids(hits)[0] == place
            assert hits[0].score == 1.0  # a score ends there


def test_words_of_the_conversation_find_the_topic(fire: Store, embedder: Embedder):
    question = understand("How many people?")
    said = (("Did anyone in Osterby complain?", 0.1), ("Was there a choir in the square?", 0.3))
    before, after = search(fire, embedder, question), search(fire, embedder, replace(question, background=said))
    assert ids(after)[0] == "choir"
    assert before[0].lexical is None and after[0].lexical is not None
    asked = Turn(role="user", content="What happened to the paper mill at Lindholm?")
    assert ids(search(fire, embedder, understand("And how many were hurt?", history=[asked])))[0] == "mill"


def test_a_question_that_leans_on_the_one_before_is_read_together_with_it(fire: Store, embedder: Embedder):
    def nearest(weight: float) -> str:
        asked = replace(understand("How so?"), background=(("What do anglers complain about?", weight),))
        return max(search(fire, embedder, asked), key=lambda hit: hit.dense or 0.0).byline.article_id

    assert (nearest(LEANS), nearest(LEANS / 2)) == ("quotas", nearest(0.0))
    assert nearest(0.0) != "quotas"


def test_filters_hold_and_what_is_unknown_is_outside(store: Store, embedder: Embedder):
    def filtered(**limits: object) -> set[str]:
        return set(ids(found(store, embedder, "Lindholm", filters=Filters(**limits))))

    assert filtered(outlets=("Quay Gazette",)) == {"tempest", "bread"}
    assert filtered(since="2021-05-03") == {"bread", "number"}
    assert filtered(until="2021-05-31") == {"bread"}
    assert filtered(outlets=("Nobody",)) == set()
    assert filtered(articles=("music", "bread")) == {"music", "bread"}
    assert filtered(articles=("music", "bread"), since="2021-05-03") == {"bread"}
    assert filtered(articles=("no such id",)) == set()


def test_an_outlet_in_the_filters_wins_over_one_in_the_question(store: Store, embedder: Embedder):
    hits = found(store, embedder, "What does the Quay Gazette say?", filters=Filters(outlets=("Meadow Wire",)))
    assert ids(hits) == ["number"]


def test_a_date_in_the_question_limits_what_is_found(store: Store, embedder: Embedder):
    assert ids(found(store, embedder, "What was reported about boats after 20 May 2021?")) == ["number"]


def test_filters_hold_whatever_outlets_and_days_are_named(fire: Store, store: Store, embedder: Embedder):
    hits = found(
        fire, embedder, "Do the Meadow Wire and the Quay Gazette agree?", filters=Filters(outlets=("Plain dealer",))
    )
    assert ids(hits) == ["paper"]
    question = "Did the Quay Gazette of 3 May 2021 raise the price, while the Meadow Wire painted over a number?"
    assert set(ids(found(store, embedder, question, filters=Filters(since="2021-06-01")))) == {"number"}
    assert set(ids(found(store, embedder, question, filters=Filters(articles=("tempest", "gale"))))) == {
        "tempest",
        "gale",
    }


def test_of_two_outlets_each_has_its_own_dates_but_what_stands_before_the_question_holds_for_both(
    store: Store, embedder: Embedder
):
    both = "what did the Quay Gazette raise, and what did the Meadow Wire paint over?"
    assert set(ids(found(store, embedder, f"As of 10 May 2021, {both}"))) == {"bread"}
    own = "What did the Quay Gazette report before 10 May 2021, while the Meadow Wire painted over a number?"
    assert {"bread", "number"} <= set(ids(found(store, embedder, own)))


def test_an_empty_library_finds_nothing(stocked: Stocked, embedder: Embedder, tmp_path: Path):
    with stocked(tmp_path, []) as empty:
        assert found(empty, embedder, "How many boats sank?") == []
        assert search(empty, embedder, understand("Boats?"), reranker=Preferring("boats")) == []


@pytest.mark.parametrize("question", ["Boats?", "What did the Harbour Post say of rye bread?"])
def test_a_library_of_one_passage_finds_it(stocked: Stocked, embedder: Embedder, tmp_path: Path, question: str):
    with stocked(tmp_path, ARTICLES[:1]) as one:
        (hit,) = found(one, embedder, question)
    assert (hit.byline.article_id, hit.rank) == ("gale", 1) and 0.0 < hit.score <= 1.0


def test_an_article_removed_during_a_search_is_left_out(
    stocked: Stocked, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with stocked(tmp_path, ARTICLES) as opened:
        for step, gone in (("sentence_vectors", "gale"), ("articles_of", "bread"), ("passages", "tempest")):
            as_ever = getattr(opened, step)

            def removing(names: Sequence[str], gone: str = gone, as_ever: Callable[..., object] = as_ever) -> object:
                if opened.known(f"/articles/{gone}.txt"):
                    with opened.writing() as writer:
                        writer.remove(gone)
                return as_ever(names)

            monkeypatch.setattr(opened, step, removing)
        hits = found(opened, embedder, "How many boats sank in the harbour of Osterby, says the Quay Gazette?")
    assert set(ids(hits)) == {"number", "music"}
    assert [hit.rank for hit in hits] == [1, 2]


# --- a reranker ------------------------------------------------------------------------------------------------------


class Preferring(Reranker):
    """A reranker for tests: certain of passages with a word, indifferent to the others; keeps what it was given."""

    def __init__(self, word: str) -> None:
        super().__init__("none", Path("none"))
        self.word, self.read = word, list[str]()

    def scores(self, question: str, passages: Sequence[str]) -> Scores:
        self.read += passages
        return np.array([0.9 if self.word in passage else 0.2 for passage in passages], dtype=np.float32)


def test_a_reranker_orders_the_hits_and_its_score_is_theirs(store: Store, embedder: Embedder):
    question = understand("How many boats sank in the harbour?")
    plain = search(store, embedder, question)
    reranked = search(store, embedder, question, reranker=Preferring("orchestra"))
    assert ids(plain)[0] == "gale" and ids(reranked)[0] == "music"
    assert ids(reranked)[1:] == [name for name in ids(plain) if name != "music"]  # of equals the fused order stays
    assert [hit.score for hit in reranked] == pytest.approx([0.9] + [0.2] * (len(plain) - 1))
    assert [hit.rank for hit in reranked] == list(range(1, len(plain) + 1))
    by_id = {hit.passage.id: hit for hit in plain}
    assert all(
        (hit.dense, hit.lexical) == (by_id[hit.passage.id].dense, by_id[hit.passage.id].lexical) for hit in reranked
    )


def test_reranked_lists_are_dealt_out_by_score(fire: Store, embedder: Embedder):
    question = understand("Did the Meadow Wire report that workers were hurt, while the Quay Gazette blamed a boiler?")
    assert ids(search(fire, embedder, question, reranker=Preferring("choir")))[0] == "choir"
    assert ids(search(fire, embedder, question, reranker=Preferring("Rain")))[:2] == ["rain", "mill"]


def test_a_reranker_reads_each_passage_once_and_below_the_limit(store: Store, embedder: Embedder):
    reranker = Preferring("vessels")
    hits = search(store, embedder, understand("Boats, says the Quay Gazette?"), limit=1, reranker=reranker)
    assert ids(hits) == ["tempest"]
    assert sorted(reranker.read) == sorted(
        f"{each.title}. {each.text}" if each.title else each.text for each in ARTICLES
    )


def test_a_reranker_reads_no_more_than_may_be_shown(stocked: Stocked, embedder: Embedder, tmp_path: Path):
    crowd = [article(f"Ship number {number} was lost to the weather.", name=f"crowd-{number}") for number in range(60)]
    with stocked(tmp_path, crowd) as many:
        for limit, read in ((5, RERANKED), (RERANKED + 10, RERANKED + 10)):
            reranker = Preferring("number 7 ")
            assert len(search(many, embedder, understand("Which ships?"), limit=limit, reranker=reranker)) == limit
            assert len(reranker.read) == read
