"""Sentences, words, stems, names and quotations: what they are, and that their offsets hold for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag import text
from rag.text import Span

# Text as it comes, and text made of what the rules look at.
TEXTS = st.text() | st.lists(
    st.sampled_from([*" \n\t.?!…。\"“”«»'’([-", "\n\n", "Dr", "U.S", "No", "the", "Holm", "of", "3", "5", "é", "́", "ﹰ"])
).map("".join)


def cut(words: str) -> list[str]:
    return [words[start:end] for start, end in text.sentences(words)]


def named(words: str) -> list[str]:
    return [words[start:end] for start, end in text.names(words)]


def ordered(spans: list[tuple[int, int]], length: int) -> bool:
    """Whether spans lie within a text, one after the other, none of them empty."""
    at = 0
    for start, end in spans:
        if not at <= start < end <= length:
            return False
        at = end
    return True


# --- comparing -------------------------------------------------------------------------------------------------------


def test_folding_forgets_case_accents_curly_quotes_long_dashes_and_spaces():
    assert text.fold("  “Café” – l’ÉTÉ\n\tÇa ") == '"cafe" - l\'ete ca'


@given(TEXTS)
def test_folding_twice_is_folding_once(words: str):
    assert text.fold(text.fold(words)) == text.fold(words)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("withdraws", "withdrawn"),
        ("fought", "fighting"),
        ("overthrew", "overthrown"),
        ("labour", "labor"),
        ("organisation", "organization"),
        ("defence", "defense"),
        ("centre", "center"),
        ("Norwegian", "Norway"),
        ("Danes", "danes"),
        ("American", "U.S."),
        ("US", "U.S."),
        ("Holm's", "Holm"),
        ("Holm’s", "Holm"),
        ("British", "UK’s"),
    ],
)
def test_a_stem_is_the_same_for_forms_of_one_word(one: str, other: str):
    assert text.stem(one) == text.stem(other)


def test_the_pronoun_us_is_no_country():
    assert text.stem("us") != text.stem("US")
    assert text.stems("the US fleet left us behind") == ["u.s", "fleet", "leav", "behind"]


def test_what_is_left_of_a_cut_not_is_a_word_by_itself():
    assert text.stems("Don won a safe haven") == ["don", "win", "safe", "haven"]
    assert text.stems("They won't, don’t and haven't") == []


def test_stems_leave_out_small_words_and_join_the_two_of_united_states():
    assert [word.stem for word in text.joined(text.words("United States ships"))] == ["u.s", "ship"]
    assert text.stems("The ships of the United States are in the harbour") == ["ship", "u.s", "harbor"]


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("al-Assad", ["al", "Assad"]),
        ("1,500.5 tonnes", ["1,500.5", "tonnes"]),
        ("the F16's pilot", ["the", "F16", "s", "pilot"]),
        ("the U.S. fleet", ["the", "U.S.", "fleet"]),
        ("they don’t", ["they", "don’t"]),
        ("snake_case", ["snake", "case"]),
        ("", []),
    ],
)
def test_words_are_cut_as_a_reader_would(written: str, words: list[str]):
    assert [word.text for word in text.words(written)] == words


@given(TEXTS)
def test_words_stand_where_they_say_in_order(words: str):
    found = text.words(words)
    assert ordered([(word.start, word.end) for word in found], len(words))
    assert all(words[word.start : word.end] == word.text for word in found)


@given(TEXTS)
def test_every_letter_and_digit_is_in_a_word(words: str):
    inside = {place for word in text.words(words) for place in range(word.start, word.end)}
    assert {place for place, character in enumerate(words) if character.isalnum()} <= inside


# --- sentences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentences",
    [
        ["The ferry sank.", "Nobody drowned!", "Why?", "It was empty…"],
        ["Dr. Holm met Gen. Berg at 5 p.m. on Monday.", "They parted as friends."],
        ["Her pay is in the U.S.", "The family lives here."],
        ["A U.S. Navy ship came."],
        ["“Stop!” she said.", "“We are going.”", "Then he left."],
        ["Prices rose by 3.5 per cent.", "Nobody knew why."],
        ["J. K. Holm spoke.", "So did I.", "Then it rained."],
        ["She said no.", "They sat.", "The sun set on the fig.", "It was over."],
        ["No. 5 came first.", "Sat. 3 May was wet."],
        ["The law passed.", "(Nobody objected.)", "It holds."],
        ["船沉了。", "没有人。"],
    ],
)
def test_sentences_end_where_a_reader_would_end_them(sentences: list[str]):
    between = "" if sentences[0].endswith("。") else " "
    assert cut(between.join(sentences)) == sentences


def test_a_line_end_parts_headings_and_items_from_what_follows():
    assert cut("Storm hits port\nThe quay is shut\n\n- two boats\n- one crane") == [
        "Storm hits port",
        "The quay is shut",
        "- two boats",
        "- one crane",
    ]


def test_a_line_end_parts_nothing_in_a_text_that_is_wrapped_at_a_column():
    lines = [
        "The harbour master said on Tuesday that the old quay would",
        "have to be closed for at least two winters while the piles",
        "are drawn and new ones driven in, and that the ferry would",
        "leave from the fish market until then. Fares do not change.",
    ]
    first, second = cut("\n".join(lines))
    assert first.split() == " ".join(lines).removesuffix(second).split()
    assert second == "Fares do not change."


@given(TEXTS)
def test_sentences_hold_every_character_but_white_space_in_order(words: str):
    spans = text.sentences(words)
    assert ordered(spans, len(words))
    assert "".join("".join(words[start:end].split()) for start, end in spans) == "".join(words.split())


@given(TEXTS)
def test_no_sentence_begins_or_ends_with_white_space(words: str):
    assert all(words[start:end] == words[start:end].strip() for start, end in text.sentences(words))


# --- names and quotations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "names"),
    [
        ("There Greta Solberg met the Union of Harbour Pilots.", ["Greta Solberg", "Union of Harbour Pilots"]),
        ("It was Karim al-Haddad who spoke.", ["Karim al-Haddad"]),
        ("The port of Lindholm and the town of Osterby lie apart.", ["Lindholm", "Osterby"]),
        ("It was J. Holm and nobody else.", ["J. Holm"]),
        ("Boats sank.", []),
        ("Solberg left. Nobody stopped Solberg.", ["Solberg", "Solberg"]),
        ("The US fleet came.", ["US"]),
    ],
)
def test_names_are_runs_of_capitals_that_a_sentence_does_not_give(sentence: str, names: list[str]):
    assert named(sentence) == names


@given(TEXTS)
def test_names_lie_in_the_text_in_order(words: str):
    assert ordered(text.names(words), len(words))


def test_quotations_come_without_their_marks():
    words = 'She called it “a quiet war”, he "a loud one", they «neither».'
    assert [words[start:end] for start, end in text.quotations(words)] == ["a quiet war", "a loud one", "neither"]


def test_a_mark_that_is_never_closed_quotes_nothing():
    assert text.quotations("“a quiet war, she said\nand left”") == []


@given(TEXTS)
def test_quotations_lie_in_the_text_in_order(words: str):
    assert ordered(text.quotations(words), len(words))


# --- hostile text ----------------------------------------------------------------------------------------------------


@pytest.mark.timeout(20)
@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: repr(words[:6]))
def test_a_hostile_text_takes_no_longer_than_another(words: str):
    assert text.sentences(words)[0].start == 0
    assert text.words(words) or not any(map(str.isalnum, words))
    assert len(text.names(words)) <= len(words)
    assert text.quotations(words) == []
    assert text.fold(words)


def test_a_span_is_a_pair():
    assert Span(1, 2) == (1, 2)


def test_what_is_remembered_is_nobodys_to_change():
    sentence = "The harbour of Osterby burned."
    text.words(sentence).clear()
    assert [word.text for word in text.words(sentence)] == ["The", "harbour", "of", "Osterby", "burned"]


def test_no_long_text_is_remembered():
    read = []
    reading = text.remembered(lambda said: read.append(said) or [len(said)])
    for said in ("short", "x" * (text.LONGEST_KEPT + 1)) * 2:
        assert reading(said) == [len(said)]
    assert list(map(len, read)) == [5, text.LONGEST_KEPT + 1, text.LONGEST_KEPT + 1]
