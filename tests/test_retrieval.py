"""Search in a real library with the real embedding model."""

from collections.abc import Iterator, Sequence

import pytest
from made_up import article

from rag.chunking import passages
from rag.embedding import Embedder
from rag.library import Library
from rag.question import understand
from rag.retrieval import POOL, named_outlets, search
from rag.types import Article, Filters, Hit

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
    article("The orchestra of Lindholm opens its season.", name="music"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library")
    with Library(folder, fingerprint=embedder.fingerprint, dimension=embedder.dimension) as opened:
        put(opened, embedder, ARTICLES)
        yield opened


def put(library: Library, embedder: Embedder, made: Sequence[Article]) -> None:
    with library.writing() as writer:
        for each in made:
            found = passages(each, count_tokens=embedder.count_tokens)
            writer.put(each, found, embedder.embed([passage.text for passage in found]))


def found(
    library: Library, embedder: Embedder, question: str, *, limit: int = 10, filters: Filters = Filters()
) -> list[Hit]:
    return search(library, embedder, understand(question, filters=filters), limit=limit)


def ids(hits: list[Hit]) -> list[str]:
    return [hit.byline.article_id for hit in hits]


def test_a_passage_is_found_by_its_meaning_without_a_word_in_common(library: Library, embedder: Embedder):
    hits = found(library, embedder, "Which ships were lost to the weather?")
    assert set(ids(hits)[:2]) == {"gale", "tempest"}
    assert hits[0].lexical is None and hits[0].dense is not None


def test_a_passage_is_found_by_a_word_that_has_no_meaning(library: Library, embedder: Embedder):
    best = found(library, embedder, "QX-7741?")[0]
    assert best.byline.article_id == "number"
    assert best.lexical is not None and best.lexical > 0


def test_what_only_the_words_find_has_its_cosine_too(
    embedder: Embedder, library: Library, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("many")
    crowd = [article(f"Ships number {number} lost to the weather.", name=f"crowd-{number}") for number in range(60)]
    with Library(folder, fingerprint=embedder.fingerprint, dimension=embedder.dimension) as many:
        put(many, embedder, [*crowd, ARTICLES[3]])
        question = understand("Which ships were lost to the weather: QX?")
        hits = search(many, embedder, question, limit=10)
        nearest = many.nearest(embedder.embed([question.standalone])[0], limit=POOL)
    (only,) = [hit for hit in hits if hit.byline.article_id == "number"]
    assert only.passage.id not in dict(nearest)
    assert only.dense is not None and only.dense <= nearest[-1][1]


def test_ranks_start_at_one_and_scores_fall(library: Library, embedder: Embedder):
    hits = found(library, embedder, "How many boats sank in the harbour?")
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)
    assert len({hit.passage.id for hit in hits}) == len(hits) == len(ARTICLES)


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_no_more_than_the_limit_are_found(library: Library, embedder: Embedder, limit: int):
    assert len(found(library, embedder, "boats", limit=limit)) == limit


def test_an_outlet_that_the_question_names_is_dealt_in_first(library: Library, embedder: Embedder):
    question = "How many boats sank in the harbour of Osterby, says the Quay Gazette?"
    hits = found(library, embedder, question)
    assert hits[0].byline.outlet == "Quay Gazette"
    assert "gale" in ids(hits)[:2]
    assert len({hit.passage.id for hit in hits}) == len(hits)


def test_filters_hold_and_what_is_unknown_is_outside(library: Library, embedder: Embedder):
    def filtered(**limits: object) -> set[str]:
        return set(ids(found(library, embedder, "Lindholm", filters=Filters(**limits))))

    assert filtered(outlets=("Quay Gazette",)) == {"tempest", "bread"}
    assert filtered(since="2021-05-03") == {"bread", "number"}
    assert filtered(until="2021-05-31") == {"bread"}
    assert filtered(outlets=("Nobody",)) == set()


def test_an_outlet_in_the_filters_wins_over_one_in_the_question(library: Library, embedder: Embedder):
    hits = found(library, embedder, "What does the Quay Gazette say?", filters=Filters(outlets=("Meadow Wire",)))
    assert ids(hits) == ["number"]


def test_a_date_in_the_question_limits_what_is_found(library: Library, embedder: Embedder):
    assert ids(found(library, embedder, "What was reported about boats after 20 May 2021?")) == ["number"]


def test_an_empty_library_finds_nothing(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("empty")
    with Library(folder, fingerprint=embedder.fingerprint, dimension=embedder.dimension) as empty:
        assert found(empty, embedder, "How many boats sank?") == []


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What does the Harbour Post say?", ("The Harbour Post",)),
        ("what do HARBOUR POST and quay gazette say?", ("The Harbour Post", "Quay Gazette")),
        ("What do the harbour posts cost?", ()),
        ("What does Café Noir say?", ("Cafe Noir",)),
        ("On what grounds?", ()),
    ],
)
def test_outlets_are_named_as_whole_words_whatever_their_case(question: str, named: tuple[str, ...]):
    assert named_outlets(question, ["The Harbour Post", "Quay Gazette", "Cafe Noir", "On"]) == named
