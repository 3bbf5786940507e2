"""The lexical index of one generation: the words of each passage with its title, outlet and date, scored by BM25.

Words are runs of letters and digits, lower-cased, without accents, stemmed as English (words of other languages still
match themselves); scripts written without spaces are taken letter by letter. A query is a set of words, never a syntax.
BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), k1 = 1.2, b = 0.75. The door of
tantivy.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import tantivy

from rag.errors import LibraryError
from rag.types import Byline

HEAP_BYTES = 50_000_000
MAX_WORDS = 256  # of one query; a person asks with ten
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
WORD = rf"[{UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}]&&[^{UNSPACED}]]+"
LONGEST_WORD = 100
STOP_WORDS = """
a about after all also am among an and any are aren as at be because been before being between both but by can cannot
could couldn d did didn do does doesn doing don down during each else ever few for from further get gets give given
gives had hadn has hasn have haven having he her here hers herself him himself his how however i if in into is isn it
its itself just let ll m may me might more most much must my myself no nor not of off on once only or other our ours
ourselves out over own please re s said same say says she should shouldn so some such t tell than that the their
theirs them themselves then there these they this those through to too under until up upon us ve very was wasn we were
weren what whatever when where whether which while who whom whose why will with within without won would wouldn you
your yours yourself yourselves
"""


class Lexical:
    """The index in `folder`, made where there is none; any thread may search, one may write. Raises LibraryError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer: tantivy.IndexWriter | None = None
        self._questions = _analyzer(stop_words=STOP_WORDS.split())
        self._texts = _analyzer(stop_words=[])
        with _translated(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._schema = _schema()
            self._index = tantivy.Index(self._schema, path=str(folder))
            self._index.register_tokenizer("words", self._texts)
            self._searcher = self._index.searcher()

    def close(self) -> None:
        """Let go of the files; what was not committed is forgotten."""
        self._writer = None

    def add(self, passage_id: str, byline: Byline, text: str) -> None:
        """Add a passage; one of the same id must have been removed before. Found once committed."""
        title, outlet = _plain(byline.title or ""), _plain(byline.outlet or "")
        parts = (title, outlet, date_words(byline.published_at), _plain(text))
        with _translated(self.folder):
            document = tantivy.Document(
                id=passage_id,
                article_id=byline.article_id,
                title=title,
                outlet=outlet,
                content=". ".join(part for part in parts if part),
            )
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

    def matching(
        self, query: str | Sequence[tuple[str, float]], *, limit: int, within: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Ids and BM25 scores of the passages with any of the words asked for, best first, equals by id.

        `query` is a text, or texts with the weight that their words' scores are multiplied by; `within` article ids.
        """
        words = self._words([(query, 1.0)] if isinstance(query, str) else query)
        if not words or limit < 1:
            return []
        with _translated(self.folder):
            wanted = tantivy.Query.boolean_query([(tantivy.Occur.Should, self._term(*word)) for word in words.items()])
            if within is not None:
                inside = tantivy.Query.term_set_query(self._schema, "article_id", list(within))
                limits = tantivy.Query.const_score_query(inside, 0.0)
                wanted = tantivy.Query.boolean_query([(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, limits)])
            searcher = self._searcher
            hits = searcher.search(wanted, limit, count=False).hits
            rows = [(str(searcher.doc(address)["id"][0]), float(score)) for score, address in hits]
        return sorted(rows, key=lambda row: (-row[1], row[0]))

    def frequency(self, word: str) -> int:
        """How many passages hold a word, or the rarest of its parts; 0 for what is no word."""
        with _translated(self.folder):
            searcher = self._searcher
            return min((searcher.doc_freq("content", part) for part in self._texts.analyze(_plain(word))), default=0)

    def rarity(self, term: str) -> float:
        """BM25's inverse document frequency of a word (of several, the rarest's), above 0; most for an unknown one."""
        with _translated(self.folder):
            searcher = self._searcher
            found = [searcher.doc_freq("content", word) for word in self._texts.analyze(_plain(term))]
        number = min(found, default=0)
        return math.log(1.0 + (max(searcher.num_docs - number, 0) + 0.5) / (number + 0.5))

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

    def _words(self, texts: Sequence[tuple[str, float]]) -> dict[str, float]:
        """Each word to look for and its weight: stop words left out, unless there are no others."""
        for analyzer in (self._questions, self._texts):
            words: dict[str, float] = {}
            for text, weight in texts:
                for word in dict.fromkeys(analyzer.analyze(_plain(text))):
                    words[word] = max(words.get(word, 0.0), weight)
            if words:
                break
        return dict(list(words.items())[:MAX_WORDS])

    def _term(self, word: str, weight: float) -> tantivy.Query:
        term = tantivy.Query.term_query(self._schema, "content", word, index_option="freq")
        return term if weight == 1.0 else tantivy.Query.boost_query(term, weight)

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


def _plain(text: str) -> str:
    """Text with one way to write each letter, and nothing that is half a character."""
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode()


def _analyzer(*, stop_words: list[str]) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(WORD)).filter(tantivy.Filter.lowercase())
    if stop_words:
        builder = builder.filter(tantivy.Filter.custom_stopword(stop_words))
    for step in (
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.remove_long(LONGEST_WORD),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "article_id"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "outlet", "content"):
        builder.add_text_field(name, tokenizer_name="words", index_option="freq")
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
