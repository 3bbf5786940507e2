import contextlib
import gzip
import json
from collections.abc import Iterable
from io import BytesIO

import pytest
from made_files import mhtml, page, word
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from rag.articles.drafts import Draft
from rag.articles.formats import kind_of, rows
from rag.articles.making import from_text, made
from rag.articles.markdown import from_markdown, without_markdown
from rag.articles.objects import from_json, from_json_lines
from rag.articles.pdf import from_pdf
from rag.articles.rows import Row
from rag.articles.splitting import Input, split
from rag.errors import ArticleError

LARGE = 10_000_000
BODY = "The council voted on Tuesday to rebuild the bridge over the river, the mayor said."


def drafts(found: Iterable[Row]) -> list[Draft]:
    return [made(row.task) for row in found]


def pdf(*pages: str, title: str | None = None, password: str | None = None) -> bytes:
    writer = PdfWriter()
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    fonts = DictionaryObject(
        {NameObject("/F1"): DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})}
    )
    for text in pages:
        page = writer.add_blank_page(612, 792)
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        shown = "".join(f"({line}) Tj T* " for line in text.split("\n"))
        stream.set_data(f"BT /F1 12 Tf 14 TL 50 700 Td {shown} ET".encode())
        page[NameObject("/Contents")] = stream
    if title:
        writer.add_metadata({"/Title": title, "/Author": "Jane Doe"})
    if password is not None:
        writer.encrypt(user_password=password, owner_password="owner")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


# --- plain text


def test_a_plain_text_gives_a_title_only_where_it_has_one():
    titled = from_text(
        f"Bridge reopens\n\nYou are currently viewing Bridge reopens\n\n{BODY}\n\nLeave a Reply".encode()
    )
    assert (titled.title, titled.text) == ("Bridge reopens", BODY)
    assert from_text(f"{BODY}\n\n{BODY}".encode()).title is None


# --- Markdown


def test_front_matter_is_the_byline_and_stays_out_of_the_text():
    found = from_markdown(
        f"---\ntitle: 'Bridge: reopened'\nsource: The Post\npublished: 2024-12-01\nurl: https://example.org/a\n"
        f"author: [Jane Doe, John Roe]\n---\n\n{BODY}\n".encode()
    )
    assert (found.title, found.outlet, found.author) == ("Bridge: reopened", "The Post", "Jane Doe, John Roe")
    assert (found.published_at, found.url, found.text) == ("2024-12-01", "https://example.org/a", BODY)


def test_unknowns_in_front_matter_are_unknown():
    found = from_markdown(f"---\ntitle: ~\noutlet: unknown\ndate:\n---\n{BODY}".encode())
    assert (found.title, found.outlet, found.published_at) == (None, None, None)


def test_the_first_heading_is_the_title_where_nothing_else_is():
    assert from_markdown(f"# Bridge *reopens* #\n\n{BODY}".encode()).title == "Bridge reopens"
    found = from_markdown(f"---\ntitle: Another\n---\n# Bridge reopens\n\n{BODY}".encode())
    assert (found.title, found.text) == ("Another", f"Bridge reopens\n\n{BODY}")
    found = from_markdown(f"---\ntitle: Bridge reopens\n---\n# Bridge reopens\n\n{BODY}".encode())
    assert (found.title, found.text) == ("Bridge reopens", BODY)


def test_front_matter_cannot_blow_up():
    levels = zip("abcdefgh", "bcdefghi", strict=True)
    bomb = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [{('*' + old + ', ') * 9}]\n" for old, new in levels)
    assert from_markdown(f"---\n{bomb}title: *i\n---\n{BODY}".encode()).text == BODY
    run = "!!python/object/apply:os.system ['false']"
    assert from_markdown(f"---\ntitle: {run}\n---\n{BODY}".encode()).title is None
    for matter in ("a: [" * 3000, "a: &a [*a]", "x" * 20_000, "? [a]\n: b"):
        with pytest.raises(ArticleError, match="front matter"):
            from_markdown(f"---\n{matter}\n---\n{BODY}".encode())


def test_front_matter_may_nest_lists_and_not_without_end():
    def nested(depth: int) -> bytes:
        return f"---\ntitle: Bridge\ntags: {'[' * depth}a{']' * depth}\n---\n{BODY}".encode()

    assert from_markdown(nested(20)).title == "Bridge"
    with pytest.raises(ArticleError, match=r"line 3: more than 20 lists in lists\); correct it\."):
        from_markdown(nested(21))


@pytest.mark.parametrize(
    ("markdown", "prose"),
    [
        ("one\ntwo\n\nthree", "one two\n\nthree"),
        ("Setext\n------\ntext", "Setext\n\ntext"),
        ("## Heading ##\ntext", "Heading\n\ntext"),
        ("**bold *both* bold** and __more__ and _some_ and ~~gone~~", "bold both bold and more and some and gone"),
        ("***all***, snake_case_name, 2 * 3 * 4, `code_x_`", "all, snake_case_name, 2 * 3 * 4, code_x_"),
        ('[link](https://example.org/a_(b) "title"), [ref][1], [bare]', "link, ref, [bare]"),
        ("a ![picture](x.png) b [![badge](b.png)](https://x)", "a  b"),
        ("<https://example.org> and <b>bold</b> &amp; &lt;kept&gt;", "https://example.org and bold & <kept>"),
        ("- one\n- two\n  goes on\n* three\n\n1. four\n2. five", "- one\n- two goes on\n- three\n1. four\n2. five"),
        ("> quoted\n> text\n\na > b", "quoted text\n\na > b"),
        ("text[^1]\n\n[^1]: note\n[ref]: https://x", "text"),
        ("| a | b |\n|---|---|\n| c | d |", "a, b\n\nc, d"),
        ("```\n# not a heading\n```\nafter", "# not a heading\n\nafter"),
        ("a\n\n***\n\nb <!-- hidden\n\ntext --> c", "a\n\nb  c"),
        (r"\*plain\* 5\. x", "*plain* 5. x"),
        ("a | b", "a | b"),
        ("---\n\ntext", "text"),
    ],
)
def test_markdown_reads_as_prose(markdown: str, prose: str):
    assert without_markdown(markdown) == (None, prose)


# --- JSON

ROW = {
    "title": "Bridge reopens",
    "author": "Jane Doe",
    "source": "The Post",
    "published_at": "2023-09-28T12:00:00+00:00",
}
ROW |= {"category": "news", "url": "https://example.org/a", "body": BODY}


@pytest.mark.parametrize(
    "shape", [ROW, [ROW], {"articles": [ROW]}, {"status": "ok", "articles": [ROW]}, {"data": [ROW]}]
)
def test_json_of_many_shapes_is_understood(shape: object):
    (found,) = drafts(from_json(json.dumps(shape).encode()))
    assert (found.title, found.author, found.outlet) == ("Bridge reopens", "Jane Doe", "The Post")
    assert (found.published_at, found.url, found.text) == (ROW["published_at"], ROW["url"], BODY)


def test_only_one_object_has_no_place_in_its_file():
    assert [row.place for row in from_json(json.dumps(ROW).encode())] == [""]
    assert [row.place for row in from_json(json.dumps([ROW, ROW]).encode())] == ["item 1", "item 2"]


def test_markup_in_a_body_is_taken_out():
    (found,) = drafts(from_json(json.dumps({"body": f"<p>{BODY}</p><p>Caf&eacute;</p>"}).encode()))
    assert found.text == f"{BODY}\n\nCafé"


def test_json_lines_are_counted_as_people_count():
    lines = [b"\xef\xbb\xbf" + json.dumps(ROW).encode(), b"\n", json.dumps(ROW).encode(), b'{"body": "caf\xe9"}']
    found = list(from_json_lines(BytesIO(b"\n".join(lines)), most=LARGE))
    assert [row.place for row in found] == ["line 1", "line 4", "line 5"]
    with pytest.raises(ArticleError, match=r"The line is not UTF-8; save the file as UTF-8\."):
        made(found[2].task)


def test_a_lone_surrogate_does_not_reach_the_text():
    (found,) = drafts(from_json(b'{"body": "a\\ud800b", "title": "\\udfff t"}'))
    assert (found.text, found.title) == ("ab", "t")


def test_a_number_that_is_none_is_no_title():
    data = b'{"title": NaN, "outlet": 1e999, "body": "%s"}' % BODY.encode()
    (found,) = drafts(from_json_lines(BytesIO(data), most=LARGE))
    assert (found.title, found.outlet, found.text) == (None, None, BODY)


def test_a_file_of_json_lines_under_the_name_of_json_is_read_line_by_line():
    data = b"\n".join([json.dumps(ROW).encode()] * 2)
    assert [row.place for row in from_json(data)] == ["line 1", "line 2"]
    with pytest.raises(ArticleError, match="not valid JSON"):
        list(from_json(json.dumps(ROW, indent=1).encode()[:-1]))


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read():
    good = json.dumps(ROW).encode()
    first, second = from_json_lines(BytesIO(b"x" * 5000 + b"\n" + good), most=1000)
    with pytest.raises(ArticleError, match="The line has more than"):
        made(first.task)
    assert (second.place, made(second.task).text) == ("line 2", BODY)


# --- what an input is


def read(name: str, data: bytes, *, most: int = LARGE) -> list[Draft]:
    kind = kind_of(name)
    assert kind is not None
    return drafts(rows(Input(file=BytesIO(data), kind=kind, size=len(data), most=most), split))


@pytest.mark.parametrize(
    ("name", "data", "title"),
    [
        ("a.html", mhtml(page()), "Bridge reopens"),
        ("a.txt", mhtml(page()), "Bridge reopens"),
        ("a.eml", mhtml(page()), "Bridge reopens"),
        ("a.mhtml", page().encode(), "Bridge reopens"),
        ("a.txt", page().encode(), "Bridge reopens"),
        ("a.txt", page(above='<?xml version="1.0"?>').encode(), "Bridge reopens"),
        ("a.md", b"\n  " + page().encode(), "Bridge reopens"),
        ("a.html", gzip.compress(page().encode()), "Bridge reopens"),
        ("a.txt", pdf(BODY, title="A print"), "A print"),
        ("a.pdf", word(BODY, heading="A letter"), "A letter"),
        ("a.HTML", word(BODY, heading="A letter"), "A letter"),
    ],
)
def test_the_first_bytes_tell_what_a_file_is_where_its_name_lies(name: str, data: bytes, title: str):
    (found,) = read(name, data)
    assert found.title == title
    assert "<" not in found.text


def test_text_that_speaks_of_markup_stays_text():
    (found,) = read("a.txt", f"The tag <html> opens a page, she said.\n\n{BODY}".encode())
    assert "<html>" in found.text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a document of an older Word; save it as .docx"),
        ("a.html", gzip.compress(page().encode())[:-20], "packed file breaks off"),
        ("a.html", gzip.compress(page().encode())[:-8] + bytes(8), "packed file is damaged"),
        ("a.txt", gzip.compress(bytes(50_000_000)), "unpacks to over 200 times its size"),
        ("a.jsonl.gz", gzip.compress(bytes(50_000_000)), "unpacks to over 200 times its size"),
        ("a.jsonl.gz", gzip.compress(b"\n" * 1_500_000), "More than 1,000,000 lines in a row are empty"),
        ("a.txt", b"WARC/1.0\r\n", "give it a name that ends in .warc"),
        ("a.txt", bytes(LARGE + 1), "The file has 10.0 MB, above the limit of 10.0 MB"),
    ],
)
def test_what_is_packed_or_is_another_thing_is_refused(name: str, data: bytes, reason: str):
    with pytest.raises(ArticleError, match=reason):
        read(name, data)


def test_the_limit_holds_for_what_is_unpacked():
    with pytest.raises(ArticleError, match="above the limit"):
        read("a.txt", gzip.compress(BODY.encode() * 100), most=4000)


def test_packed_lines_are_read_up_to_where_they_break_off():
    whole = gzip.compress(b"".join(json.dumps(ROW | {"title": hex(n**40)}).encode() + b"\n" for n in range(2000)))
    assert len(read("a.jsonl.gz", whole)) == 2000
    data = whole[: len(whole) // 2]
    found: list[Row] = []
    with pytest.raises(ArticleError, match="breaks off here"):
        found.extend(rows(Input(file=BytesIO(data), kind="lines", size=len(data), most=LARGE), split))
    assert 500 < len(found) < 1500
    assert {one.text for one in drafts(found)} == {BODY}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("news.jsonl.gz", "lines"),
        ("CC-NEWS-2024.WARC.GZ", "archive"),
        ("letters.mbox", "mailbox"),
        ("a.b.mht", "mhtml"),
        ("a.gz", None),
        ("a.txt.gz", None),
        ("jsonl", None),
    ],
)
def test_a_name_tells_what_a_file_is(name: str, kind: str | None):
    assert kind_of(name) == kind


def test_a_server_s_word_counts_more_than_a_name():
    assert kind_of("/a.html", "application/pdf") == "pdf"
    assert kind_of("/a.warc.gz", "application/gzip") == "archive"
    assert kind_of("/a", "application/gzip") is None


# --- PDF


def test_a_pdf_is_read_in_paragraphs_without_running_lines():
    text = (
        "The council voted on Tuesday to rebuild the\nbridge over the river, the mayor said to the\npress of the town."
    )
    pages = [f"Morning Post\n{text}\nPage {number}" for number in (1, 2, 3)]
    found = from_pdf(pdf(*pages, title="Bridge reopens"))
    assert (found.title, found.author, found.outlet, found.published_at) == ("Bridge reopens", "Jane Doe", None, None)
    assert found.text == "\n".join([text.replace("\n", " ")] * 3)


@pytest.mark.parametrize("title", ["Microsoft Word - bridge.docx", "bridge-final.pdf", "Untitled"])
def test_the_name_of_a_file_is_no_title(title: str):
    assert from_pdf(pdf(BODY, title=title)).title is None


def test_a_pdf_that_needs_no_password_to_open_is_read():
    assert from_pdf(pdf(BODY, password="")).text == BODY


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf(BODY, password="secret"), "The PDF is encrypted; save a copy without a password."),
        (pdf(BODY)[:200], "The PDF is damaged and cannot be read"),
        (b"%PDF-1.7\n" + b"\x00" * 100, "The PDF is damaged and cannot be read"),
        (pdf(""), "The PDF has no text layer"),
        (pdf(), "The PDF has no text layer"),
    ],
)
def test_a_pdf_that_cannot_be_read_is_refused(data: bytes, reason: str):
    with pytest.raises(ArticleError, match=reason):
        from_pdf(data)


def test_a_pdf_of_very_many_pages_is_refused():
    writer = PdfWriter()
    for _ in range(1001):
        writer.add_blank_page(10, 10)
    out = BytesIO()
    writer.write(out)
    with pytest.raises(ArticleError, match="1,001 pages, above the limit of 1,000; split it"):
        from_pdf(out.getvalue())


def test_pypdf_says_nothing_of_its_own(capfd: pytest.CaptureFixture[str]):
    with contextlib.suppress(ArticleError):
        from_pdf(pdf(BODY).replace(b"endobj", b"endxxx"))
    assert capfd.readouterr() == ("", "")
