"""The lexical index of one generation: the words of each passage with its title, outlet and date, scored by BM25.

Words are the stems of `text` (no accents, English endings off, irregular verbs and demonyms brought together), the same
that answers are picked and checked by; scripts written without spaces are taken letter by letter. A query is a set of
words, never a syntax. BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), k1 = 1.2,
b = 0.75. Beside it each match has its coverage: how much of the query stands together in one sentence. `impacts` and
`marks` are the same words and weights as numbers, for an index of another. The door of tantivy.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from rag import text
from rag.errors import LibraryError
from rag.types import Byline, Filters

HEAP_BYTES = 50_000_000
MAX_WORDS = 256  # of one query; a person asks with ten
K1, B = 1.2, 0.75  # BM25's, as tantivy has them
SHORT = 3  # bytes of the marks by which it is told what stands together
USUAL_WORDS = 100  # of a passage with its credits; `impacts` cannot know the mean of all
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LONGEST_WORD = 100
# Han and its extensions, kana, Thai, Lao, Burmese and Khmer.
_UNSPACED = (
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff"
)
_LETTERS = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")


_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class Match(NamedTuple):
    """A passage with words of the query: its BM25 score, and the largest share of the query in one of its sentences."""

    passage_id: str
    score: float
    coverage: float


class Lexical:
    """The index in `folder`, made where there is none; any thread may search, one may write. Raises LibraryError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer: tantivy.IndexWriter | None = None
        with _translated(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._schema = _schema()
            self._index = tantivy.Index(self._schema, path=str(folder))
            analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer("words", analyzer)
            self._searcher = self._index.searcher()

    def close(self) -> None:
        """Let go of the files; what was not committed is forgotten."""
        self._writer = None

    def add(self, passage_id: str, byline: Byline, passage: str) -> None:
        """Add a passage; one of the same id must have been removed before. Found once committed."""
        credits, sentences = _contents(byline, passage)
        with _translated(self.folder):
            document = tantivy.Document(
                id=passage_id,
                article_id=byline.article_id,
                content=" ".join([*credits, *(word for sentence in sentences for word in sentence)]),
            )
            if byline.outlet is not None:
                document.add_text("outlet", _outlet(byline.outlet))
            if (day := _day(byline.published_at)) is not None:
                document.add_unsigned("day", day)
            document.add_bytes("sentences", _packed(sentences))
            self._writing().add_document(document)

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove every passage of these articles, once committed."""
        with _translated(self.folder):
            for article_id in article_ids:
                self._writing().delete_documents_by_term("article_id", article_id)

    def commit(self) -> None:
        """Make what was added and removed findable, on disk."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        with _translated(self.folder):
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
            self._searcher = self._index.searcher()

    def matching(self, query: str | Mapping[str, float], *, limit: int, within: Filters = Filters()) -> list[Match]:
        """The passages with any of the words asked for, by BM25, best first, equals by id.

        `query` is a text, or words as `words` gives them with the weights of their scores; `within` limits the articles
        by their bylines as these were when they were added.
        """
        weights = _weights(query)
        if not weights or limit < 1:
            return []
        with _translated(self.folder):
            wanted = tantivy.Query.boolean_query(
                [(tantivy.Occur.Should, self._term(*each)) for each in weights.items()]
            )
            if limits := self._limits(within):
                free = [tantivy.Query.const_score_query(limit, 0.0) for limit in limits]
                wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in (wanted, *free)])
            searcher = self._searcher
            hits = searcher.search(wanted, limit, count=False).hits
            documents = [searcher.doc(address) for _, address in hits]
            covered = self._covered(weights, documents, searcher)
        rows = [
            Match(str(document["id"][0]), float(score), coverage)
            for (score, _), document, coverage in zip(hits, documents, covered, strict=True)
        ]
        return sorted(rows, key=lambda row: (-row.score, row.passage_id))

    def coverage(self, query: str | Mapping[str, float], passage_ids: Sequence[str]) -> dict[str, float]:
        """The coverage of the query, as of a match, by each of these passages that there is."""
        if not passage_ids:
            return {}
        with _translated(self.folder):
            searcher = self._searcher
            wanted = tantivy.Query.term_set_query(self._schema, "id", list(passage_ids))
            hits = searcher.search(wanted, len(passage_ids), count=False).hits
            documents = [searcher.doc(address) for _, address in hits]
            covered = self._covered(_weights(query), documents, searcher)
        return {str(document["id"][0]): share for document, share in zip(documents, covered, strict=True)}

    def _covered(
        self, weights: Mapping[str, float], documents: Sequence[tantivy.Document], searcher: tantivy.Searcher
    ) -> list[float]:
        shares = {word: weight * self._rarity(word, searcher) for word, weight in weights.items()}
        return _coverage(shares, [bytes(document["sentences"][0]) for document in documents])

    def rarity(self, term: str) -> float:
        """BM25's inverse document frequency of a word (of several, the rarest's), above 0; most for an unknown one.

        A stem counts as the word it is, anything else as its words.
        """
        with _translated(self.folder):
            searcher = self._searcher
            parts = [term] if searcher.doc_freq("content", _encodable(term)) else words(term)
            return max((self._rarity(part, searcher) for part in parts), default=_idf(0, searcher.num_docs))

    def _rarity(self, word: str, searcher: tantivy.Searcher) -> float:
        return _idf(searcher.doc_freq("content", _encodable(word)), searcher.num_docs)

    def count(self) -> int:
        """How many passages are in the index."""
        return self._searcher.num_docs

    def ids(self) -> list[tuple[str, str]]:
        """Every entry's passage id and article id; a passage entered twice is there twice."""
        with _translated(self.folder):
            searcher = self._searcher
            hits = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False).hits
            documents = (searcher.doc(address) for _, address in hits)
            return [(str(document["id"][0]), str(document["article_id"][0])) for document in documents]

    def _term(self, word: str, weight: float) -> tantivy.Query:
        term = tantivy.Query.term_query(self._schema, "content", _encodable(word), index_option="freq")
        return term if weight == 1.0 else tantivy.Query.boost_query(term, weight)

    def _limits(self, within: Filters) -> list[tantivy.Query]:
        limits = []
        if within.outlets:
            limits.append(tantivy.Query.term_set_query(self._schema, "outlet", list(map(_outlet, within.outlets))))
        if within.articles:
            limits.append(tantivy.Query.term_set_query(self._schema, "article_id", list(within.articles)))
        if within.since or within.until:
            first, last = _day((within.since or "")[:10]), _day((within.until or "")[:10])
            limits.append(tantivy.Query.range_query(self._schema, "day", tantivy.FieldType.Unsigned, first, last))
        return limits

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        return self._writer


def date_words(published_at: str | None) -> str:
    """A date as people write it and as computers do (`1 December 2024 2024-12-01`); empty when unknown or no date."""
    try:
        day = date.fromisoformat((published_at or "")[:10])
    except ValueError:
        return ""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year} {day.isoformat()}"


def _outlet(name: str) -> str:
    """An outlet's name as names are compared."""
    return _encodable(name.strip().casefold())


def _day(published_at: str | None) -> int | None:
    """A number for a day, or for the month or year that is all that is known, in the order of the dates as texts."""
    known = _DAY.match(published_at or "")
    return None if known is None else int("".join((part or "").rjust(2, "0") for part in known.groups()))


def marks(query: str | Mapping[str, float]) -> dict[int, float]:
    """The words of a query, as `Lexical.matching` takes them, as numbers, with their weights."""
    found: dict[int, float] = {}
    for word, weight in _weights(query).items():
        found[_mark(word)] = found.get(_mark(word), 0.0) + weight
    return found


def impacts(byline: Byline, passage: str) -> dict[int, float]:
    """The words of a passage with its title, outlet and date, as numbers, each with what it adds to a score by BM25.

    That is but for the word's rarity, by which an index of all passages multiplies it, as Chroma's sparse one does.
    """
    credits, sentences = _contents(byline, passage)
    counts = Counter(_mark(word) for part in (credits, *sentences) for word in part)
    length = K1 * (1 - B + B * counts.total() / USUAL_WORDS)
    return {mark: count * (K1 + 1) / (count + length) for mark, count in counts.items()}


def words(said: str) -> list[str]:
    """The words of a text as they are indexed and asked for: stems of those that carry meaning, in order."""
    found = (part for stem in text.stems(_encodable(said)) for part in _LETTERS.findall(stem))
    return [word for word in found if len(word) <= LONGEST_WORD]


def _contents(byline: Byline, passage: str) -> tuple[list[str], list[list[str]]]:
    """The words of a passage's title, outlet and date, and those of each of its sentences."""
    credits = words(". ".join(filter(None, (byline.title, byline.outlet, date_words(byline.published_at)))))
    return credits, [words(passage[span.start : span.end]) for span in text.sentences(passage)]


def _weights(query: str | Mapping[str, float]) -> dict[str, float]:
    weights = dict.fromkeys(words(query), 1.0) if isinstance(query, str) else dict(query)
    return dict(list(weights.items())[:MAX_WORDS])


def _encodable(said: str) -> str:
    """Text with nothing that is half a character."""
    return said.encode("utf-8", "replace").decode()


def _idf(passages: int, of: int) -> float:
    return math.log(1.0 + (max(of - passages, 0) + 0.5) / (passages + 0.5))


# --- what stands together in one sentence ----------------------------------------------------------------------------


def _mark(word: str) -> int:
    """A number for a word, above 0; two words share one once in four thousand million."""
    return zlib.crc32(word.encode()) or 1


def _packed(sentences: Sequence[Sequence[str]]) -> bytes:
    """The short marks of each sentence's words, each once and in order, with a 0 after every sentence."""
    marks = [mark for sentence in sentences for mark in (*sorted({_short(_mark(word)) for word in sentence}), 0)]
    return np.array(marks, dtype="<u4").view(np.uint8).reshape(-1, 4)[:, :SHORT].tobytes()


def _unpacked(packed: bytes) -> NDArray[np.uint32]:
    """The short marks of `_packed`."""
    marks = np.zeros((len(packed) // SHORT, 4), np.uint8)
    marks[:, :SHORT] = np.frombuffer(packed, np.uint8).reshape(-1, SHORT)
    return marks.view("<u4")[:, 0]


def _short(mark: int) -> int:
    """Three bytes of a mark, above 0: two words share them once in sixteen million."""
    return mark % 256**SHORT or 1


def _coverage(shares: Mapping[str, float], packed: Sequence[bytes]) -> list[float]:
    """For each passage the most that one sentence holds of the words, whose worth is given, as a share of all."""
    whole = math.fsum(shares.values())
    if not packed or not whole:
        return [0.0] * len(packed)
    known, worth = _table(shares)
    # A 0 more for each passage: none is without a sentence.
    marks = _unpacked(b"".join(each + bytes(SHORT) for each in packed))
    place = np.minimum(np.searchsorted(known, marks), len(known) - 1)
    found = np.where(known[place] == marks, worth[place], 0.0)
    ends = np.flatnonzero(marks == 0)
    held = np.add.reduceat(found, np.r_[0, ends[:-1] + 1])
    bounds = np.cumsum([0, *(len(each) // SHORT + 1 for each in packed[:-1])])
    firsts = np.searchsorted(ends, bounds)
    best: NDArray[np.float64] = np.maximum.reduceat(held, firsts) / whole
    return [float(share) for share in best]


def _table(shares: Mapping[str, float]) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """The words' short marks in order, and what each is worth."""
    marks = np.array([_short(_mark(word)) for word in shares], dtype=np.uint32)
    order = np.argsort(marks)
    return marks[order], np.array(list(shares.values()), dtype=np.float64)[order]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "article_id"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("content", tokenizer_name="words", index_option="freq")
    builder.add_text_field("outlet", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("day", indexed=True, fast=True)
    builder.add_bytes_field("sentences", stored=True, indexed=False)
    return builder.build()


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turn what tantivy raises (ValueError and OSError, for everything) into one sentence."""
    try:
        yield
    except (ValueError, OSError, RuntimeError) as error:
        cause = " ".join(str(error).split())[:200]
        raise LibraryError(
            f"{folder}: the lexical index failed ({cause}); run `python ingest.py --rebuild`."
        ) from error
