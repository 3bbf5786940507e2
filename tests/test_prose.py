import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.articles.prose import _is_binary, clean, decode, is_furniture, is_sentence, readable, split_headline, unwrapped
from rag.errors import ArticleError

ENGLISH = "The minister said “we shall win” — and the café’s owner, José Muñoz, agreed to pay £5 million.\n"
RUSSIAN = "Президент вернулся в столицу после визита и заявил о поддержке союзников.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_text_in_any_usual_encoding_is_read(encoding: str):
    assert clean(decode((ENGLISH * 3).encode(encoding))) == (ENGLISH * 3).strip()


def test_a_central_european_text_keeps_its_letters():
    polish = "Prezydent powiedział, że żołnierze będą walczyć o każdą piędź ziemi, aż do zwycięstwa w tej wojnie.\n"
    assert decode((polish * 3).encode("cp1250")) == polish * 3


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r"])
def test_text_in_an_older_encoding_of_another_script_is_read(encoding: str):
    assert decode((RUSSIAN * 3).encode(encoding)) == RUSSIAN * 3


def test_a_large_text_in_an_older_encoding_is_read_whole():
    assert decode((ENGLISH * 4000).encode("cp1252")) == ENGLISH * 4000


def test_damaged_utf_8_is_refused_rather_than_garbled():
    with pytest.raises(ArticleError, match=r"damaged UTF-8 \(byte 305\)"):
        decode((ENGLISH * 3).encode()[:-16] + b"\xff" + ENGLISH.encode())


def test_a_stray_control_character_does_not_make_a_text_binary():
    assert clean(decode(b"A plain report\0 of the day, with more to say about it. " * 2)).startswith(
        "A plain report of"
    )


@pytest.mark.parametrize("control", ["\0", "\x08", "\x0e", "\x1f", "\x7f"])
def test_a_text_of_more_than_a_few_control_characters_is_binary(control: str):
    assert not _is_binary(control * 5 + "\t\n\v\f\r" + "a" * 90)
    assert _is_binary(control * 6 + "\t\n\v\f\r" + "a" * 89)


def test_what_cannot_be_seen_is_not_kept():
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    assert clean(f"Zero\u200bwidth, \u202eturned\u202c,{hidden} \ufefftagged\x07 soft\xadhyphen") == (
        "Zerowidth, turned, tagged softhyphen"
    )


def test_a_joiner_that_is_spelling_is_kept():
    assert clean("می\u200cروند") == "می\u200cروند"
    assert clean("क्\u200dया") == "क्\u200dया"
    assert clean("👩\u200d👩\u200d👧") == "👩\u200d👩\u200d👧"
    assert clean("br\u200cidge a\u200d ا\u200c\u200cب x\ufe0f\u200d🔥") == "bridge a اب x🔥"


def test_quotation_marks_and_dashes_stay_as_written():
    assert clean(ENGLISH) == ENGLISH.strip()


def test_lines_end_in_one_way_and_blanks_do_not_pile_up():
    assert clean("one \r\ntwo\rthree\u2028four\n\n\n\n\tfive\n") == "one\ntwo\nthree\nfour\n\n\tfive"


def test_marks_heaped_on_a_letter_do_not_hang_the_reader():
    assert len(clean("a" + "\u0316\u0301" * 200_000)) < 40


@given(st.text(st.characters(), max_size=200))
def test_cleaned_text_is_nfc_and_stays_as_it_is(text: str):
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned) == cleaned
    cleaned.encode()


@pytest.mark.parametrize(
    "line",
    [
        "READ: Bridge reopens after a long winter",
        "READ MORE: What the council decided",
        "Related: Could the bridge be saved?",
        "Leave a Reply",
        "LEAVE A COMMENT",
        "12 Comments",
        "You are currently viewing Bridge reopens",
        "Sign up: Get our free newsletter every morning.",
        "Subscribe to our newsletter",
        "Connect with us: Follow the Morning Post on Facebook and X",
        "Follow us on Instagram",
        "Please make a small donation to the Morning Post to keep it going.",
        "Share this article",
        "Facebook | Twitter | WhatsApp | Email",
        "» Facebook Twitter Email Share",
        "We use cookies to improve your experience.",
        "Advertisement",
        "ADVERTISEMENT Article continues below this ad",
        "CLICK HERE TO GET THE APP",
        "© 2024 Morning Post",
        "Privacy Policy | Terms of Use",
        "3 min read",
        "Your email address will not be published. Required fields are marked *",
    ],
)
def test_page_furniture_is_told_by_its_line(line: str):
    assert is_furniture(line)
    assert readable(f"Before it.\n{line}\nAfter it.") == "Before it.\nAfter it."


@pytest.mark.parametrize(
    "line",
    [
        "Readers wrote in their hundreds.",
        "He read: the bridge is closed.",
        "Follow the river on foot and you come to the bridge.",
        "Share prices fell by 5% on Monday.",
        "Sign up for the army, posters said in 1914.",
        "Copyright law changed last year.",
        "Related to the mayor by marriage, he stood aside.",
        "Cookies are baked on the bridge every Friday.",
        "Telegram",
        "Iran and Russia rally behind Syria",
        "Comments by the minister caused anger.",
        "READ: " + "a paragraph that is too long to be a link " * 10,
    ],
)
def test_a_line_of_the_article_is_not_furniture(line: str):
    assert not is_furniture(line)


@pytest.mark.parametrize(
    "text",
    ["Read more: The king has left the island.", "READ: The bridge is closed.", "Related: She has won. He has not."],
)
def test_a_line_that_points_elsewhere_stays_where_it_is_all_there_is_and_a_sentence(text: str):
    assert readable(text) == readable(f"Leave a Reply\n{text}\nAdvertisement") == text
    assert readable(f"{text}\nThe text.") == "The text."


@pytest.mark.parametrize(
    "text", ["Read more: What the council decided", "Read more", "Leave a Reply", "WATCH: He is here."]
)
def test_what_only_points_elsewhere_is_dropped_even_alone(text: str):
    assert readable(text) in {"", "Read more"}


@pytest.mark.parametrize("text", ["The king has died.", "“We have won the war!”", "国王去世了。", "The king has died…"])
def test_a_whole_sentence_may_be_short(text: str):
    assert is_sentence(text)


@pytest.mark.parametrize(
    "text", ["", "The king has died", "Photo: Jane Doe.", "A. B.", "1 2 3 4 5.", "Who is the king?", "”."]
)
def test_a_stub_is_no_sentence(text: str):
    assert not is_sentence(text)


def test_a_text_that_is_too_long_is_refused():
    assert len(readable("a" * 1_000_000)) == 1_000_000
    with pytest.raises(
        ArticleError, match=r"The text has 1,000,001 characters, above the limit of 1,000,000; split it\."
    ):
        readable("a" * 1_000_001)


def test_a_title_repeated_above_the_text_is_dropped():
    assert readable("Bridge  Reopens\n\nBridge reopens\nThe text.", title="Bridge reopens") == "The text."


def test_a_headline_is_a_short_first_line_above_an_empty_one():
    assert split_headline("Bridge reopens after ‘long winter’\n\nThe text.") == (
        "Bridge reopens after ‘long winter’",
        "The text.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "The bridge has reopened.\n\nThe text.",
        "“The bridge has reopened.”\n\nThe text.",
        "Bridge reopens\nThe text.",
        "Bridge reopens",
        "Bridge\n\nThe text.",
        "By Jane Doe\n\nThe text.",
        "Published 1 December 2024\n\nThe text.",
        "1 2 3\n\nThe text.",
        "word " * 40 + "\n\nThe text.",
        "",
    ],
)
def test_no_headline_is_made_up(text: str):
    assert split_headline(text) == (None, text)


def test_columns_become_paragraphs():
    column = (
        "Bridge reopens\n"
        "The council voted on Tuesday to rebuild the bridge over the river, and\n"
        "the mayor said that the govern-\n"
        "ment had agreed to pay for well-\n"
        "Known reasons.\n"
        "Opponents have promised to appeal, and a court is expected to hear it.\n"
        "- one\n"
        "- two"
    )
    assert unwrapped(column) == (
        "Bridge reopens\n"
        "The council voted on Tuesday to rebuild the bridge over the river, and the mayor said that the government had "
        "agreed to pay for well-\n"
        "Known reasons.\n"
        "Opponents have promised to appeal, and a court is expected to hear it.\n"
        "- one\n"
        "- two"
    )


@given(st.text("ab-. \n", max_size=80))
def test_unwrapping_loses_no_letter(text: str):
    assert [letter for letter in unwrapped(text) if letter in "ab."] == [letter for letter in text if letter in "ab."]
