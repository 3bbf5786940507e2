import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.data_classes import FileData, ListFiles
from gradio.processing_utils import async_move_files_to_cache
from gradio.utils import get_upload_folder
from made_up import MODEL, article, embedded

from rag.access import Access
from rag.config import Settings
from rag.errors import LibraryBusyError, LibraryError, UsageError
from rag.ledger import Holdings
from rag.store import Store
from rag.types import Byline, IngestReport, Refusal
from rag.ui import adding, listing, shelf
from rag.ui.adding import Outcome, Step
from rag.ui.listing import View
from rag.ui.shelf import Shelf
from rag.ui.uploads import UploadBox
from rag.uploads import LOST, NAMESAKE, Upload

WRITER, READER = (
    SimpleNamespace(request=SimpleNamespace(scope={"state": {"access": Access(who="k", scopes=frozenset(scopes))}}))
    for scopes in ({"read", "write"}, {"read"})
)
NOBODY = SimpleNamespace(request=SimpleNamespace(scope={}))  # came past no gate
HOSTILE = "<script>alert(1)</script>\n\n![x](http://evil.example/x) <img src=x onerror=alert(1)> \"' onmouseover=a()"
TEXT = "The ferry left at nine, the harbour master said. Nobody saw it come back."


class FakePipeline:
    """A real library of made-up vectors; what is to be ingested is read by nobody, and told in the order given."""

    def __init__(self, folder: Path, library: Store) -> None:
        self.settings = Settings(data_dir=folder, _env_file=None)
        self.store = library
        self.model = None
        self.ingested: list[list[Path | str]] = []
        self.read: dict[str, bytes] = {}
        self.refused: tuple[Refusal, ...] = ()
        self.raised: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def ingest(self, sources, *, progress) -> IngestReport:
        assert self.gate.wait(30)
        self.ingested.append(list(sources))
        for done, source in enumerate(sources):
            progress(done, len(sources), source if isinstance(source, str) else source.name)
            if isinstance(source, Path):
                self.read[source.name] = source.read_bytes()
        if self.raised:
            raise self.raised
        return IngestReport(added=("a", "b"), unchanged=("c",), refused=self.refused)

    def remove(self, article_id: str) -> None:
        if self.raised:
            raise self.raised
        with self.store.writing() as writer:
            writer.remove(article_id)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[FakePipeline]:
    with Store(tmp_path / "data", **MODEL) as library:
        yield FakePipeline(tmp_path / "data", library)


@pytest.fixture
def desk(pipeline: FakePipeline) -> Shelf:
    with pipeline.store.writing() as writer:
        for number in range(30):
            made = article(f"{number} {TEXT}", name=f"n{number:02}", title=f"Ferry {number:02}", outlet="The Post")
            writer.put(*embedded(made))
    return Shelf(pipeline)


def titles(shown: str) -> list[str]:
    return [part.partition("</span>")[0] for part in shown.split('<span class="title" dir="auto">')[1:]]


def order(**sent: object) -> str:
    return json.dumps(sent)


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_is_shown_by_pages_the_last_taken_in_first(desk: Shelf):
    view, shown, health, *_ = desk.open(View(), WRITER)
    assert titles(shown) == [f"Ferry {number:02}" for number in range(29, 4, -1)]
    assert "1 to 25 of 30 articles" in shown and "Page 1 of 2" in shown and "Previous" not in shown
    assert "<dt>Articles</dt>" in health and ">30<" in health
    view, shown, skipped = desk.order(order(do="page", page=2), view, WRITER)
    assert (view.page, titles(shown)) == (2, [f"Ferry {number:02}" for number in range(4, -1, -1)])
    assert "Next →" not in shown and "Previous" in shown and skipped == gr.skip()


@pytest.mark.parametrize("page", [0, -5, 3, 10**30])
def test_a_page_that_is_none_shows_the_nearest(desk: Shelf, page: int):
    view, shown, _ = desk.order(order(do="page", page=page), View(), WRITER)
    assert view.page == (1 if page < 1 else 2) and titles(shown)


def test_what_is_found_is_sorted_as_asked_from_the_first_page(desk: Shelf):
    view, shown = desk.find("ferry 1", "Title", View(page=2, removing="n01"), WRITER)
    assert view == View(words="ferry 1", sort="title")
    assert titles(shown)[:3] == ["Ferry 01", "Ferry 10", "Ferry 11"]
    view, shown = desk.find(HOSTILE, "no such order", view, WRITER)
    assert view.sort == "title" and "No article has" in shown and "<script" not in shown and "<img" not in shown


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "",
            "null",
            "[]",
            "{",
            "[" * 100_000,
            '{"do": "drop table"}',
            '{"do": "page"}',
            '{"do": "page", "page": "x"}',
        ),
        *('{"do": ["remove"], "article": {}}', '{"do": "really", "article": 7}'),
    ],
)
def test_an_order_that_is_none_changes_nothing(desk: Shelf, sent: str):
    view, shown, _ = desk.order(sent, View(removing="n05"), WRITER)
    assert view == View() and len(titles(shown)) == 25 and 'class="sure"' not in shown
    assert desk.pipeline.store.count().articles == 30


def test_what_is_no_text_is_not_searched_for(desk: Shelf):
    for sent in (None, 7, {"path": "/etc/passwd"}, ["a"]):
        view, shown = desk.find(sent, sent, View(sort="title"), WRITER)
        assert view == View(sort="title") and len(titles(shown)) == 25
        [step] = desk.add(None, sent, View(), WRITER)
        assert shelf.NOTHING_GIVEN in step[0]


# --- removing --------------------------------------------------------------------------------------------------------


def test_an_article_is_removed_only_when_asked_twice(desk: Shelf):
    view, shown, _ = desk.order(order(do="remove", article="n03"), View(page=2), WRITER)
    assert view == View(page=2, removing="n03")
    assert "Remove “<bdi>Ferry 03</bdi>”? Its passages leave every search." in shown
    view, kept, _ = desk.order(order(do="keep", article="n03"), view, WRITER)
    assert view == View(page=2) and "sure" not in kept and "Ferry 03" in kept
    view, shown, health = desk.order(order(do="really", article="n03"), View(page=2, removing="n03"), WRITER)
    assert view == View(page=2) and titles(shown) == ["Ferry 04", "Ferry 02", "Ferry 01", "Ferry 00"]
    assert shown.index("Ferry 04<") < shown.index("“<bdi>Ferry 03</bdi>” was removed.") < shown.index("Ferry 02<")
    assert ">29<" in health


def test_the_last_article_of_the_last_page_leaves_the_page_before(desk: Shelf):
    desk.find("", "Title", View(), WRITER)
    for number in range(4):
        desk.order(order(do="really", article=f"n0{number}"), View(page=2), WRITER)
    view, shown, _ = desk.order(order(do="really", article="n04"), View(page=2), WRITER)
    assert view.page == 1 and "“<bdi>Ferry 04</bdi>” was removed." in shown and len(titles(shown)) == 25


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (None, shelf.GONE),
        (LibraryBusyError("/secret/path is locked"), adding.BUSY),
        (LibraryError("the disk is full"), "the disk is full"),
        (RuntimeError("unforeseen"), shelf.FAILED),
    ],
)
def test_a_removal_that_fails_is_one_sentence(desk: Shelf, raised: Exception | None, told: str):
    desk.pipeline.raised = raised
    _, shown, _ = desk.order(order(do="really", article="no such article"), View(), WRITER)
    assert f'<div class="outcome trouble" role="status"><p>{told}</p></div>' in shown and len(titles(shown)) == 25


def test_a_removal_waits_for_who_is_changing_the_library_and_then_says_so(desk: Shelf, monkeypatch):
    monkeypatch.setattr(shelf, "PATIENCE", 0.01)
    with desk._turn:
        _, shown, _ = desk.order(order(do="really", article="n20"), View(), WRITER)
    assert shelf.OTHERS in shown and desk.pipeline.store.count().articles == 30


@pytest.mark.parametrize("asks", [READER, NOBODY, SimpleNamespace(request=None)])
def test_no_order_of_who_may_only_read_changes_anything(desk: Shelf, tmp_path: Path, asks: SimpleNamespace):
    _, shown, _, boxes, word = desk.open(View(), asks)
    assert "Remove" not in shown and "Ask about it" in shown
    assert (boxes["visible"], word["visible"]) == (False, True)
    assert "Remove" not in desk.find("ferry", "Title", View(), asks)[1]
    for do in ("remove", "really"):
        view, shown, _ = desk.order(order(do=do, article="n20"), View(), asks)
        assert view == View() and "Remove" not in shown
    [step] = desk.add([given := uploaded(tmp_path, "a.txt")], "https://example.org", View(), asks)
    assert shelf.NOT_YOURS in step[0] and not given.path.exists()
    assert (desk.pipeline.store.count().articles, desk.pipeline.ingested) == (30, [])


def test_the_boxes_are_shown_to_who_may_write(desk: Shelf):
    *_, boxes, word = desk.open(View(), WRITER)
    assert (boxes["visible"], word["visible"]) == (True, False)


# --- adding ----------------------------------------------------------------------------------------------------------


def uploaded(folder: Path, name: str, content: bytes = b"words") -> Upload:
    path = folder / "cache" / str(len(list(folder.glob("cache/*")))) / "blob"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return Upload(path=path, name=name)


def test_what_is_added_is_told_step_by_step_and_then_as_a_whole(desk: Shelf, tmp_path: Path):
    pipeline = desk.pipeline
    given_files = [uploaded(tmp_path, "Hafen & Fähre.TXT", b"one"), uploaded(tmp_path, "b.md", b"two")]
    staged = pipeline.settings.data_dir / adding.FOLDER
    pipeline.refused = (Refusal(source=f"{staged}/b.md line 3", reason=f"{staged}/b.md is empty."),)
    *steps, last = desk.add(given_files, "https://example.org/a\nnonsense", View(page=2), WRITER)
    told = [step[0] for step in steps]
    assert "1 of 3: <bdi>Hafen &amp; Fähre.TXT</bdi>" in told[1]
    assert '<progress value="2" max="3"' in told[-1] and "https://example.org/a" in told[-1]
    assert all(step[6]["interactive"] is False for step in steps)
    outcome, view, shown, health, files, addresses, button = last
    assert "2 added, 1 unchanged, 2 refused." in outcome
    assert '<b dir="auto">b.md line 3</b> <span dir="auto">B.md is empty.</span>' in outcome
    assert str(tmp_path) not in outcome and adding.NO_ADDRESS in outcome
    assert view == View(page=2) and titles(shown) and "30" in health
    assert (files, addresses, button["interactive"]) == (None, "nonsense", True)
    assert sorted(pipeline.read.values()) == [b"one", b"two"]
    [sources] = pipeline.ingested
    assert sources[1:] == [staged / "b.md", "https://example.org/a"]
    assert sources[0].parent == staged and sources[0].name.startswith("Hafen-Fahre") and sources[0].suffix == ".txt"
    assert not staged.exists() and not list(tmp_path.glob("cache/*"))  # nothing is left behind


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (LibraryBusyError("/secret/path is locked"), adding.BUSY),
        (UsageError("Nothing was named."), "Nothing was named."),
        (RuntimeError("unforeseen"), adding.BROKEN),
        (OSError("no space"), adding.UNWRITABLE),
    ],
)
def test_what_cannot_be_added_now_stays_to_be_tried_again(desk: Shelf, tmp_path: Path, raised: Exception, told: str):
    desk.pipeline.raised = raised
    upload = uploaded(tmp_path, "a.txt")
    *_, last = desk.add([upload], "https://example.org", View(), WRITER)
    assert told in last[0] and "trouble" in last[0] and "secret" not in last[0]
    assert last[4:6] == [gr.skip(), gr.skip()] and last[6]["interactive"] is True
    assert upload.path.exists()
    desk.pipeline.raised = None
    *_, last = desk.add([upload], "https://example.org", View(), WRITER)
    assert "2 added" in last[0]


def test_nothing_given_is_said(desk: Shelf):
    [step] = desk.add(None, " \n", View(), WRITER)
    assert shelf.NOTHING_GIVEN in step[0] and desk.pipeline.ingested == []
    *_, last = desk.add([], "nonsense", View(), WRITER)
    assert adding.NO_ADDRESS in last[0] and "1 refused." in last[0].casefold() and desk.pipeline.ingested == []


def test_two_who_add_at_once_take_turns_and_the_second_is_told(desk: Shelf):
    pipeline = desk.pipeline
    pipeline.gate.clear()
    first, second = (desk.add([], f"https://example.org/{name}", View(), WRITER) for name in "ab")
    next(first)
    waiting = next(second)
    assert adding.WAITING in waiting[0] and "<progress title=" in waiting[0]
    pipeline.gate.set()
    assert all("2 added" in list(one)[-1][0] for one in (first, second))
    assert pipeline.ingested == [["https://example.org/a"], ["https://example.org/b"]]


def test_it_goes_on_when_nobody_listens_any_more(desk: Shelf):
    told = adding.add(desk.pipeline, [], "https://example.org/a", turn=desk._turn)
    next(told)
    told.close()
    assert desk._turn.acquire(timeout=30)
    desk._turn.release()
    assert desk.pipeline.ingested == [["https://example.org/a"]]


def test_files_of_one_name_and_those_that_got_lost_are_refused(pipeline: FakePipeline, tmp_path: Path):
    lost = Upload(path=tmp_path / "nowhere", name="lost.txt")
    files = [uploaded(tmp_path, "a.txt", b"first"), uploaded(tmp_path, "folder/a.txt"), lost]
    *_, outcome = adding.add(pipeline, files, "", turn=threading.Lock())
    assert isinstance(outcome, Outcome)
    assert [(one.source, one.reason) for one in outcome.report.refused] == [
        ("a.txt", NAMESAKE),
        ("lost.txt", LOST),
    ]
    assert pipeline.read == {"a.txt": b"first"}


def test_addresses_are_read_line_by_line_each_once_and_not_without_end():
    text = "https://a.example/1\n\n HTTP://b.example \nhttps://a.example/1\njavascript:alert(1)\nfile:/etc/passwd"
    found, refused = adding.parse(text)
    assert found == ["https://a.example/1", "HTTP://b.example"]
    assert [one.source for one in refused] == ["javascript:alert(1)", "file:/etc/passwd"]
    found, refused = adding.parse("\n".join(f"https://a.example/{number}" for number in range(1_000)))
    assert len(found) == adding.MOST_ADDRESSES and [one.reason for one in refused] == [adding.TOO_MANY]
    assert len(adding.cut("https://" + "x" * 9_000)) == adding.LONGEST_SHOWN


def test_only_what_was_uploaded_is_taken_for_an_upload(tmp_path: Path):
    box = UploadBox(file_count="multiple")
    assert box.get_block_name() == "file"
    inside = Path(get_upload_folder(), "0" * 64, "a.txt")
    kept = FileData(path=str(inside), orig_name="Ä.txt", meta={"_type": "gradio.FileData"}).model_dump()
    given_back = asyncio.run(async_move_files_to_cache([kept], box, check_in_upload_folder=True))
    assert box.preprocess(ListFiles(given_back)) == [Upload(path=inside, name="Ä.txt")]
    assert box.preprocess(None) == []
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for path in (str(secret), f"{get_upload_folder()}/../secret.txt", "http://127.0.0.1:1/x", "https://example.org/x"):
        stolen = {"path": path, "meta": {"_type": "gradio.FileData"}}
        with pytest.raises(gr.Error, match="Only a file that was uploaded"):
            asyncio.run(async_move_files_to_cache([stolen], box, check_in_upload_folder=True))
    assert asyncio.run(box.async_move_resource_to_block_cache(None)) is None


# --- what is shown ---------------------------------------------------------------------------------------------------


def test_nothing_of_other_people_is_markup(pipeline: FakePipeline):
    byline = Byline(
        article_id=HOSTILE, revision="r", title=HOSTILE, outlet=HOSTILE, url="javascript:alert(1)", author=HOSTILE
    )
    refusal = Refusal(source=HOSTILE, reason=HOSTILE)
    held = Holdings(articles=1, passages=1, outlets=1, undated=0, unattributed=0, oldest=HOSTILE, newest=HOSTILE)
    for words in ("", HOSTILE):
        view = View(words=words, removing=HOSTILE)
        shown = [
            listing.articles([byline], view, total=99, passages={HOSTILE: 3}, writable=True),
            listing.articles([byline], View(words=words), total=99, passages={}, writable=True),
            listing.articles([], view, total=0, passages={}, writable=True),
        ]
        shown += [listing.removed(HOSTILE), listing.trouble(HOSTILE), listing.done(HOSTILE)]
        shown += [listing.outcome(IngestReport(refused=(refusal,) * 60)), listing.step(Step(total=2, name=HOSTILE))]
        shown += [listing.checked([HOSTILE] * 20, held), listing.under_way(HOSTILE)]
        shown += [listing.health(held, size=7, embedding=HOSTILE, model=HOSTILE)]
        for html in shown:
            assert html.startswith(("<section", "<div")) and "\n" not in html
            assert "<script" not in html and "<img" not in html and '" onmouseover' not in html
            assert 'href="javascript' not in html


def test_what_is_unknown_is_said_and_an_article_without_a_title_is_named_by_its_id():
    byline = Byline(article_id="harbour-1", revision="r")
    shown = listing.articles([byline], View(), total=1, passages={"harbour-1": 1}, writable=True)
    for said in ("title unknown", ">harbour-1<", "outlet unknown", "date unknown", "1 passage<", "Remove: harbour-1"):
        assert said in shown
    assert 'href="read/harbour-1"' in shown and "#do:chat:" in shown and "1 article" in shown


def test_an_empty_library_says_how_to_fill_it(pipeline: FakePipeline):
    _, shown, health, *_ = Shelf(pipeline).open(View(), WRITER)
    assert "The library is empty" in shown and "Drop files" in shown and "python ingest.py corpus" in shown
    assert '<dt>Published</dt><dd dir="auto">unknown</dd>' in health
    _, shown, *_ = Shelf(pipeline).open(View(), READER)
    assert "Drop files" not in shown and "python ingest.py" in shown
    assert "--remove ID" in listing.elsewhere()


def test_health_says_of_when_and_by_what():
    held = Holdings(
        articles=1_234,
        passages=9,
        outlets=2,
        undated=1,
        unattributed=0,
        oldest="2024-11-30T10:00:00+00:00",
        newest="2024-12-02",
    )
    shown = listing.health(held, size=2_345_678, embedding="mini", model="gpt")
    for said in ("1,234", "30 November 2024 to 2 December 2024", "1 article<", "0 articles", "2.3 MB", "mini", "gpt"):
        assert said in shown
    assert [listing.on_disk(size) for size in (0, 1, 999_001, 3_000_000_000)] == ["0 kB", "1 kB", "1,000 kB", "3.0 GB"]


def test_a_check_says_in_plain_words_what_it_found(desk: Shelf, monkeypatch):
    first, last = desk.check()
    assert "<progress" in first[0] and first[1]["interactive"] is False and last[1]["interactive"] is True
    assert "All is well: 30 articles and 60 passages" in last[0]
    monkeypatch.setattr(desk.pipeline.store, "check", lambda: ["Passage x: gone."] * 20)
    _, last = desk.check()
    assert "Passage x: gone." in last[0] and "and 8 more" in last[0] and "ingest.py --rebuild" in last[0]
    for raised, told in ((LibraryError("It is damaged."), "It is damaged."), (RuntimeError(), shelf.FAILED)):

        def check(raised: Exception = raised) -> list[str]:
            raise raised

        monkeypatch.setattr(desk.pipeline.store, "check", check)
        _, last = desk.check()
        assert told in last[0]


@pytest.mark.parametrize(("raised", "told"), [(LibraryError("It is gone."), "It is gone."), (OSError(), shelf.FAILED)])
def test_a_library_that_cannot_be_read_is_one_sentence(raised: Exception, told: str):
    def fail(*_: object, **__: object) -> None:
        raise raised

    library = SimpleNamespace(catalogue=fail, holdings=fail, fingerprint="m", data_dir=Path())
    _, shown, health, *_ = Shelf(SimpleNamespace(store=library, model=None)).open(View(), WRITER)
    assert told in shown and told in health
