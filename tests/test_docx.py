import struct
import zipfile
from io import BytesIO

import docx
import pytest
from docx.oxml import parse_xml
from made_files import FIRST, SECOND, saved, word

from rag.articles import docx as reader
from rag.articles.docx import from_docx
from rag.errors import ArticleError

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def rewritten(body: bytes) -> bytes:
    """A Word document with another text part."""
    whole = zipfile.ZipFile(BytesIO(word(FIRST)))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in whole.namelist():
            file.writestr(name, body if name == "word/document.xml" else whole.read(name))
    return out.getvalue()


def with_paragraph(xml: str) -> bytes:
    made = docx.Document()
    made.add_paragraph(FIRST)
    made.element.body.insert(1, parse_xml(f"<w:p {W}>{xml}</w:p>"))
    return saved(made)


def test_a_document_gives_its_title_and_its_paragraphs_and_no_author_or_date():
    found = from_docx(word(FIRST, SECOND, heading="The bridge reopens"))
    assert (found.title, found.text) == ("The bridge reopens", f"{FIRST}\n\n{SECOND}")
    assert (found.author, found.published_at, found.outlet) == (None, None, None)


def test_a_stated_title_counts_where_there_is_no_heading_unless_it_is_of_the_template():
    made = docx.Document()
    made.add_paragraph(FIRST)
    made.core_properties.title = "Bridge to be rebuilt"
    assert from_docx(saved(made)).title == "Bridge to be rebuilt"
    made.core_properties.title = "Word Document"
    assert from_docx(saved(made)).title is None


def test_a_headline_above_the_text_is_the_title_and_an_item_of_a_list_is_none():
    found = from_docx(word("The bridge reopens", FIRST))
    assert (found.title, found.text) == ("The bridge reopens", FIRST)
    made = docx.Document()
    made.add_paragraph("Toll is free", style="List Bullet")
    made.add_paragraph(FIRST)
    assert from_docx(saved(made)).title is None


def test_lists_and_tables_are_read_where_they_stand():
    made = docx.Document()
    made.add_paragraph(FIRST)
    made.add_paragraph("Toll free", style="List Bullet")
    made.add_paragraph("Open at night", style="List Number")
    table = made.add_table(2, 2)
    for row, cells in zip(table.rows, [("Turnout", "62%"), ("For", "14")], strict=True):
        row.cells[0].text, row.cells[1].text = cells
    made.add_paragraph(SECOND)
    assert from_docx(saved(made)).text == (
        f"{FIRST}\n\n- Toll free\n- Open at night\n\nTurnout | 62%\nFor | 14\n\n{SECOND}"
    )


def test_a_table_in_a_table_is_read_once():
    made = docx.Document()
    made.add_paragraph(FIRST)
    inner = made.add_table(1, 1).cell(0, 0).add_table(1, 1)
    inner.cell(0, 0).text = "Inside"
    assert from_docx(saved(made)).text.count("Inside") == 1


def test_text_that_was_put_in_is_read_and_text_that_was_struck_out_is_not():
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>".format
    taken = "<w:r><w:delText>200</w:delText></w:r>"
    struck = "<w:r><w:rPr><w:{}/></w:rPr><w:t> not this</w:t></w:r>".format
    xml = (
        f"{run('The toll is ')}<w:del w:id='1' w:author='x'>{taken}</w:del><w:ins w:id='2' w:author='x'>{run('242')}"
        f"</w:ins><w:hyperlink>{run(' crowns')}</w:hyperlink>{struck('strike')}{struck('vanish')}"
        f"<w:sdt><w:sdtContent>{run(' a day')}</w:sdtContent></w:sdt><w:r><w:noBreakHyphen/><w:t>x</w:t></w:r>"
    )
    assert "The toll is 242 crowns a day-x" in from_docx(with_paragraph(xml)).text.split("\n")


def test_a_text_box_is_read_once_and_not_as_part_of_the_sentence_around_it():
    box = "<w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent>"
    choice = (
        "<mc:AlternateContent xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>"
        f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    xml = f"<w:r><w:t xml:space='preserve'>Half a </w:t></w:r><w:r>{choice}</w:r><w:r><w:t>sentence.</w:t></w:r>"
    lines = from_docx(with_paragraph(xml)).text.split("\n")
    assert [line for line in lines if line] == [FIRST, "Half a sentence.", "In a box."]


def test_what_a_document_refers_to_outside_is_not_read():
    body = (
        f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY out SYSTEM "file:/etc/passwd">]><w:document {W}><w:body>'
        f"<w:p><w:r><w:t>&out;</w:t></w:r></w:p><w:p><w:r><w:t>{FIRST}</w:t></w:r></w:p></w:body></w:document>"
    )
    assert from_docx(rewritten(body.encode())).text == FIRST


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", bytes(20_000_000))
    return out.getvalue()


def lying(name: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A document with a part of 20 MB that says of itself that it is of 2 KB."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("word/document.xml", f"<w:document {W}/>")
        file.writestr(name, bytes(20_000_000))
    data = bytearray(out.getvalue())
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<I", data, data.rindex(mark) + place, 2000)
    return bytes(data)


def parts(count: int) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in ("word/document.xml", *map(str, range(count - 1))):
            file.writestr(name, b"")
    return out.getvalue()


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("readme.txt", FIRST)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (word(FIRST)[:-200], "damaged or cut short"),
        (b"PK\x03\x04 and no more", "damaged or cut short"),
        (archive(), "a packed file and no Word document"),
        (bomb(), "unpacks to 20 MB, 20 MB of it text, above the limit"),
        (lying("word/other.xml"), "unpacks to 10 MB, 10 MB of it text, above the limit"),
        (lying("a.xml", zipfile.ZIP_BZIP2), "packed in a way that Word does not"),
        (parts(10_001), "has 10,001 parts; save its text"),
        (word(), "holds no text"),
        (rewritten(b"<w:document>"), "damaged and cannot be read"),
        (rewritten(f"<w:document {W}><w:body>".encode() + b"<w:p>" * 5000), "damaged and cannot be read"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused(data: bytes, reason: str):
    with pytest.raises(ArticleError, match=reason):
        from_docx(data)


def test_all_that_a_document_unpacks_to_counts_whatever_it_says(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reader, "_MOST_UNPACKED", 1_000_000)
    with pytest.raises(ArticleError, match="unpacks to 1 MB, 0 MB of it text, above the limit"):
        from_docx(lying("word/media/image1.png"))
