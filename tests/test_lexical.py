from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import LibraryError
from rag.lexical import USUAL_WORDS, Lexical, date_words, impacts, marks
from rag.types import Byline, Filters


def byline(name: str, **known: str) -> Byline:
    return Byline(article_id=name, revision="r", **known)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tantivy"


@pytest.fixture
def lexical(folder: Path) -> Iterator[Lexical]:
    opened = Lexical(folder)
    yield opened
    opened.close()


def filled(lexical: Lexical, *texts: str) -> Lexical:
    """The texts as passages `0`, `1`, ... of articles of the same names."""
    for number, text in enumerate(texts):
        lexical.add(str(number), byline(str(number)), text)
    lexical.commit()
    return lexical


def names(lexical: Lexical, query: str, **options) -> list[str]:
    return [match.passage_id for match in lexical.matching(query, limit=10, **options)]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The fighters were withdrawing.", "withdrawal of fighter"),
        ("ALEPPO FELL", "aleppo"),
        ("Erdoğan spoke in Ankara", "erdogan"),
        ("Erdogan spoke in Ankara", "ERDOĞAN"),
        ("a cafe\u0301 burned", "café"),
        ("It cost １２００ lira", "1200"),
        ("Επίθεση στην Αθήνα", "αθήνα"),
        ("الجيش يدخل حلب", "حلب"),
        ("हिन्दी समाचार", "समाचार"),
        ("軍隊は北京市に入った", "北京"),
        ("Assad's army", "assad"),
        ("the 27-year-old driver", "27 year old"),
        ("Straße", "strasse"),
    ],
)
def test_a_word_is_found_however_it_is_written(lexical: Lexical, text: str, query: str):
    assert names(filled(lexical, "Nothing of the kind at any place", text), query) == ["1"]


def test_title_outlet_and_date_are_searched_as_the_text_is(lexical: Lexical):
    told = byline("a", title="Airport seized", outlet="The Morning Post", published_at="2024-12-01T14:00:00+00:00")
    lexical.add("a:0", told, "Nothing else.")
    lexical.add("b:0", byline("b"), "Nothing else.")
    lexical.commit()
    for query in ("airport", "what does the Morning Post say", "December", "1 December 2024", "2024-12-01"):
        assert names(lexical, query) == ["a:0"]


@pytest.mark.parametrize(
    ("published_at", "words"),
    [
        ("2024-12-01", "1 December 2024 2024-12-01"),
        ("2024-02-29T23:59:59+02:00", "29 February 2024 2024-02-29"),
        (None, ""),
        ("", ""),
        ("last week", ""),
        ("2024-13-45", ""),
    ],
)
def test_a_date_is_written_as_people_and_computers_do(published_at: str | None, words: str):
    assert date_words(published_at) == words


def test_a_rare_word_weighs_more_than_a_common_one(lexical: Lexical):
    filled(lexical, "army army", "army city", "army river", "army bridge", "city")
    found = lexical.matching("army city", limit=10)
    assert [match.passage_id for match in found[:2]] == ["1", "4"]
    assert all(match.score > 0 for match in found)
    assert lexical.rarity("bridge") > lexical.rarity("city") > lexical.rarity("armies") > 0
    assert lexical.rarity("unheard-of") > lexical.rarity("bridge")


def test_stop_words_match_nothing(lexical: Lexical):
    filled(lexical, "What was it that they said about the weather", "the bridge", "To be, or not to be")
    assert names(lexical, "What did they say about the bridge?") == ["1"]
    assert names(lexical, "to be or not to be") == []


def scores(lexical: Lexical, query: str | dict[str, float], **options) -> dict[str, float]:
    return {match.passage_id: match.score for match in lexical.matching(query, limit=10, **options)}


def test_a_word_counts_as_its_weight_says(lexical: Lexical):
    filled(lexical, "bridge", "harbour")
    assert list(scores(lexical, {"bridg": 1.0, "harbor": 3.0})) == ["1", "0"]
    assert list(scores(lexical, {"bridg": 3.0, "harbor": 1.0})) == ["0", "1"]
    assert scores(lexical, {"bridg": 3.0})["0"] == pytest.approx(3 * scores(lexical, "bridge")["0"])


def coverage(lexical: Lexical, query: str | dict[str, float]) -> dict[str, float]:
    return {match.passage_id: match.coverage for match in lexical.matching(query, limit=10)}


def test_coverage_is_the_share_of_the_query_that_one_sentence_holds(lexical: Lexical):
    together = "The bridge and the harbour burned. Nobody came."
    filled(lexical, together, "The bridge burned. The harbour burned.", "The harbour. The harbour. A harbour.", "Rain.")
    assert coverage(lexical, {"bridg": 1.0, "harbor": 0.0}) == {"0": 1.0, "1": 1.0, "2": 0.0}
    both = coverage(lexical, "bridge, harbour")
    bridge, harbour = lexical.rarity("bridge"), lexical.rarity("harbour")
    assert both["0"] == 1.0
    assert both["1"] == pytest.approx(bridge / (bridge + harbour))  # the rarer of the two
    assert both["2"] == pytest.approx(harbour / (bridge + harbour))
    unheard = coverage(lexical, "harbour of Osterby")["0"]
    assert unheard == pytest.approx(harbour / (harbour + lexical.rarity("Osterby")))


def test_the_coverage_of_passages_named_is_that_of_their_matches(lexical: Lexical):
    filled(lexical, "The bridge and the harbour burned.", "The bridge burned. The harbour burned.", "Rain.")
    asked = {"bridg": 1.0, "harbor": 0.3}
    assert lexical.coverage(asked, ["1", "0", "2", "no such id"]) == {**coverage(lexical, asked), "2": 0.0}
    assert lexical.coverage(asked, []) == {} and lexical.coverage("", ["1"]) == {"1": 0.0}


def test_as_numbers_the_words_give_the_same_scores(lexical: Lexical):
    """But for the length of a passage, which tantivy keeps in steps."""
    filler = [" ".join(f"w{number}x{place}" for place in range(USUAL_WORDS)) for number in range(9)]
    short = " ".join(filler[0].split()[: USUAL_WORDS // 4])
    texts = [f"Bridge, bridge, harbour {filler[1]}", f"A bridge {filler[2]}", short + " harbour", *filler]
    filled(lexical, *texts)
    asked = {"bridg": 1.0, "harbor": 0.3}
    rarities = {number: lexical.rarity(word) for word in asked for number in marks({word: 1.0})}
    for name, score in scores(lexical, asked).items():
        passage = impacts(byline(name), texts[int(name)])
        summed = sum(passage.get(number, 0.0) * weight * rarities[number] for number, weight in marks(asked).items())
        assert summed == pytest.approx(score, rel=0.1)


def test_title_outlet_and_date_are_among_the_words_as_numbers():
    known = byline("a", title="Airport seized", outlet="The Morning Post", published_at="2024-12-01")
    assert marks("airport morning December").keys() < impacts(known, "The bridge fell.").keys()
    assert impacts(known, "The bridge fell.").keys() - impacts(byline("a"), "The bridge fell.").keys() == {
        *marks("airport seized morning post 1 December 2024 2024-12-01")
    }
    assert impacts(byline("a"), "of the and") == marks("of the and") == {}


@given(st.text(max_size=200))
def test_any_words_have_numbers_that_fit_a_sparse_index(said: str):
    for numbers in (marks(said), impacts(byline("a"), said)):
        assert all(0 < number < 2**32 for number in numbers)
        assert all(weight > 0 for weight in numbers.values())


def test_words_of_title_and_outlet_are_in_no_sentence(lexical: Lexical):
    lexical.add("a:0", byline("a", title="Airport seized", outlet="The Morning Post"), "The bridge fell.")
    lexical.commit()
    assert coverage(lexical, "airport") == {"a:0": 0.0}


def test_only_passages_of_the_articles_asked_for(lexical: Lexical):
    filled(lexical, "bridge", "bridge bridge", "harbour")
    free = scores(lexical, "bridge")
    assert scores(lexical, "bridge", within=Filters(articles=("0", "2"))) == {"0": pytest.approx(free["0"])}
    assert names(lexical, "bridge", within=Filters(articles=("nobody",))) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(outlets=(" the post ",)), {"early", "late"}),
        (Filters(outlets=("STRASSE NEWS", "Nobody")), {"street"}),
        (Filters(outlets=("Post",)), set()),
        (Filters(since="2024-12-01"), {"late", "street"}),
        (Filters(until="2024-12-01"), {"early", "month", "street"}),
        (Filters(until="2024-11-30"), {"early"}),
        (Filters(since="2024-12-01", until="2024-12-01"), {"street"}),
        (Filters(outlets=("The Post",), since="2024-12-02"), {"late"}),
        (Filters(articles=("late", "street"), outlets=("The Post",)), {"late"}),
    ],
)
def test_limits_are_those_of_the_bylines(lexical: Lexical, filters: Filters, expected: set[str]):
    lexical.add("early", byline("early", outlet="The Post", published_at="2024-11-30"), "a bridge")
    lexical.add("late", byline("late", outlet="The Post", published_at="2024-12-03T09:00:00+02:00"), "a bridge")
    lexical.add("street", byline("street", outlet="Straße News", published_at="2024-12-01T23:59:00+00:00"), "a bridge")
    lexical.add("month", byline("month", published_at="2024-12"), "a bridge")
    lexical.add("unknown", byline("unknown"), "a bridge")
    lexical.commit()
    assert set(names(lexical, "bridge", within=filters)) == expected


def test_equals_are_ordered_by_id(lexical: Lexical):
    for name in ("c", "a", "b"):
        lexical.add(name, byline(name), "the same words")
    lexical.commit()
    assert names(lexical, "same words") == ["a", "b", "c"]


def test_a_removed_article_is_not_found(lexical: Lexical):
    filled(lexical, "bridge", "bridge", "bridge")
    lexical.remove(["1", "nobody"])
    assert names(lexical, "bridge") == ["0", "1", "2"]
    lexical.commit()
    assert names(lexical, "bridge") == ["0", "2"]
    assert sorted(lexical.ids()) == [("0", "0"), ("2", "2")]
    assert lexical.count() == 2


def test_what_was_not_committed_is_forgotten(folder: Path, lexical: Lexical):
    filled(lexical, "bridge")
    lexical.add("late", byline("late"), "bridge")
    lexical.close()
    with closing(Lexical(folder)) as again:
        assert names(again, "bridge") == ["0"]


def test_it_is_found_again_after_reopening(folder: Path, lexical: Lexical):
    filled(lexical, "bridges in the North")
    lexical.close()
    with closing(Lexical(folder)) as again:
        assert names(again, "northern bridge, the north") == ["0"]
        assert again.ids() == [("0", "0")]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "???",
        "\x00",
        "\ud800",
        "a" * 100_000,
        "word " * 100_000,
        "content:bridge AND (",
        '"bridge',
        "bridge~2^3 [a TO z] /.*/ {!}",
        "-bridge +harbour *",
        "\\",
    ],
)
def test_no_query_is_a_syntax(lexical: Lexical, query: str):
    filled(lexical, "harbour", "bridge")
    assert names(lexical, query) in ([], ["1"], ["0", "1"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(), query=st.text())
def test_any_text_can_be_added_and_any_asked_for(lexical: Lexical, text: str, query: str):
    lexical.remove(["any"])
    lexical.add("any", byline("any", title=text, outlet=query), text)
    lexical.commit()
    assert lexical.matching(query, limit=3)[1:] == []
    assert lexical.rarity(query) > 0
    assert lexical.ids() == [("any", "any")]


def test_limits_of_nothing_and_an_empty_index_give_nothing(lexical: Lexical):
    assert names(lexical, "bridge") == []
    assert lexical.ids() == []
    assert lexical.rarity("bridge") > 0
    assert filled(lexical, "bridge").matching("bridge", limit=0) == []


def test_a_damaged_index_is_one_sentence(folder: Path, lexical: Lexical):
    filled(lexical, "bridge")
    lexical.close()
    (folder / "meta.json").write_text("{")
    with pytest.raises(LibraryError, match=r"lexical index failed .*--rebuild") as raised:
        Lexical(folder)
    assert str(raised.value).startswith(str(folder))
    assert "\n" not in str(raised.value)
