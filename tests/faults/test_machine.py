"""A library is a dictionary that can be searched: whatever is done to both, in any order, they say the same."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from made_up import MODEL, article, embedded, vector

from rag.errors import LibraryBusyError, NotFoundError
from rag.ledger import Ledger
from rag.store import Store
from rag.types import Article, Filters, Visit

WORDS = ("zebra", "marmalade", "lighthouse", "Zürich", "北京")
# Two reports long enough for their copies to be told, and texts of single words.
REPORTS = tuple(
    " ".join(f"In {place} {number} barges lay before the {thing} on day {number}." for number in range(40))
    for place, thing in (("Orsk", "quay"), ("Teal", "weir"))
)
TEXTS = st.sampled_from(REPORTS) | st.lists(st.sampled_from(WORDS), min_size=1, max_size=30).map(" ".join)
NAMES = st.sampled_from([f"article-{number}" for number in range(5)])
OUTLETS = st.none() | st.sampled_from(["The Post", "The Mole"])
DAYS = st.none() | st.sampled_from(["2024-05-06", "2024-06-07"])
PIECE = 400  # characters of a passage


@dataclass
class Held:
    """What the dictionary has of an article: as it is, and its older texts, the newest first."""

    now: Article
    before: list[str] = field(default_factory=list)


class Dictionary(RuleBasedStateMachine):
    """A library with a second reader against a dictionary; `published` is what the indexes were last told."""

    @initialize()
    def open(self) -> None:
        self.place = TemporaryDirectory()
        self.folder = Path(self.place.name, "data")
        self.held: dict[str, Held] = {}
        self.published: dict[str, Article] = {}
        self.owed: set[str] = set()  # what was put or removed that the indexes were not told
        self.visits: dict[str, Visit] = {}
        self.store = Store(self.folder, **MODEL)
        self.reader = Store(self.folder, **MODEL)

    # What is done

    def _put(self, writer: object, made: Article) -> None:
        assert writer.put(*embedded(made, size=PIECE)) == made.id  # type: ignore[attr-defined]
        known = self.held.pop(made.id, None)  # the newest is last
        before = [] if known is None else known.before
        if known is not None and known.now.text != made.text:
            before = [known.now.text, *before]
        self.held[made.id] = Held(now=made, before=before)

    def _remove(self, writer: object, name: str) -> None:
        if self.held.pop(name, None) is None:
            with pytest.raises(NotFoundError):
                writer.remove(name)  # type: ignore[attr-defined]
            return
        writer.remove(name)  # type: ignore[attr-defined]
        self.visits = {url: visit for url, visit in self.visits.items() if visit.article_id != name}

    def _publish(self) -> None:
        self.published = {name: one.now for name, one in self.held.items()}
        self.owed.clear()

    @rule(name=NAMES, text=TEXTS, outlet=OUTLETS, day=DAYS)
    def put(self, name: str, text: str, outlet: str | None, day: str | None) -> None:
        with self.store.writing() as writer:
            self._put(writer, article(text, name=name, outlet=outlet, published_at=day))
        self._publish()

    @rule(changed=st.lists(st.tuples(NAMES, st.none() | TEXTS), min_size=2, max_size=4), publish=st.booleans())
    def put_and_remove_several(self, changed: list[tuple[str, str | None]], publish: bool) -> None:
        with self.store.writing() as writer:
            for name, text in changed:
                if text is None:
                    self._remove(writer, name)
                else:
                    self._put(writer, article(text, name=name))
                if publish:
                    writer.publish()
                    self._publish()
                    self.they_agree()
        self._publish()

    @rule(name=NAMES, outlet=OUTLETS, title=st.sampled_from(WORDS))
    def change_the_byline_alone(self, name: str, outlet: str | None, title: str) -> None:
        if (known := self.held.get(name)) is not None:
            with self.store.writing() as writer:
                self._put(writer, replace(known.now, outlet=outlet, title=title))
            self._publish()

    @rule(name=NAMES)
    def remove(self, name: str) -> None:
        with self.store.writing() as writer:
            self._remove(writer, name)
        self._publish()

    @rule(name=NAMES, text=st.none() | TEXTS)
    def be_killed_before_the_indexes_know(self, name: str, text: str | None) -> None:
        with closing(Ledger(self.folder / "ledger.sqlite3", **MODEL)) as ledger:
            if text is None:
                self._remove(ledger, name)
            else:
                self._put(ledger, article(text, name=name))
        self.owed.add(name)
        if not (self.folder / "index" / "CURRENT").exists():
            self._publish()  # where there are no indexes at all, whoever searches makes them

    @rule(name=NAMES, mark=st.sampled_from(["1", "2"]))
    def note_a_visit(self, name: str, mark: str) -> None:
        visit = Visit(url=f"https://example.org/{name}", etag=mark, article_id=name)
        self.store.note({}, [visit])
        if name in self.held:
            self.visits[visit.url] = visit

    @rule()
    def rebuild(self) -> None:
        self.store.rebuild()
        self._publish()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.folder, **MODEL)
        self._publish()  # whoever opens it pays what is owed

    @rule()
    def open_another_reader(self) -> None:
        self.reader.close()
        self.reader = Store(self.folder, **MODEL)
        self._publish()

    @rule()
    def lose_the_indexes(self) -> None:
        shutil.rmtree(self.folder / "index", ignore_errors=True)
        self.reopen()

    @rule()
    def be_a_second_writer(self) -> None:
        with self.store.writing(), pytest.raises(LibraryBusyError), self.reader.writing():
            pass
        self._publish()

    # What is the same

    @invariant()
    def they_agree(self) -> None:
        for store in (self.store, self.reader):
            self._catalogue_agrees(store)
            self._articles_agree(store)
            self._searches_agree_in_the_end(store)
        assert self.owed or self.store.check() == []

    def _catalogue_agrees(self, store: Store) -> None:
        assert [byline.article_id for byline in store.articles()] == list(self.held)
        assert store.count().articles == len(self.held)
        assert [one.article_id for one in store.catalogue(limit=9)[0]] == list(self.held)[::-1]
        assert store.catalogue("zebra")[1] == len(self._named(lambda one: one.title == "zebra"))
        assert store.admitted(Filters(outlets=("the mole",))) == self._named(lambda one: one.outlet == "The Mole")
        assert store.admitted(Filters(until="2024-05-31")) == self._named(lambda one: one.published_at == "2024-05-06")
        for name in ("article-0", "article-1"):
            url = f"https://example.org/{name}"
            assert store.visit(url) == self.visits.get(url)

    def _named(self, right) -> frozenset[str]:
        return frozenset(name for name, one in self.held.items() if right(one.now))

    def _articles_agree(self, store: Store) -> None:
        for name, one in self.held.items():
            assert replace(store.article(name), group=None) == one.now
            now, *before = store.revisions(name)
            assert now.revision == one.now.revision
            assert [store.article(name, older.revision).text for older in before] == one.before
        groups = {frozenset(byline.article_id for byline in group) for group in store.with_copies(list(self.held))}
        # lists of the same few words may be alike by chance
        assert {names for names in groups if any(self.held[name].now.text in REPORTS for name in names)} == {
            names for report in REPORTS if len(names := self._named(lambda one, report=report: one.text == report)) > 1
        }

    def _searches_agree_in_the_end(self, store: Store) -> None:
        try:
            self._searches_agree(store)
        except AssertionError:
            if not self.owed or store.lag().behind:
                raise
            # It still had open what was deleted, met that, and built new indexes, which know what was owed.
            self._publish()
            self._searches_agree(store)

    def _searches_agree(self, store: Store) -> None:
        searched = {  # what the indexes know and the ledger still has
            name: one.text
            for name, one in self.published.items()
            if name in self.held and self.held[name].now.revision == one.revision
        }
        titled = {name: one.title or "" for name, one in self.published.items()}
        for word in (*WORDS[:3], "北京", "quay"):
            wanted = {name for name, text in searched.items() if word in _whole(text) or word == titled[name]}
            matches = store.matching(word, limit=200)
            assert {match.passage_id.partition(":")[0] for match in matches} == wanted
        for name, text in searched.items():
            nearest = store.nearest(vector(text[:PIECE]), limit=20)
            assert any(hit.startswith(f"{name}:") and cosine > 0.999 for hit, cosine in nearest)
            inside = store.nearest(vector(text[:PIECE]), limit=1, within=[name])
            if name in self.owed and not inside:
                continue  # the same text was put once more: within limits it is found once the indexes know
            [(hit, cosine)] = inside
            passage, byline = store.passages([hit])[hit]
            assert (byline.article_id, round(cosine, 3)) == (name, 1.0)
            assert self.held[name].now.text[passage.start : passage.end] == passage.text == text[:PIECE]
        everything: Sequence[tuple[str, float]] = store.nearest(vector("q"), limit=100)
        assert {hit.partition(":")[0] for hit, _ in everything} == searched.keys()

    def teardown(self) -> None:
        self.store.close()
        self.reader.close()
        self.place.cleanup()


def _whole(text: str) -> set[str]:
    """The words that no end of a passage cuts through."""
    return {word.strip(".") for start in range(0, len(text), PIECE) for word in text[start : start + PIECE].split()}


def test_a_library_is_a_dictionary(long: bool):
    run_state_machine_as_test(
        Dictionary,
        settings=settings(
            max_examples=150 if long else 4,
            stateful_step_count=50 if long else 10,
            deadline=None,
            derandomize=not long,
            database=None,
            phases=(Phase.generate, Phase.shrink) if long else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
