"""Files that are made to take all there is: each costs a sentence, or is read, and the file after it is read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import resource
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from made_files import FIRST, SECOND, page, record, word

from rag.articles import read
from rag.confined import Confined, Limits
from rag.errors import ArticleError
from rag.sources import find
from rag.types import Article, Refusal

LARGE = 50_000_000
WELL = f"{FIRST}\n\n{SECOND}"


def pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1."""
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + one + b"\nendobj\n")
    at = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(places) + 1, root, at))
    return out.getvalue()


def stream(data: bytes, said: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n" % (len(data), said) + data + b"\nendstream"


def bomb(times: int = 100_000_000) -> bytes:
    """Blanks, packed."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b" " * 10_000_000) for _ in range(times // 10_000_000)) + packer.flush()


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R >>"
ONE_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def pdf_of_blanks() -> bytes:
    return pdf(CATALOGUE, PAGES, ONE_PAGE, stream(bomb(), b"/Filter /FlateDecode"))


def pdf_packed_often() -> bytes:
    data = b" " * 1_000_000
    for _ in range(40):
        data = zlib.compress(data)
    return pdf(CATALOGUE, PAGES, ONE_PAGE, stream(data, b"/Filter [" + b"/FlateDecode " * 40 + b"]"))


def pdf_of_a_million_pages() -> bytes:
    kids = b"3 0 R " * 1_000_000
    return pdf(CATALOGUE, b"<< /Type /Pages /Kids [" + kids + b"] /Count 1000000 >>", ONE_PAGE, stream(b""))


def pdf_that_says_it_has_pages() -> bytes:
    return pdf(CATALOGUE, b"<< /Type /Pages /Kids [3 0 R] /Count 999999999999 >>", ONE_PAGE, stream(b""))


def pdf_of_pages_in_themselves() -> bytes:
    return pdf(CATALOGUE, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>")


def pdf_that_means_itself() -> bytes:
    return pdf(CATALOGUE, b"<< /Type /Pages /Kids 2 0 R /Count 2 0 R >>", b"3 0 R")


def pdf_nested_deep() -> bytes:
    return pdf(CATALOGUE, b"<< /Type /Pages /Kids " + b"[" * 300_000 + b"]" * 300_000 + b" /Count 1 >>")


def docx_of_blanks() -> bytes:
    out = io.BytesIO(word(FIRST))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed, packed.open("word/media/a.xml", "w") as part:
        for _ in range(12):
            part.write(b" " * 10_000_000)
    return out.getvalue()


def docx_with(document: bytes) -> bytes:
    """A Word document with another text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word(FIRST))) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in source.namelist():
            packed.writestr(part, document if part == "word/document.xml" else source.read(part))
    return out.getvalue()


W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx_that_laughs() -> bytes:
    lines = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    text = b"<w:document " + W + b"><w:body><w:p><w:r><w:t>&a11;</w:t></w:r></w:p></w:body></w:document>"
    return docx_with(b'<!DOCTYPE x [<!ENTITY a0 "ha">' + lines + b"]>" + text)


def docx_of_a_file_elsewhere() -> bytes:
    text = b"<w:document " + W + b"><w:body><w:p><w:r><w:t>&a; " + FIRST.encode() + b"</w:t></w:r></w:p></w:body>"
    return docx_with(b'<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/passwd">]>' + text + b"</w:document>")


def docx_nested_deep() -> bytes:
    deep = b"<w:p>" * 100_000 + b"</w:p>" * 100_000
    return docx_with(b"<w:document " + W + b"><w:body>" + deep + b"</w:body></w:document>")


def docx_that_climbs_out() -> bytes:
    out = io.BytesIO(word(FIRST))
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr("../../../../tmp/climbed-out-of-a-document", "x")
        packed.writestr("/tmp/climbed-out-of-a-document", "x")
    return out.getvalue()


def html(inside: str) -> bytes:
    return page().replace("<article>", f"<article>{inside}").encode()


def warc_of(packing: str, body: bytes) -> bytes:
    said = f"Content-Encoding: {packing}\r\n"
    return record("https://www.wexley.example/a", body, headers=said) + record(
        "https://www.wexley.example/b", page().encode()
    )


def mail_in_mail() -> bytes:
    return b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" * 5_000 + WELL.encode()


def mail_of_parts() -> bytes:
    head = b'From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
    return head + b"--x\r\n\r\na\r\n" * 300_000


BOMBS: dict[str, Callable[[], bytes]] = {
    "blanks.pdf": pdf_of_blanks,
    "often.pdf": pdf_packed_often,
    "pages.pdf": pdf_of_a_million_pages,
    "count.pdf": pdf_that_says_it_has_pages,
    "round.pdf": pdf_of_pages_in_themselves,
    "itself.pdf": pdf_that_means_itself,
    "deep.pdf": pdf_nested_deep,
    "blanks.docx": docx_of_blanks,
    "laughs.docx": docx_that_laughs,
    "elsewhere.docx": docx_of_a_file_elsewhere,
    "deep.docx": docx_nested_deep,
    "climbs.docx": docx_that_climbs_out,
    "deep.html": lambda: html("<div>" * 90_000),
    "tables.html": lambda: html("<table><tr><td>" * 30_000),
    "formatting.html": lambda: html("<b><i><u><a>" * 20_000 + "<p>x" * 2_000),
    "attributes.html": lambda: html("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>"),
    "attribute.html": lambda: html(f"<p title='{'x' * 4_500_000}'>x</p>"),
    "nothing.html": lambda: html("\0" * 1_000_000),
    "entities.html": lambda: html("&amp;" * 900_000),
    "laughs.html": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + html("&b;" * 9)
    ),
    "styles.html": lambda: html("<style>" + "a{" * 500_000 + "</style><p style='" + "opacity(" * 100_000 + "'>x</p>"),
    "script.html": lambda: html('<script type="application/ld+json">' + "[" * 1_000_000 + "</script>"),
    "deep.json": lambda: b"[" * 10_000_000,
    "deeper.json": lambda: b'{"a":' * 2_000_000 + b"1" + b"}" * 2_000_000,
    "lists.json": lambda: b"[" + b"[]," * 12_000_000 + b"[]]",
    "number.json": lambda: b'{"body": ' + b"9" * 5_000_000 + b"}",
    "keys.json": lambda: json.dumps({"body": FIRST, **{f"k{n}": n for n in range(100_000)}}).encode(),
    "blanks.jsonl.gz": lambda: gzip.compress(b" " * 100_000_000, 9),
    "lines.jsonl.gz": lambda: gzip.compress(b"\n" * 100_000_000, 9),
    "nested.jsonl.gz": lambda: gzip.compress(gzip.compress(b"x" * 100_000_000, 9)),
    "blanks.mbox.gz": lambda: gzip.compress(b"From a\nSubject: x\n\n" + b" " * 100_000_000, 9),
    "gzip.warc": lambda: warc_of("gzip", gzip.compress(b" " * 100_000_000, 9)),
    "deflate.warc": lambda: warc_of("deflate", bomb()),
    "brotli.warc": lambda: warc_of("br", b"\xff" * 1_000_000),
    "zstd.warc": lambda: warc_of("zstd", b"\x28\xb5\x2f\xfd" + b"\xff" * 1_000_000),
    "header.warc": lambda: b"WARC/1.0\r\nWARC-Type: response\r\nX: " + b"x" * 40_000_000,
    "headers.warc": lambda: b"WARC/1.0\r\n" + b"X: y\r\n" * 6_000_000,
    "length.warc": lambda: b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999999\r\n\r\nx",
    "blanks.warc.gz": lambda: gzip.compress(b" " * 100_000_000, 9),
    "in-mail.eml": mail_in_mail,
    "parts.eml": mail_of_parts,
    "base64.eml": lambda: (
        b"From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(b" " * 15_000_000)
    ),
    "headers.eml": lambda: b"From: a@b.example\r\n" + b"X: y\r\n" * 200_000 + b"\r\n" + WELL.encode(),
    "matter.md": lambda: b"---\na: &a [x]\n" + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(9)) + b"---\nx",
    "laughs.md": lambda: (
        b"---\na0: &a0 [x,x]\n"
        + b"".join(b"a%d: &a%d [%b]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 12))
        + b"---\n"
        + WELL.encode()
    ),
    "links.md": lambda: b"[" * 500_000 + b"](" * 500_000,
    "stars.md": lambda: b"*_" * 900_000,
    "nothing.txt": lambda: b"\0" * 10_000_000,
    "wide.txt": lambda: WELL.encode().replace(b" ", b" " * 10_000),
    "marks.txt": lambda: WELL.encode() + "\u0301".encode() * 400_000,
}


@pytest.fixture(scope="module")
def parser() -> Confined:
    return Confined(Limits(seconds=20, memory_mb=700))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_a_sentence_at_most(name: str, parser: Confined, tmp_path: Path):
    path, well = tmp_path / name, tmp_path / "well.txt"
    path.write_bytes(BOMBS[name]())
    well.write_text(WELL, "utf-8")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = list(read(path, max_bytes=LARGE, parser=parser))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert found and len(found) < 1_010
    for one in found:
        assert isinstance(one, Article) or (one.reason.endswith(".") and "\n" not in one.reason), one
        assert not isinstance(one, Article) or ("root:" not in one.text and len(one.text) <= 1_000_000)
    assert after - before < 400_000, "kilobytes that this process itself needed"
    assert isinstance(next(read(well, max_bytes=LARGE, parser=parser)), Article)
    assert not Path("/tmp/climbed-out-of-a-document").exists()


FEEDS: dict[str, bytes] = {
    "laughs": b'<!DOCTYPE rss [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%b">' % (n, (b"&a%d;" % (n - 1) if n > 1 else b"&a;") * 10) for n in range(1, 12))
    + b"]><rss><channel><item><title>&a11;</title><link>https://a.example/</link></item></channel></rss>",
    "quadratic": b'<!DOCTYPE rss [<!ENTITY a "'
    + b"x" * 100_000
    + b'">]><rss><channel><item><title>'
    + b"&a;" * 100_000
    + b"</title></item></channel></rss>",
    "elsewhere": b'<!DOCTYPE rss [<!ENTITY a SYSTEM "/etc/passwd"><!ENTITY % b SYSTEM "http://127.0.0.1:9/x">%b;]>'
    b"<rss><channel><item><title>&a;</title><link>https://a.example/</link></item></channel></rss>",
    "deep": b"<rss><channel>" + b"<item>" * 500_000,
    "attributes": b"<rss><channel><item " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/></channel></rss>",
    "namespaces": b"<rss " + b" ".join(b'xmlns:a%d="u"' % n for n in range(100_000)) + b"><channel/></rss>",
    "nothing": b"<rss><channel>\0" + b"\0" * 1_000_000,
}


@pytest.mark.parametrize("form", ["feed", "sitemap", "json feed"])
@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_that_is_a_bomb_is_a_sentence_at_most(name: str, form: str, parser: Confined):
    try:
        said = repr(parser.listing(FEEDS[name], form=form, address="https://a.example/feed", charset=None))  # type: ignore[arg-type]
    except ArticleError as error:
        said = str(error)
    assert "root:" not in said and len(said) < 1_000_000


# --- what is no file


def test_nothing_but_files_in_the_folder_itself_is_read(tmp_path: Path):
    folder, outside = tmp_path / "news", tmp_path / "secret.txt"
    folder.mkdir()
    outside.write_text(WELL, "utf-8")
    (folder / "a.txt").write_text(WELL, "utf-8")
    os.mkfifo(folder / "pipe.txt")
    (folder / "out.txt").symlink_to(outside)
    (folder / "up.txt").symlink_to("../secret.txt")
    (folder / "round.txt").symlink_to("round.txt")
    (folder / "in.txt").symlink_to("a.txt")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "far").symlink_to(tmp_path)
    (folder / "hard.txt").hardlink_to(folder / "a.txt")
    (folder / "..txt").write_text(WELL, "utf-8")
    assert {path.name for path in find([folder])} == {"a.txt", "hard.txt"}


@pytest.mark.parametrize("make", [lambda path: os.mkfifo(path), lambda path: path.symlink_to("/dev/zero")])
def test_a_pipe_or_a_device_is_not_waited_for(make: Callable[[Path], None], tmp_path: Path):
    path = tmp_path / "a.jsonl"
    make(path)
    (found,) = read(path, max_bytes=LARGE)
    assert isinstance(found, Refusal) and found.reason == "It is no ordinary file; save the article as a file."


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "a.txt"
    path.write_text(WELL, "utf-8")
    status = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: status)  # what was there when it was looked at
    (found,) = read(path, max_bytes=LARGE)
    assert isinstance(found, Refusal) and found.reason == "It is no ordinary file; save the article as a file."
