"""Web pages written by hand in the manner of news sites: what the product makes of each, held against what it says.

Body recall and precision count words (single characters in Chinese and Japanese) as multisets: recall is of the words
of the marked body, precision of the words read without those that may be read or left. A line is whole where its very
characters stand in the text, white space and what tells cells apart left aside. Furniture leaks where it is a line of
the text or, where it is long enough to be told from the article's own words, stands anywhere in it. A date is right on
the right day, and at the right instant where both say one; it is missed where it was there and nothing was found,
else wrong. Of a page that is to be kept out (a stub, a wall, an error, a page of links) and is told to be such, the
text is not scored; where it was refused, nothing else is.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from evals.given import refuse_library
from evals.pages import Accepted, Gold, Page, read_pages
from evals.provenance import REPOSITORY
from evals.types import JSON, Better, How, Measure, Outcome, Request, Sample, Score, Session, Suite
from rag import articles
from rag.fetch import Fetched
from rag.types import Article, Refusal

ROUNDS = 3  # each page is read so often, and its median time counts
MOST_BYTES = 20_000_000
WHOLE = 0.97  # recall and precision of a body that counts as recovered
# What keeps a page out of a library unless somebody sets it otherwise: a refusal is then as good as the defect.
REFUSED_KINDS = frozenset({"paywall", "cookie_wall", "error_page", "index_page"})
_LONG_ENOUGH = 16  # letters of furniture that no article says by chance
_ONE_BY_ONE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_NAMES = re.compile(r"\s*(?:,|;|\band\b|&)\s*")


def _measure(name: str, label: str, how: How = "mean", better: Better = "higher", *, by_kind: bool = False) -> Measure:
    return Measure(name=name, label=label, score=name, how=how, unit="%", better=better, by_kind=by_kind)


_FIELDS = ("title", "outlet", "author", "url", "language", "dateline", "dateline_day", "origin")
MEASURES = (
    _measure("body_recall", "body words read", "share", by_kind=True),
    _measure("body_precision", "words read that are the body's", "share", by_kind=True),
    _measure("bodies", f"bodies recovered: both {WHOLE} or more", by_kind=True),
    _measure("lines", "body lines read whole and unaltered", "share"),
    _measure("leaks", "furniture read", "share", "lower"),
    _measure("leaking", "pages with furniture read", better="lower"),
    _measure("date_right", "publication date right, or rightly unknown", by_kind=True),
    _measure("date_missed", "publication date there and not found", better="lower"),
    _measure("date_wrong", "publication date wrong", better="lower"),
    _measure("modified_right", "modification date right, or rightly unknown"),
    _measure("modified_wrong", "modification date wrong", better="lower"),
    *(
        measure
        for name in _FIELDS
        for measure in (
            _measure(f"{name}_right", f"{name} right, or rightly unknown"),
            _measure(f"{name}_wrong", f"{name} wrong", better="lower"),
        )
    ),
    _measure("defects_found", "defects told", "share"),
    _measure("defects_true", "defects told that are there", "share"),
    Measure(name="time", label="processor time per page", score="time", how="mean", unit="ms", better="lower"),
    Measure(name="time_p95", label="processor time per page, p95", score="time", how="p95", unit="ms", better="lower"),
)


# --- reading and asking ----------------------------------------------------------------------------------------------


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the pages of the folder `data/split`; raises EvalError."""
    return [sample(page) for page in read_pages(data / split)]


def sample(page: Page) -> Sample[Gold]:
    """Return a page as what is asked: its note says what is hard about it."""
    return Sample(id=page.id, kind=page.kind, question=page.note, expected=page.gold)


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to read each page; raises EvalError where a library was named."""
    refuse_library(request, because="These pages are read one by one")
    pages = {page.id: page for page in read_pages(request.data / request.split)}
    details: dict[str, JSON] = {
        "pages": len(pages),
        "bytes": sum(len(page.content) for page in pages.values()),
        "rounds": ROUNDS,
    }
    yield Session(ask=lambda one: ask(pages[one.id]), details=details)


def ask(page: Page) -> Outcome:
    """Read one page, the median of some rounds being its processor time, and score what came of it."""
    spent = []
    for _ in range(ROUNDS):
        clock = time.process_time()
        found = made_of(page)
        spent.append((time.process_time() - clock) * 1000.0)
    scores, failures = scored(page.gold, found)
    response: dict[str, JSON] = {"refused": found.reason} if isinstance(found, Refusal) else _shown(found)
    took = statistics.median(spent)
    return Outcome(
        response=response, scores={**scores, "time": Score(got=took)}, failures=tuple(failures), latency_ms=took
    )


def made_of(page: Page) -> Article | Refusal:
    """Return what the product makes of a page: as it was fetched, or as the file that was saved of it."""
    if page.address is None:
        with tempfile.TemporaryDirectory(prefix="crosscheck-") as folder:
            path = Path(folder) / f"{page.id}.html"
            path.write_bytes(page.content)
            return next(articles.read(path, max_bytes=MOST_BYTES))
    fetched = Fetched(
        url=page.address,
        content=page.content,
        content_type="text/html",
        fetched_at=page.fetched_at,
        charset=page.charset,
    )
    return next(articles.read_fetched(fetched))


def _shown(found: Article) -> dict[str, JSON]:
    return {
        "answer": found.text,
        "published_at": found.published_at,
        "modified_at": found.modified_at,
        **{name: getattr(found, name) for name in _FIELDS},
        "defects": [f"{defect.kind}: {defect.reason}" for defect in found.defects],
        "findings": [f"{one.field}: {one.source}, {one.confidence}" for one in found.findings],
    }


# --- scoring ---------------------------------------------------------------------------------------------------------


def scored(gold: Gold, found: Article | Refusal) -> tuple[dict[str, Score], list[str]]:
    """Return the scores of what came of a page, and a phrase for each thing that is not as it should be."""
    scores, failures = _defects(gold, found)
    kept_out = REFUSED_KINDS & set(gold.defects)
    if isinstance(found, Refusal):
        if kept_out or not gold.body:
            return scores, failures
        failures.append(f"refused: {found.reason}")
        found = Article(id="", revision="", text="", source="", ingested_at="")
    told = {defect.kind for defect in found.defects}
    parts = [_body] if not kept_out & told else []  # what is told of in time reaches no passage
    for part in (*parts, _byline) if gold.body else parts:
        more, wrong = part(gold, found)
        scores |= more
        failures += wrong
    return scores, failures


def _defects(gold: Gold, found: Article | Refusal) -> tuple[dict[str, Score], list[str]]:
    if "defects" in gold.unsure:
        return {}, []
    expected = set(gold.defects)
    if isinstance(found, Refusal):
        told = expected & REFUSED_KINDS or {"refused"}
    else:
        told = {defect.kind for defect in found.defects if defect.kind != "language"}  # that is of a whole library
    right = float(len(expected & told))
    scores = {"defects_found": Score(got=right, of=len(expected))} if expected else {}
    if told:
        scores["defects_true"] = Score(got=right, of=len(told))
    failures = [f"defect not told: {one}" for one in sorted(expected - told)]
    return scores, failures + [f"defect told that is not there: {one}" for one in sorted(told - expected - {"refused"})]


def _body(gold: Gold, found: Article) -> tuple[dict[str, Score], list[str]]:
    body, read_ = words("\n".join(gold.body)), words(found.text)
    allowed = words("\n".join((*gold.optional, *gold.title[:1])))
    right = (body & read_).total()
    extra = read_ - body - allowed
    scores: dict[str, Score] = {}
    failures = []
    if gold.body:
        recall, counted = right / body.total(), right + extra.total()
        precision = right / counted if counted else 0.0
        whole = recall >= WHOLE and precision >= WHOLE
        text = _squeezed(found.text)
        lost = [line for line in gold.body if _squeezed(line) not in text]
        scores = {
            "body_recall": Score(got=right, of=body.total()),
            "body_precision": Score(got=right, of=max(counted, 1)),
            "bodies": Score(got=float(whole)),
            "lines": Score(got=len(gold.body) - len(lost), of=len(gold.body)),
        }
        if not whole:
            failures.append(f"body: recall {recall:.3f}, precision {precision:.3f}; extra: {_some(extra)}")
        failures += [f"line lost or altered: {line}" for line in lost]
    if gold.furniture:
        leaks = leaked(gold.furniture, found.text)
        scores["leaks"] = Score(got=len(leaks), of=len(gold.furniture))
        scores["leaking"] = Score(got=float(bool(leaks)))
        failures += [f"furniture: {line}" for line in leaks]
    return scores, failures


def leaked(furniture: Sequence[str], text: str) -> list[str]:
    """Return the furniture that stands in a text: as a line of its own, or anywhere where it is long."""
    lines = {_squeezed(line) for line in text.split("\n")}
    whole = _squeezed(text)
    return [one for one in furniture if (short := _squeezed(one)) in lines or (_is_long(one) and short in whole)]


def _is_long(text: str) -> bool:
    """Tell whether a text is too long to stand in an article by chance: a phrase, or eight Chinese characters."""
    count = words(text).total()
    return count > 2 and (len(_squeezed(text)) >= _LONG_ENOUGH or count >= _LONG_ENOUGH // 2)


def words(text: str) -> Counter[str]:
    """Return the words of a text in lower case, Chinese and Japanese characters one by one, and how often each is."""
    return Counter(_ONE_BY_ONE.findall(unicodedata.normalize("NFKC", text).casefold()))


def _squeezed(text: str) -> str:
    return "".join(text.replace("|", " ").split())


def _some(extra: Counter[str]) -> str:
    return " ".join(list(extra)[:20]) or "nothing"


def _byline(gold: Gold, found: Article) -> tuple[dict[str, Score], list[str]]:
    scores: dict[str, Score] = {}
    failures = []
    for name, field in (("date", "published_at"), ("modified", "modified_at"), *((one, one) for one in _FIELDS)):
        accepted, got = getattr(gold, field), getattr(found, field)
        if field in gold.unsure:
            continue
        verdict = _verdict(field, accepted, got)
        scores |= {f"{name}_{one}": Score(got=float(one == verdict)) for one in ("right", "missed", "wrong")}
        if verdict != "right":
            failures.append(f"{field} {verdict}: {got!r}, expected {accepted[0] if accepted else None!r}")
    return scores, failures


def _verdict(field: str, accepted: Accepted, got: str | None) -> str:
    if got is None:
        return "missed" if accepted else "right"
    same = {"published_at": same_time, "modified_at": same_time, "author": _same_names}.get(field, _same)
    return "right" if any(same(one, got) for one in accepted) else "wrong"


def same_time(expected: str, got: str) -> bool:
    """Tell whether two ISO dates are one: the same instant where both are, else the same day as each writes it."""
    if len(expected) > 10 and len(got) > 10:
        return datetime.fromisoformat(expected) == datetime.fromisoformat(got)
    return expected[:10] == got[:10]


def _same_names(expected: str, got: str) -> bool:
    return {_plain(one) for one in _NAMES.split(expected)} == {_plain(one) for one in _NAMES.split(got)}


def _same(expected: str, got: str) -> bool:
    return _plain(expected) == _plain(got)


def _plain(text: str) -> str:
    """A name or title without what is a matter of typesetting: case, quotes, dashes, spaces."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(text.translate({0x2019: "'", 0x2018: "'", 0x2013: "-", 0x2014: "-"}).split())


SUITE = Suite(
    name="pages",
    line="web pages in the manner of news sites: body, byline, dates, furniture and defects as they are",
    measures=MEASURES,
    data=REPOSITORY / "evals" / "data",
    split="pages",
    corpus=None,
    read=read,
    start=start,
)
