from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain, repeat

import pytest
from made_files import FIRST, SECOND, letter, mailbox, mhtml, page

from rag.articles import mail
from rag.articles.drafts import Draft
from rag.articles.mail import from_mail, from_mailbox, from_message
from rag.articles.making import made
from rag.articles.rows import Row
from rag.errors import ArticleError

LARGE = 10_000_000
NEWSLETTER = f"""<html><head><title>Letter 12</title><style>.x{{color:red}}</style></head><body>
<div style="display:none;max-height:0">What the inbox shows &zwnj;&nbsp;</div>
<table><tr><td><a href="https://letters.wexley.example/12">View in browser</a></td></tr>
<tr><td><h1>The bridge reopens</h1><p>{FIRST}</p><p>{SECOND}</p></td></tr>
<tr><td><table><tr><td>Turnout</td><td>62%</td></tr></table></td></tr>
<tr><td>You are receiving this email because you signed up at wexley.example.<br>
<a href="https://wexley.example/u">Unsubscribe</a> | <a href="#">Manage preferences</a><br>1 Mill Lane, Lower Wexley
</td></tr></table></body></html>"""


def rows(data: bytes, *, most: int = LARGE) -> list[Row]:
    return list(from_mailbox(BytesIO(data), most=most))


def drafts(data: bytes) -> list[Draft]:
    return [made(row.task) for row in rows(data)]


def raw(text: str, encoding: str, *, header: str = "", transfer: str = "8bit") -> bytes:
    """A message of bytes as they come, whatever its headers say of them."""
    headers = f"From: Wexley Post <a@wexley.example>\nSubject: Bridge\nContent-Type: text/plain{header}\n"
    return f"{headers}Content-Transfer-Encoding: {transfer}\n\n".encode() + text.encode(encoding)


# --- one message


def test_a_letter_gives_subject_sender_and_date_as_title_outlet_and_date():
    found = from_message(letter())
    assert (found.title, found.outlet, found.author) == ("Bridge reopens", "Wexley Post", None)
    assert (found.published_at, found.url) == ("2024-12-03T07:30:00+01:00", None)
    assert found.text == FIRST
    said = {one.field: (one.source, one.confidence) for one in found.findings}
    assert said == dict.fromkeys(("title", "outlet", "published_at"), ("mail", "medium"))


def test_of_a_letter_in_two_forms_the_html_is_read_without_what_it_says_of_itself():
    found = from_message(letter("The plain form is shorter.", html=NEWSLETTER))
    lines = [line for line in found.text.split("\n") if line]
    assert lines == ["The bridge reopens", FIRST, SECOND, "Turnout 62%"]
    assert found.url == "https://letters.wexley.example/12"


@pytest.mark.parametrize("host", ["click.tracker.example", "badwexley.example", "wexley.example.evil.example"])
def test_a_link_of_another_site_is_not_the_address_of_a_letter(host: str):
    html = NEWSLETTER.replace("letters.wexley.example", host)
    assert from_message(letter(html=html)).url is None


def test_tags_in_capitals_are_tags():
    upper = NEWSLETTER
    for tag in ("title", "a ", "a>", "td", "tr", "table"):
        upper = upper.replace(f"<{tag}", f"<{tag.upper()}").replace(f"</{tag}", f"</{tag.upper()}")
    assert from_message(letter(html=upper)) == from_message(letter(html=NEWSLETTER))


def test_a_letter_may_state_where_it_is_kept():
    kept = letter(Archived_At="<https://www.wexley.example/letters/12>")
    assert from_message(kept).url == "https://www.wexley.example/letters/12"


def test_words_in_the_midst_of_a_letter_that_its_foot_has_too_end_nothing():
    text = "\n\n".join(["Unsubscribe from pessimism", FIRST, "How to unsubscribe here", SECOND, FIRST, SECOND, FIRST])
    assert from_message(letter(text)).text.count(FIRST) == 3


@pytest.mark.parametrize(
    "foot",
    [
        "To unsubscribe from this list visit https://wexley.example/u",
        "Unsubscribe",
        "Manage your email preferences",
        "This newsletter was sent to reader@home.example",
        "Newsletter abbestellen",
        "Se désabonner de cette lettre",
        "Отписаться от рассылки",
        "إلغاء الاشتراك",
        "配信停止はこちら",
    ],
)
def test_the_foot_of_a_letter_is_left_out_in_any_language(foot: str):
    text = f"{FIRST}\n\n{SECOND}\n\n{foot}\n\nWexley Post, 1 Mill Lane"
    assert from_message(letter(text)).text == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (raw("Die Brücke wird gebaut, sagte der Bürgermeister am Montag.", "utf-8"), "Die Brücke wird gebaut"),
        (raw("Die Brücke wird gebaut, sagte er.", "cp1252", header="; charset=iso-8859-1"), "Die Brücke wird gebaut"),
        (raw("Совет проголосовал за мост.", "koi8-r", header="; charset=KOI8-R"), "Совет проголосовал за мост."),
        (raw("Die Brücke wird gebaut, sagte er.", "utf-8", header="; charset=us-ascii"), "Die Brücke wird gebaut"),
        (
            raw("橋の再建を決議した。", "iso2022_jp", header="; charset=ISO-2022-JP"),
            "橋の再建を決議した。",
        ),
        (raw("Die Brücke wird gebaut, sagte er.", "utf-8", header="; charset=nonsense"), "Die Brücke wird gebaut"),
    ],
)
def test_a_letter_is_read_in_the_encoding_that_it_is_in(data: bytes, text: str):
    assert text in from_message(data).text


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?B?0JzQvtGB0YI=?= =?utf-8?Q?_=D1=81=D0=BD=D0=BE=D0=B2=D0=B0?=", "Мост снова"),
        ("=?iso-8859-1?Q?Br=FCcke?= wieder offen", "Brücke wieder offen"),
        ("=?unknown-8?Q?=CD=EE=F1=F2?=", None),
        ("=?utf-8?B?a?= x", "=?utf-8?B?a?= x"),
        ("Two\n lines", "Two lines"),
        ("\x1b[2J\u202eBridge", "[2JBridge"),
        ("", None),
    ],
)
def test_a_subject_is_decoded_or_unknown(subject: str, title: str | None):
    data = raw(FIRST, "utf-8").replace(b"Subject: Bridge", f"Subject: {subject}".encode())
    assert from_message(data).title == title


@pytest.mark.parametrize(
    ("sent", "published_at"),
    [
        ("Tue, 03 Dec 2024 07:30:00 +0100 (CET)", "2024-12-03T07:30:00+01:00"),
        ("3 Dec 2024 07:30 GMT", "2024-12-03T07:30:00+00:00"),
        ("Tue, 03 Dec 2024 07:30:00 -0000", "2024-12-03T07:30:00+00:00"),
        ("Tue, 03 Dec 2999 07:30:00 +0000", None),
        ("yesterday", None),
        ("Tue, 99 Dec 2024 07:30:00 +0000", None),
        ("", None),
    ],
)
def test_a_letter_is_of_the_day_that_it_was_sent_or_of_none(sent: str, published_at: str | None):
    data = raw(FIRST, "utf-8").replace(b"Subject:", f"Date: {sent}\nSubject:".encode())
    assert from_message(data).published_at == published_at


def test_plain_text_set_in_a_column_has_its_paragraphs_on_one_line_and_no_word_changed():
    text = (
        "The council of Lower Wexley voted on Tuesday to rebuild the bridge over\n"
        "the river, the mayor said. It is a widely told and by now a fairly well-\n"
        "known fact.\nShort line.\n\n"
        "- The ferry runs again from Friday, and this line is long enough to be\n  wrapped.\n- Schools stay closed."
    )
    assert from_message(letter(text)).text.split("\n") == [
        "The council of Lower Wexley voted on Tuesday to rebuild the bridge over the river, the mayor said. "
        "It is a widely told and by now a fairly well-known fact.",
        "Short line.",
        "",
        "- The ferry runs again from Friday, and this line is long enough to be wrapped.",
        "- Schools stay closed.",
    ]


def test_a_long_paragraph_set_in_a_column_is_read_in_time():
    text = "\n".join(["word " * 11 + "words"] * 50_000)
    with pytest.raises(ArticleError, match="The text has 3,049,999 characters"):
        from_message(raw(text, "utf-8"))


def test_flowed_text_is_read_as_it_flows():
    data = raw("The council voted on \nTuesday to rebuild it.\nThe end came soon.", "utf-8", header="; format=flowed")
    assert from_message(data).text == "The council voted on Tuesday to rebuild it.\nThe end came soon."


def test_the_sender_s_signature_is_no_part_of_a_letter():
    assert from_message(letter(f"{FIRST}\n\n-- \nWexley Post\n1 Mill Lane")).text == FIRST


def test_what_is_attached_is_not_read():
    data = (
        b"From: a@wexley.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
        + FIRST.encode()
        + b"\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nAttached words.\n"
        b"--b\nContent-Type: message/rfc822\n\nSubject: x\n\nForwarded words.\n--b--\n"
    )
    assert from_message(data).text == FIRST


def test_a_saved_page_under_the_name_of_a_letter_is_a_page():
    assert from_message(mhtml(page())).url == "https://www.wexley.example/bridge"


def nested(depth: int) -> bytes:
    return b"From: a@b.example\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"just some words", "no message with headers"),
        (b"From: a@b.example\n\n", "holds no text"),
        (nested(5), "holds no text"),
        (nested(5000), "more than 20 parts in parts"),
        (b"From: a@b.example\nContent-Type: image/png\n\nx", "holds no text"),
        (lambda: b"From: a@b.example\n\n" + bytes(26_000_000), "26.0 MB, above the limit of 25 MB"),
        (lambda: letter(html="<p>x</p>" * 700_000), "MB of HTML"),
    ],
)
def test_a_message_that_cannot_be_read_is_refused(data: bytes | Callable[[], bytes], reason: str):
    with pytest.raises(ArticleError, match=reason):
        from_message(data() if callable(data) else data)


MANY = "; ".join(f"a*{number}*=x" for number in range(2000))
MULTIPART = b"From: a@wexley.example\nContent-Type: multipart/mixed; boundary=b\n\n"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (raw(FIRST, "utf-8", header=f"; {MANY}"), "a header of more than 20,000 bytes"),
        (raw(FIRST, "utf-8", header=f";\n {MANY}".replace("; ", ";\n\t")), "a header of more than 20,000 bytes"),
        (raw(FIRST, "utf-8", header=f"\rContent-Disposition: inline; {MANY}"), "a header of more than 20,000 bytes"),
        (MULTIPART + b"--b\n\n" * 10_001, "has more than 10,000 parts"),
        (MULTIPART.replace(b": m", b":" + b" " * 20 + b"m") + b"--b\r\r" * 10_001, "has more than 10,000 parts"),
    ],
)
def test_a_message_that_would_take_the_library_long_is_refused(data: bytes, reason: str):
    with pytest.raises(ArticleError, match=reason):
        from_message(data)


def test_a_letter_of_plain_text_may_have_many_rules():
    assert FIRST in from_message(raw(f"{FIRST}\n" + "--x\n" * 10_001, "utf-8")).text


# --- a mailbox


def test_the_messages_of_a_mailbox_are_told_apart_and_named_by_place():
    data = mailbox(*(letter(f"{FIRST} Number {n}.", subject=f"Letter {n}", name=f"m{n}@x") for n in (1, 2, 3)))
    assert [row.place for row in rows(data)] == ["message 1", "message 2", "message 3"]
    assert [row.source for row in rows(data)] == ["mail:m1@x", "mail:m2@x", "mail:m3@x"]
    assert [one.title for one in drafts(data)] == ["Letter 1", "Letter 2", "Letter 3"]
    assert [one.text[-9:] for one in drafts(data)] == ["Number 1.", "Number 2.", "Number 3."]


def test_a_line_that_begins_with_from_does_not_end_a_message():
    text = f"{FIRST}\n\nFrom here on it is quiet.\n\nFrom what we know: nothing.\n"
    (quoted,) = drafts(mailbox(letter(text)))
    assert "From here on" in quoted.text and ">From" not in quoted.text
    (unquoted,) = drafts(b"From a Tue Dec  3 07:30:00 2024\nSubject: x\n\n" + text.encode())
    assert "From here on it is quiet." in unquoted.text


def test_a_message_is_read_when_it_is_its_turn():
    one = mailbox(letter())

    class Endless(BytesIO):
        """A mailbox without an end."""

        def __init__(self) -> None:
            super().__init__()
            self._lines: Iterator[bytes] = chain.from_iterable(repeat(one.splitlines(keepends=True)))

        def readline(self, size: int | None = -1, /) -> bytes:
            return next(self._lines)

    found = from_mailbox(Endless(), most=LARGE)
    assert [next(found).place for _ in range(3)] == ["message 1", "message 2", "message 3"]


def test_a_message_that_is_too_large_is_refused_and_the_next_is_read():
    large = b"Subject: x\n\n" + b"word " * 2000 + b"\n" + b"word\n" * 2000
    first, second = rows(mailbox(large, letter()), most=5000)
    with pytest.raises(ArticleError, match="The message has more than"):
        made(first.task)
    assert made(second.task).text == FIRST


def test_a_mailbox_that_holds_itself_is_read_once():
    inner = mailbox(letter())
    outer = b"Subject: x\nContent-Type: message/rfc822\n\n" + inner
    first, second = rows(mailbox(outer.replace(b"\nFrom ", b"\n>From ")) + inner)
    with pytest.raises(ArticleError, match="holds no text"):
        made(first.task)
    assert made(second.task).text == FIRST


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"just\n\nwords\n", b"From a\n", b"From a\n\nFrom b\n", b"Subject: x\n\ny"]
)
def test_what_is_no_mailbox_is_refused(data: bytes):
    with pytest.raises(ArticleError, match="mailbox"):
        rows(data)


def test_a_message_without_an_id_is_known_by_its_place():
    assert from_mail(letter(name=None)).source is None
    assert from_mail(b"Subject: x\n\nMessage-ID: <not@header>\n").source is None


def test_of_a_message_of_lines_without_end_the_rest_is_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail, "_MOST_LINES", 1000)
    whole = mailbox(letter(), letter())
    found = from_mailbox(BytesIO(whole + b"\n" * 2000), most=LARGE)
    assert made(next(found).task).text == FIRST
    with pytest.raises(ArticleError, match="has more than 1,000 lines; the rest of the mailbox is not read"):
        next(found)
