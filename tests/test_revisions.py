"""What changed between two texts: applied to the old one it gives the new one, whatever the script, in bounded time."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from fake_pipeline import ARTICLES, EARLIER, FakeStore, revision
from hypothesis import given
from hypothesis import strategies as st

from rag import revisions
from rag.errors import NotFoundError
from rag.revisions import between, difference
from rag.types import Article, Change, Revision

WORDS = (
    "the The mayor said 200 242 1,200 12.5 30% ships don't U.S. Jose\u0301 Mu\u0308ller 🚢 👩🏽\u200d🚒 🇩🇪🇩🇰 "
    "قتل شخص ٢٤٢ Аэропорт открыт 東京で 死亡した ไทย नमस्ते כֶּלֶב \u202eevil <b> & … “quote” a\u0338 \ud83d"
).split()
GAPS = [" ", "  ", "\n", "\n\n", ". ", "。", "", "\u00a0", ", ", "\r\n", "\t"]
TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=40).map(
    lambda pairs: "".join(f"{word}{gap}" for word, gap in pairs)
)
ANY = st.text(st.characters(), max_size=60)


def applied(old: str, changes: Sequence[Change]) -> str:
    """The old text with every change made."""
    parts, at = [], 0
    for one in changes:
        parts += [old[at : one.old_start], one.after]
        at = one.old_end
    return "".join(parts) + old[at:]


def assert_exact(old: str, new: str) -> tuple[Change, ...]:
    changes = difference(old, new)
    assert applied(old, changes) == new
    for one in changes:
        assert old[one.old_start : one.old_end] == one.before
        assert new[one.new_start : one.new_end] == one.after
        kinds = {(True, True): "replaced", (True, False): "removed", (False, True): "added"}
        assert one.kind == kinds[bool(one.before), bool(one.after)]
        assert new[: one.new_start].endswith(one.lead) and new[one.new_end :].startswith(one.trail)
        assert "\n" not in one.lead + one.trail
        assert max(len(one.lead), len(one.trail)) <= revisions.CONTEXT
    for one, other in pairwise(changes):
        assert one.old_end <= other.old_start and one.new_end <= other.new_start
        assert old[one.old_end : other.old_start] == new[one.new_end : other.new_start] != ""
    return changes


def told(old: str, new: str) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in assert_exact(old, new)]


@given(TEXTS, TEXTS)
def test_the_changes_make_the_new_text_of_the_old_one(old: str, new: str):
    assert_exact(old, new)
    assert difference(old, old) == ()


@given(TEXTS, st.data())
def test_an_edit_is_found_where_it_was_made(text: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new = text[:start] + data.draw(TEXTS) + text[end:]
    assert_exact(text, new)
    assert_exact(new, text)


@given(ANY, ANY)
def test_any_two_texts_are_compared(old: str, new: str):
    assert_exact(old, new)


@given(TEXTS)
def test_nothing_is_cut_from_the_letter_that_it_is_combined_with(text: str):
    tokens = revisions._tokens(text)
    assert "".join(tokens) == text
    for one, other in pairwise(tokens):
        if not one.isspace():
            assert not unicodedata.category(other[0]).startswith("M") and other[0] != "\u200d"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("About 200 people were killed.", "About 242 people were killed.", [("200", "242")]),
        ("It cost 1,200.50 in May.", "It cost 1,300.50 in May.", [("1,200.50", "1,300.50")]),
        ("Ships left at dawn.", "Ships left.", [(" at dawn", "")]),
        ("One.\n\nThree.", "One.\n\nTwo.\n\nThree.", [("", "Two.\n\n")]),
        ("قال إن 200 قتلوا هناك", "قال إن 242 قتلوا هناك", [("200", "242")]),
        ("Погибли 200 человек", "Погибли 242 человека", [("200 человек", "242 человека")]),
        ("台北で二百人が死亡した", "台北で二百人が負傷した", [("死亡", "負傷")]),
        ("Jose\u0301 came", "Jose came", [("Jose\u0301", "Jose")]),
        ("She is a 👩\u200d🚒 here", "She is a 👩\u200d🚀 here", [("👩\u200d🚒", "👩\u200d🚀")]),
        ("", "All new.", [("", "All new.")]),
        ("All gone.", "", [("All gone.", "")]),
        ("Same  words", "Same words", [("  ", " ")]),
    ],
)
def test_what_changed_is_told_in_whole_words(old: str, new: str, expected: list[tuple[str, str]]):
    assert told(old, new) == expected


def test_a_change_is_shown_between_the_words_around_it():
    old = "Long ago, before the storm on Sunday evening, 200 people were killed in Orsk, as far as the mayor knows."
    (change,) = assert_exact(old, old.replace("200", "242"))
    assert (change.lead, change.trail) == (
        "before the storm on Sunday evening, ",
        " people were killed in Orsk, as far as",
    )
    (change,) = assert_exact("First line\n200 left\nLast line", "First line\n242 left\nLast line")
    assert (change.lead, change.trail) == ("", " left")


def test_a_rewritten_sentence_is_one_change_though_words_of_it_stay():
    old = "The mayor of Orsk said that the bridge would open in May. Nobody was hurt when the storm came on Sunday."
    new = "Repairs of the bridge will last until June, drivers heard. Nobody was hurt when the storm came on Sunday."
    assert len(assert_exact(old, new)) == 1


def test_paragraphs_stay_apart():
    assert told("Old words here.\n\nMore old ones.", "New text there.\n\nOther new things.") == [
        ("Old words here", "New text there"),
        ("More old ones", "Other new things"),
    ]


def prose(seed: int, words: int, *, of: int = 3_000) -> list[str]:
    chance = random.Random(seed)
    return [f"w{chance.randrange(of)}{'.' if chance.random() < 0.06 else ''}" for _ in range(words)]


def test_a_few_edits_of_a_long_text_are_found_one_by_one():
    words = prose(1, 20_000)
    edited = [f"new{at}" if at % 500 == 250 else word for at, word in enumerate(words)]
    changes = assert_exact(" ".join(words), " ".join(edited))
    assert len(changes) == 40 and all(one.after.startswith("new") for one in changes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 100_000, "a " * 90_000 + "b"),
        ("ab " * 60_000, "ba " * 60_000),
        ("a." * 100_000, "b." * 100_000),
        ("a" + "\u0301" * 200_000, "b" + "\u0301" * 200_000),
        ("\u200d" * 200_000, "\u200d" * 190_000),
        (" " * 200_000, "\n" * 190_000),
        ("中" * 200_000, "文中" * 90_000),
        (" ".join(prose(2, 30_000)), " ".join(prose(3, 30_000))),
        ("x" * (revisions.LONGEST + 1), "y"),
    ],
)
def test_texts_made_to_be_slow_are_compared_all_the_same(old: str, new: str):
    assert 0 < len(assert_exact(old, new)) <= revisions.MOST


def test_of_very_many_changes_the_last_are_one():
    most = revisions.MOST + 200
    old = " ".join(f"Ship {n} came in. It had {n} sails." for n in range(most))
    changes = assert_exact(old, old.replace("sails", "masts"))
    assert len(changes) == revisions.MOST
    assert changes[-2].before == "sails" and changes[-1].before.endswith(f"{most - 1} sails")


# Of an article in a library


class Kept:
    """The library's face that a comparison needs: one article that was A, B, and A again."""

    TEXTS = ("It is open.", "It is shut.", "It is open.")

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        names = ("a", "b", "a")
        return tuple(Revision(article_id="x", revision=one, ingested_at=f"t{n}") for n, one in enumerate(names))

    def article(self, article_id: str, name: str | None = None) -> Article:
        return replace(ARTICLES[0], revision=name or "a", text=self.TEXTS[1 if name == "b" else 0])


def test_by_default_the_text_of_now_is_compared_with_the_one_before():
    found = between(FakeStore(), "ferry-prices")
    assert (found.earlier.revision, found.later.revision) == ("r0", "r1")
    assert [(one.before, one.after) for one in found.changes] == [("June", "May")]
    assert applied(EARLIER.text, found.changes) == ARTICLES[2].text


def test_an_article_that_never_changed_is_compared_with_itself():
    found = between(FakeStore(), "bridge-reopens")
    assert found.earlier == found.later == revision(ARTICLES[0]) and found.changes == ()


def test_any_two_texts_of_an_article_are_compared():
    found = between(FakeStore(), "ferry-prices", earlier="r1", later="r0")
    assert [(one.before, one.after) for one in found.changes] == [("May", "June")]
    assert between(FakeStore(), "ferry-prices", earlier="r1").changes == ()


def test_a_text_that_came_back_is_told_from_the_one_before_it():
    found = between(Kept(), "x")
    assert (found.earlier.ingested_at, found.later.ingested_at) == ("t1", "t0")
    found = between(Kept(), "x", earlier="a", later="b")
    assert (found.earlier.ingested_at, found.later.ingested_at) == ("t2", "t1")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("nothing", {}),
        ("ferry-prices", {"earlier": "r9"}),
        ("ferry-prices", {"later": ""}),
        ("ferry-prices", {"later": "x"}),
    ],
)
def test_what_is_not_there_is_not_compared(name: str, asked: dict[str, str]):
    with pytest.raises(NotFoundError):
        between(FakeStore(), name, **asked)
