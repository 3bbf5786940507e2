"""Valid inputs of every kind, of which the others are made."""

from __future__ import annotations

import gzip
import json
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import made_files
from made_files import FIRST, SECOND, letter, mailbox, mhtml, page, record, word
from made_site import item, rss

_LINKED = {
    "@context": "https://schema.org",
    "@graph": [
        {
            "@type": "NewsArticle",
            "@id": "#a",
            "headline": "Bridge reopens",
            "datePublished": "2024-12-01T10:00:00+01:00",
            "dateModified": "2024-12-02",
            "author": [{"@type": "Person", "name": "Ann Lee"}, "Jane Doe"],
            "publisher": {"@type": "Organization", "name": "Wexley Post"},
            "mainEntityOfPage": {"@id": "https://www.wexley.example/bridge"},
            "isAccessibleForFree": "False",
        }
    ],
}
_HEAD = (
    f'<script type="application/ld+json">{json.dumps(_LINKED)}</script><meta name="author" content="By Ann Lee">'
    '<meta property="og:site_name" content="Wexley Post"><link rel="canonical" href="/bridge?utm_source=x#top">'
    '<meta property="article:published_time" content="2024-12-01T10:00:00Z"><html lang="en-GB">'
    "<style>.a{display:none} #b{color:#fff;background:#fff}</style>"
)
_BODY = (
    '<article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">Bridge reopens</h1>'
    '<p class="byline">By <a rel="author" href="/ann">Ann Lee</a></p><time datetime="2024-12-01">1 December 2024</time>'
    f"<p>WEXLEY, Dec 1 (AFP) - {FIRST}</p><blockquote>{SECOND}</blockquote><ul><li>One<li>Two</ul>"
    "<table><tr><td>12<td>20</table><p class=a>hidden</p><div id=b>too</div>"
    "<p>Read more: <a href=x>This</a></p></article>"
)
PAGE = page()
RICH = (
    f"<!DOCTYPE html><html><head><title>Bridge reopens | Wexley Post</title>{_HEAD}</head><body>{_BODY}</body></html>"
)
HTML = (PAGE.encode(), RICH.encode(), RICH.encode("utf-16"), f"<?xml version='1.0'?>{PAGE}".encode())
TEXT = (
    f"Bridge reopens\n\n{FIRST}\n\n{SECOND}\n".encode(),
    f"WEXLEY, Dec 1 (Reuters) - {FIRST} {SECOND}\n\n(Reporting by Ann Lee; Editing by Jane Doe)".encode(),
    f"{FIRST} {SECOND}".encode("utf-16"),
)
MARKDOWN = (
    f"---\ntitle: Bridge reopens\noutlet: Wexley Post\nauthor: [Ann Lee, Jane Doe]\npublished_at: 2024-12-01\n"
    f"url: https://www.wexley.example/bridge\nmetadata:\n  language: en\n---\n\n"
    f"# Bridge\n\n{FIRST}\n\n> {SECOND}\n".encode(),
    f"# Bridge reopens\n\n*{FIRST}* [link](https://a.example) ![x](y)\n\n"
    f"| a | b |\n|---|---|\n| 1 | 2 |\n\n{SECOND}".encode(),
    f"---\ntitle: >-\n  Bridge\n  reopens\ndate: 2024-12-01 10:00:00 +0100\n---\n<p hidden>no</p>{FIRST}".encode(),
)
_ROW = {
    "id": 7,
    "title": "Bridge reopens",
    "body": f"{FIRST} {SECOND}",
    "source": {"name": "Wexley Post"},
    "author": ["Ann Lee"],
    "published_at": "2024-12-01T10:00:00Z",
    "url": "https://www.wexley.example/bridge",
    "metadata": {"lang": "en"},
}
JSON = (
    json.dumps(_ROW).encode(),
    json.dumps([_ROW, {**_ROW, "id": 8, "url": "https://www.wexley.example/other", "date": 1733011200}]).encode(),
    json.dumps({"articles": [{"fields": _ROW, "content": {"rendered": f"<p>{FIRST}</p>"}}]}).encode(),
)
LINES = (b"\n".join([JSON[0], b"", json.dumps({"text": f"{SECOND} {FIRST}", "date": "1 May 2024"}).encode(), b"{}"]),)
LINES += (gzip.compress(LINES[0]),)
MAIL = (
    letter(),
    letter(None, html=RICH),
    letter(FIRST, html=PAGE, subject="=?utf-8?q?Br=C3=BCcke?=", List_Id="<news.wexley.example>"),
)
MAILBOX = (mailbox(*MAIL), mailbox(letter(SECOND, name=None)))
MHTML = (mhtml(PAGE), mhtml(RICH, address=None))
_RECORDS = (
    record("https://www.wexley.example/a", PAGE.encode()),
    record("https://www.wexley.example/b", gzip.compress(RICH.encode()), headers="Content-Encoding: gzip\r\n"),
    record("https://www.wexley.example/robots.txt", b"x", kind="request"),
)
WARC = (b"".join(_RECORDS), made_files.packed(*_RECORDS))
WORD = (word(FIRST, SECOND, heading="Bridge reopens"),)


def _pdf(*lines: str) -> bytes:
    """A PDF of one page."""
    shown = "".join(f"({line.replace('(', '').replace(')', '')}) Tj T* " for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 50 700 Td {shown}ET".encode("latin-1", "replace")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Title(Bridge reopens)/CreationDate(D:20241201100000Z)/Author(Ann Lee)>>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 7\n0000000000 65535 f \n" + table + b"trailer\n<</Size 7/Root 1 0 R/Info 6 0 R>>\n"
    return made + head + b"startxref\n%d\n%%%%EOF\n" % len(made)


PDF = (_pdf(FIRST, SECOND, "Page 1 of 1"), _pdf("Bridge reopens"))


def word_parts() -> dict[str, bytes]:
    """What a Word document is packed of."""
    with ZipFile(BytesIO(WORD[0])) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    """Parts packed again."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as whole:
        for name, content in parts.items():
            whole.writestr(name, content)
    return out.getvalue()


RSS = (
    rss(
        item("/bridge#top", title="Bridge &amp;amp; river", extra="<pubDate>Mon, 02 Dec 2024 10:00:00 +0100</pubDate>"),
        item("https://tern.example/b", extra=f"<content:encoded>&lt;p&gt;{FIRST}&lt;/p&gt;</content:encoded>"),
    ).encode(),
    (
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en'>"
        "<title>Tern</title>"
        "<entry><id>a</id><title type='html'>Bridge &lt;b&gt;</title><link rel='alternate' href='/a'/>"
        "<updated>2024-12-01T10:00:00Z</updated><author><name>Ann Lee</name></author>"
        f"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>{FIRST}</p></div></content></entry></feed>"
    ).encode(),
    (
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><channel>"
        b"<title>Tern</title></channel><item rdf:about='/a'><title>A</title><link>/a</link></item></rdf:RDF>"
    ),
)
SITEMAP = (
    (
        b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        b"xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://tern.example/a</loc>"
        b"<lastmod>2024-12-01</lastmod><news:news><news:publication><news:name>Tern</news:name><news:language>en"
        b"</news:language></news:publication><news:publication_date>2024-12-01</news:publication_date>"
        b"<news:title>Bridge</news:title></news:news></url></urlset>"
    ),
    (
        b"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>/s.xml</loc>"
        b"<lastmod>2024-12-01T10:00Z</lastmod></sitemap><sitemap><loc>/t.xml</loc></sitemap></sitemapindex>"
    ),
)
JSON_FEED = (
    json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Tern",
            "items": [
                {
                    "id": "1",
                    "url": "/a",
                    "title": "Bridge",
                    "content_html": f"<p>{FIRST}</p>",
                    "date_published": "2024-12-01T10:00:00Z",
                    "authors": [{"name": "Ann Lee"}],
                }
            ],
        }
    ).encode(),
)
ROBOTS = (
    b"User-agent: *\nDisallow: /private\nAllow: /private/a$\nCrawl-delay: 2.5\nRequest-rate: 1/5s 0100-0200\n",
    b"\xef\xbb\xbfUser-Agent: Crosscheck/1\r\nUser-agent: b\r\nDisallow: /*?a=\r\n\r\nSitemap: https://a.example/s.xml\r\n",
)
HEADS = (
    b'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 20\r\nETag: "a"\r\n\r\n'
    b"<p>Twenty letters.</p",
    b"HTTP/1.1 302 Found\r\nLocation: /other?a=b#c\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 429 Many\r\nRetry-After: 120\r\nDate: Mon, 02 Dec 2024 09:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 Later\r\nRetry-After: Mon, 02 Dec 2024 10:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n5\r\nHello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\n\r\n" + gzip.compress(FIRST.encode()),
)
ADDRESSES = (
    "https://www.tern.example:443/a/b;c=d?e=f&utm_source=x#g",
    "http://xn--bcher-kva.example/ü?q=é",
    "https://www-tern-example.cdn.ampproject.org/c/s/www.tern.example/a",
    "http://[2a00:1450:4001:82a::200e]/a",
    "http://93.184.215.14/",
    "https://news.example/2024/12/01/bridge-reopens.html",
)
