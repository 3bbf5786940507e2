"""Marks as we write them, and as models write them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.citations import (
    ABSTENTION,
    Mark,
    Sentence,
    abstains,
    complete,
    disarmed,
    mark,
    marked,
    parse,
    render,
    spans,
)
from rag.models import LONGEST_REPLY
from rag.types import Statement

SHOWN = 3
# What a mark looks like to a reader, written anew: brackets of any kind around small numbers and their signs.
LOOKS_LIKE_A_MARK = re.compile(r"[\[【［〔]\s*\^?\s*\d{1,3}(?:\s*[,;&–-]\s*\^?\d{1,3})*\s*[\]】］〕]")
# Pieces that replies are made of, whole and broken.
PIECES = st.sampled_from(
    [
        *(
            "[",
            "]",
            "(",
            ")",
            "【",
            "】",
            "<",
            ">",
            "^",
            "!",
            "*",
            "**",
            "_",
            "`",
            "```\n",
            "~",
            "#",
            "# ",
            "> ",
            "- ",
            "|",
        ),
        *(
            "1",
            "2",
            "3",
            "4",
            "17",
            "1-3",
            ", ",
            "; ",
            "-",
            "–",
            " ",
            "  ",
            "\n",
            "\n\n",
            ".",
            ". ",
            "? ",
            "…",
            "“",
            "”",
            '"',
        ),
        *(
            "[1]",
            "[2]",
            "[^3]",
            "[4]",
            "【1】",
            "[1, 2]",
            "[1-3]",
            "[1][2]",
            "(1)",
            "(see [2])",
            "[passage 3]",
            "†",
            "\\[",
        ),
        *("Aleppo fell", "rebels", "Mr. ", "U.S. ", "the", "He said ", "see ", "and ", "passage ", "NOT_IN_PASSAGES"),
        *(
            "](http://x.y)",
            "![",
            "http://x.y/z",
            "<b>",
            "</b>",
            "<img src=x>",
            "<sup>2</sup>",
            "<!--",
            "-->",
            "&lt;",
            "&#91;",
        ),
        *(
            "</think>",
            "<think>",
            "Sources:\n",
            "1. ",
            "\ue000",
            "\u200b",
            "\u202e",
            "\x00",
            "\u2028",
            "é",
            "سوريا",
            "。",
        ),
    ]
)
REPLIES = st.lists(PIECES, max_size=25).map("".join)


def read(reply: str, shown: int = SHOWN) -> list[tuple[str, tuple[int, ...]]]:
    return [(sentence.text, sentence.citations) for sentence in parse(reply, shown)]


# --- how marks are written


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("[1]", (1,)),
        ("[ 2 ]", (2,)),
        ("[1][2]", (1, 2)),
        ("[1] [2]", (1, 2)),
        ("[1, 2]", (1, 2)),
        ("[1,2,3]", (1, 2, 3)),
        ("[1; 3]", (1, 3)),
        ("[1 and 3]", (1, 3)),
        ("[1 & 3]", (1, 3)),
        ("[1-3]", (1, 2, 3)),
        ("[1–3]", (1, 2, 3)),
        ("[1 to 3]", (1, 2, 3)),
        ("[1], [2] and [3]", (1, 2, 3)),
        ("[3, 1, 3]", (3, 1)),
        ("[^1]", (1,)),
        ("[^1][^2]", (1, 2)),
        ("[#1]", (1,)),
        ("[01]", (1,)),
        ("[١]", (1,)),
        ("【1】", (1,)),
        ("【1†source】", (1,)),
        ("［2］", (2,)),
        ("[passage 1]", (1,)),
        ("[Passage 1, Passage 2]", (1, 2)),
        ("[Source: 2]", (2,)),
        ("[1: The Daily]", (1,)),
        ("[1, The Daily]", (1,)),
        ("(see [1])", (1,)),
        ("([1], [2])", (1, 2)),
        ("(passage 2)", (2,)),
        ("(see sources 1 and 3)", (1, 3)),
        ("[[1]]", (1,)),
        ("[1](http://a.example/x_(y))", (1,)),
        ("[[1]](http://a.example)", (1,)),
        ("<sup>1</sup>", (1,)),
        ("<sup>[1]</sup>", (1,)),
        ("<sup>1, 2</sup>", (1, 2)),
        ("\\[1\\]", (1,)),
        ("**[1]**", (1,)),
        ("`[1]`", (1,)),
        ("&#91;1&#93;", (1,)),
        ("(1)", (1,)),
        ("(1, 2)", (1, 2)),
        # never shown
        ("[4]", ()),
        ("[0]", ()),
        ("[2, 9]", (2,)),
        ("[1-9]", ()),
        ("[1-1000000000]", ()),
        ("[99999999999999999999]", ()),
    ],
)
@pytest.mark.parametrize(
    "form", ["Aleppo fell {}.", "Aleppo fell{}.", "Aleppo fell. {}", "Aleppo fell.{}", "{} Aleppo fell."]
)
def test_a_mark_is_read_however_it_is_written(written, numbers, form):
    if written.startswith("(") and written[1].isdigit() and form.startswith("{}"):
        pytest.skip("round brackets are marks only where a sentence ends")
    reply = form.format(written)
    assert read(f"{reply} Hama stands.") == [("Aleppo fell.", numbers), ("Hama stands.", ())]


@pytest.mark.parametrize(
    "words",
    [
        "He said “the [Syrian] army [sic] left in [2011]”.",
        "They left on [2024-12-01].",
        "It is [3.5] per cent.",
        "In (2024) he left.",
        "NATO (Article 5) and a man (2), who ran.",
        "[Two] men.",
        "At 5 * 3 and a < 3 b.",
    ],
)
def test_brackets_around_words_are_no_marks(words):
    assert read(words) == [(words, ())]


def test_round_brackets_are_marks_only_where_there_are_no_others():
    assert read("Aleppo fell (1). Hama fell (2).") == [("Aleppo fell.", (1,)), ("Hama fell.", (2,))]
    assert read("Aleppo fell [1]. Ali (2) ran (3).") == [("Aleppo fell.", (1,)), ("Ali (2) ran (3).", ())]
    assert read("Ali is a boy (7).") == [("Ali is a boy (7).", ())]


def test_a_mark_inside_a_sentence_is_of_that_sentence():
    reply = "Aleppo [1], a city [2], fell. U.S. [3] forces left."
    assert read(reply) == [("Aleppo, a city, fell.", (1, 2)), ("U.S. forces left.", (3,))]


def test_a_mark_goes_with_the_quotation_that_it_follows():
    assert read('He said “Aleppo fell.” [1] She said “no”[2]. "So"[3]!') == [
        ("He said “Aleppo fell.”", (1,)),
        ("She said “no”.", (2,)),
        ('"So"!', (3,)),
    ]


def test_marks_on_a_line_of_their_own_are_of_the_sentence_before():
    assert read("Aleppo fell.\n[1]\n\n[2]\nHama stands.") == [("Aleppo fell.", (1, 2)), ("Hama stands.", ())]


def test_marks_without_a_sentence_are_nothing():
    assert read("[1][2]\n\n[3].") == []


# --- what stands around them


@pytest.mark.parametrize(
    ("reply", "texts"),
    [
        ("# Aleppo\n\nIt **fell** to _rebels_, `said` ~~X~~ Y [1].", ["Aleppo", "It fell to rebels, said X Y."]),
        (
            "- One fell [1]\n- two fell [2]\n* Three\n  1. four\n2) five",
            ["One fell", "two fell", "Three", "four", "five"],
        ),
        ("> Quoted line [1].\n> > again", ["Quoted line.", "again"]),
        ("```text\nAleppo fell [1].\n```", ["Aleppo fell."]),
        ("| Outlet | Claim |\n|:--|--:|\n| Daily | fell [1] |", ["Outlet, Claim", "Daily, fell"]),
        ("<p>Aleppo <b>fell</b>.</p><ul><li>Hama fell<li>Homs fell</ul>", ["Aleppo fell.", "Hama fell", "Homs fell"]),
        ("Aleppo<br>Hama &amp; Homs&nbsp;fell &lt;b&gt;now&lt;/b&gt;.", ["Aleppo", "Hama & Homs fell now."]),
        (
            'See [the Daily](https://evil.example/?q=1 "t") ![pixel](http://evil.example/p.png).',
            ["See the Daily pixel."],
        ),
        ("<img src=x onerror=alert(1)>Aleppo<script>x</script> fell.", ["Aleppox fell."]),
        (
            "Read https://www.evil.example/?q=1 and www.evil.example now.",
            ["Read evil.example/?q=1 and evil.example now."],
        ),
        ("Aleppo fell\nto the rebels [1]\nHama stands", ["Aleppo fell to the rebels", "Hama stands"]),
        ("Aleppo fell [1].\n---\n***\n\n\nHama stands.", ["Aleppo fell.", "Hama stands."]),
        ("Al\u200bep\u202epo\x00 fell\u2028now.", ["Aleppo fell now."]),
        ("<think>It fell [1]. Or not?</think>\n\nAleppo fell [1].", ["Aleppo fell."]),
        ("It fell [1]. Or not?</think>Aleppo fell [1].", ["Aleppo fell."]),
        ("<think>It fell [1].", []),
        ("Aleppo fell [1].\n\n**Sources:**\n[1] The Daily, 1 December\n\n- [2] Another", ["Aleppo fell."]),
        ("Aleppo fell [1].\n\n[1]: https://evil.example\n[^2]: The Daily", ["Aleppo fell."]),
        ("", []),
        (" \n\t\n", []),
        ("…\n.\n—", []),
    ],
)
def test_markup_becomes_plain_words(reply, texts):
    assert [text for text, _ in read(reply)] == texts


def test_sentences_without_a_mark_are_kept_without_numbers():
    assert read("Here it is. Aleppo fell [1].") == [("Here it is.", ()), ("Aleppo fell.", (1,))]


@pytest.mark.parametrize(
    "reply",
    [
        ABSTENTION,
        f"{ABSTENTION}.",
        f"**{ABSTENTION}**",
        f"`{ABSTENTION}` [1]",
        "NOT\\_IN\\_PASSAGES",
        "not_in_passages",
        "NOT IN PASSAGES",
        f"{ABSTENTION}. The passages say nothing of it.",
        f"The passages say nothing of it. {ABSTENTION}",
    ],
)
def test_a_reply_that_abstains_has_no_sentences(reply):
    assert parse(reply, SHOWN) == []
    assert abstains(reply)


def test_a_thought_of_abstaining_is_no_abstention():
    assert not abstains(f"<think>{ABSTENTION}?</think>Aleppo fell [1].")
    assert not abstains("")


def test_what_is_cited_stands_beside_an_abstention():
    assert read(f"Aleppo fell [1]. {ABSTENTION} when.") == [("Aleppo fell.", (1,))]


def test_words_about_passages_are_no_abstention():
    assert read("Figures are not in passages of law.") == [("Figures are not in passages of law.", ())]


@given(REPLIES, st.integers(0, 12))
def test_no_number_that_was_not_shown_comes_out_and_no_mark_stays(reply, shown):
    for text, numbers in read(reply, shown):
        assert all(1 <= number <= shown for number in numbers)
        assert len(set(numbers)) == len(numbers)
        assert not LOOKS_LIKE_A_MARK.search(text), text
        assert text == text.strip()
        assert any(character.isalnum() for character in text)
        assert all(character.isprintable() for character in text)


@example(reply="1&lt;(1)? ")
@given(REPLIES)
def test_no_link_image_or_tag_comes_out(reply):
    for text, _ in read(reply):
        assert not re.search(r"<[A-Za-z/!?]|\]\(|!\[|https?://|`", text), text


@given(REPLIES)
def test_nothing_is_left_to_read_a_second_time(reply):
    once = parse(reply, SHOWN)
    for sentence in once:
        assert all(not again.citations for again in parse(f"{sentence.text} And so it went [2]. ", 2)[:-1])


# --- while it is being written

REPLY = (
    "Rebels took Aleppo on Friday [1][2]. “It fell in hours,” Mr. Haddad said. [3] The army says it holds the city [2]."
    "\n\n- Hama stands [1]\n- U.S. forces left 【3】.\n\nOne outlet counts 300 dead,\nanother 500 [1, 2]. Nobody knows."
)


def test_a_sentence_is_shown_once_the_next_has_begun():
    assert complete("Aleppo fell") == ""
    assert complete("Aleppo fell [1].") == ""
    assert complete("Aleppo fell [1]. [") == ""
    assert complete("Aleppo fell [1]. [2]") == ""
    assert complete("Aleppo fell [1]. [2] Ham") == ""
    assert complete("Aleppo fell [1]. [2] Hama s") == "Aleppo fell [1]. [2] "
    assert complete("Aleppo fell.\n[1]\n\n- Hama s") == "Aleppo fell.\n[1]\n\n"
    assert complete("Aleppo fell\nand Hama s") == ""


def test_what_is_shown_of_a_reply_in_the_making_is_how_it_begins_in_the_end():
    whole = parse(REPLY, SHOWN)
    assert len(whole) == 7
    counts = []
    for end in range(len(REPLY) + 1):
        shown = parse(complete(REPLY[:end]), SHOWN)
        assert shown == whole[: len(shown)]
        counts.append(len(shown))
    assert counts == sorted(counts)
    assert counts[-1] == 6


WORDS = ["Aleppo fell", "Hama stands", "He said “no”", "Mr. Haddad left", "U.S. forces went", "It cost 3.5 million"]
CITED = st.tuples(
    st.sampled_from(WORDS),
    st.sampled_from(["", " [1]", " [1][2]", "[3]", " [1, 2]", " 【2】", " [7]", " (see [1])"]),
    st.sampled_from([". ", ".\n", "! ", ".\n\n", "? "]),
    st.sampled_from(["", "[2] ", "[1] [3] "]),
).map("".join)


@given(st.lists(CITED, max_size=6).map("".join), st.data())
def test_sentences_shown_early_are_those_of_the_whole_reply(reply, data):
    end = data.draw(st.integers(0, len(reply)))
    shown = parse(complete(reply[:end]), SHOWN)
    assert shown == parse(reply, SHOWN)[: len(shown)]


@given(REPLIES)
def test_what_is_complete_is_a_beginning(reply):
    assert reply.startswith(complete(reply))


# --- against malice


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "[",
            "]",
            "[1]",
            "[1]\n",
            "(",
            "(1) ",
            "<",
            "<p",
            "<!--",
            "](",
            "[a](b",
            "![a](b) ",
            "*",
            "*a",
            "_a ",
            "`",
            "|",
            "> ",
        ),
        *(
            "- \n",
            "a\n",
            "a. ",
            "\n",
            " ",
            ".",
            "&lt;",
            "[[1]] ",
            "[1-",
            "(see ",
            "(passage 1",
            "[x]: y\n",
            "<think>",
            "</think>",
        ),
    ],
)
def test_a_long_reply_of_anything_is_read_to_its_end(unit):
    reply = unit * (LONGEST_REPLY // len(unit))
    assert len(complete(reply)) <= len(reply)
    assert all(set(sentence.citations) <= set(range(1, SHOWN + 1)) for sentence in parse(reply, SHOWN))


@pytest.mark.parametrize("heart", ["1", "[1]" * 5_000, "x" * 90])
def test_deep_brackets_are_no_burden(heart):
    found = parse("[" * 50_000 + heart + "]" * 50_000, SHOWN)
    assert all(set(sentence.citations) <= set(range(1, SHOWN + 1)) for sentence in found)


def test_a_reply_of_a_megabyte_is_read():
    sentence = "Rebels took Aleppo on Friday [1][2], The Daily reports. "
    found = parse(sentence * (1_000_000 // len(sentence)), SHOWN)
    assert len(found) == 1_000_000 // len(sentence)
    assert set(found) == {Sentence(text="Rebels took Aleppo on Friday, The Daily reports.", citations=(1, 2))}


# --- how we write them

STATEMENTS = st.lists(st.tuples(st.text(max_size=20), st.lists(st.integers(1, 99), max_size=3)), max_size=5)


def test_a_statement_is_followed_by_its_marks():
    assert render([("Aleppo fell.", (1, 2)), ("Nobody knows.", ()), ("“So [3]” — Daily", (12,))]) == (
        "Aleppo fell. [1][2] Nobody knows. “So [3]” — Daily [12]"
    )
    assert render([]) == ""


def test_a_number_in_brackets_inside_a_quotation_is_not_a_mark_of_ours():
    statements = [("“So [3]” — Daily", (1,))]
    assert spans(statements) == [Mark(1, 17, 20)]
    assert render(statements)[17:20] == "[1]"


@given(STATEMENTS)
def test_the_spans_of_the_marks_are_where_the_marks_are(statements):
    text = render(statements)
    found = spans(statements)
    assert [each.number for each in found] == [number for _, numbers in statements for number in numbers]
    assert all(text[each.start : each.end] == mark(each.number) for each in found)


def test_the_text_alone_says_what_is_unsupported():
    stands = Statement(text="Aleppo fell [sic].", citations=(1,), support="supported")
    goes_further = Statement(text="Soon.", citations=(2,), support="partial")
    invented = Statement(text="Zlin fell] too [1].", citations=(), support="unsupported")
    pieces = marked([invented, stands, goes_further])
    text = render(pieces)
    assert text == "[unsupported: Zlin fell) too (1).] Aleppo fell [sic]. [1] Soon. (partly supported) [2]"
    assert [text[each.start : each.end] for each in spans(pieces)] == ["[1]", "[2]"]


@given(st.lists(CITED, min_size=1, max_size=5).map("".join))
def test_what_was_read_is_read_again_from_how_we_write_it(reply):
    sentences = parse(reply, SHOWN)
    written = render([(each.text, each.citations) for each in sentences])
    assert parse(written, SHOWN) == sentences


# --- texts shown to a model


@given(REPLIES)
def test_a_disarmed_text_has_no_marks(text):
    assert not LOOKS_LIKE_A_MARK.search(disarmed(text))


def test_disarming_leaves_everything_else():
    assert disarmed("He [sic] said [1] in [2011]\n— [2, 3]\u200b.") == "He [sic] said (1) in [2011]\n— (2, 3)."
