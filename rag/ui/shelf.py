"""The library on the page: found, sorted and read there; added to and removed from by who may change it.

Who that is the gate has said of each request; what a request did not come through the gate with, it may not do.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import gradio as gr
from gradio.context import Context

from rag.access import may_write
from rag.errors import CrosscheckError, LibraryBusyError, NotFoundError
from rag.ui import adding, listing, orders, uploads
from rag.ui.adding import BUSY, Step
from rag.ui.html import html
from rag.ui.listing import PAGE, SORTS, View
from rag.ui.uploads import UploadBox
from rag.uploads import Upload

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

AT_ONCE = 8  # readers who are shown their list
ADDING_AT_ONCE = 4  # readers who add, of whom all but one wait
PATIENCE = 5.0  # seconds that a removal waits for who is changing the library
SESSION_SECONDS = 24 * 3600
LONGEST_SEARCH = 200  # characters
LONGEST_ADDRESSES = 100_000
FAILED = "This failed on the server, which has written the cause to its log: try again."
OTHERS = "Somebody else is changing the library: try again when that is done."
NOTHING_GIVEN = "Choose a file or give a web address first."
NOT_YOURS = "Articles are added and removed by who signed in with a key that may write."
GONE = "This article is no longer in the library."
CHECKING = "Checking every article and both indexes …"

Note: TypeAlias = tuple[int, str]  # HTML, and the place of the row that it stands before
_log = logging.getLogger(__name__)


class Shelf:
    """What the view of the library does when something is pressed. Nothing is raised: a failure is a sentence there."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._turn = threading.Lock()  # held by who changes the library

    def open(self, view: View, request: gr.Request) -> tuple[View, str, str, Any, Any]:
        """Show the list and what is indexed, as they are at this moment, and the boxes to who may add, else a word."""
        writable = _may_write(request)
        shown = self._listed(replace(view, removing=None), writable=writable)
        return *shown, self.health(), gr.update(visible=writable), gr.update(visible=not writable)

    def _opened(self, view: View) -> tuple[View, str, str]:
        """The list and what is indexed, for who may write."""
        return *self._listed(replace(view, removing=None), writable=True), self.health()

    def find(self, words: str, sort: str, view: View, request: gr.Request) -> tuple[View, str]:
        """Show the articles with these words, in this order, from the first page."""
        order = SORTS.get(_text(sort), view.sort)
        return self._listed(View(words=_text(words)[:LONGEST_SEARCH], sort=order), writable=_may_write(request))

    def order(self, text: str, view: View, request: gr.Request) -> tuple[View, str, Any]:
        """Turn the page, ask whether an article is to be removed, remove it, keep it."""
        order, writable = orders.read(text), _may_write(request)
        match order.get("do"), order.get("page"), order.get("article"):
            case "page", int(page), _:
                return *self._listed(replace(view, page=page, removing=None), writable=writable), gr.skip()
            case "remove", _, str(article) if writable:
                return *self._listed(replace(view, removing=article), writable=True), gr.skip()
            case "really", _, str(article) if writable:
                return *self._removed(article, replace(view, removing=None)), self.health()
        return *self._listed(replace(view, removing=None), writable=writable), gr.skip()

    def _removed(self, article: str, view: View) -> tuple[View, str]:
        """The list without the article, and in its place what became of it."""
        place, title = 0, ""
        try:
            bylines, _ = self._page(view)
            for number, byline in enumerate(bylines):
                if byline.article_id == article:
                    place, title = number, byline.title or article
            sentence = self._remove(article)
        except CrosscheckError as error:
            sentence = str(error)
        except Exception:  # noqa: BLE001 - the page is an entry point: what nobody foresaw is logged and told
            _log.exception("Removing failed.")
            sentence = FAILED
        if sentence is None:
            return self._listed(view, writable=True, note=(place, listing.removed(title or article)))
        return self._listed(view, writable=True, note=(place, listing.trouble(sentence)))

    def _remove(self, article: str) -> str | None:
        """Remove it, and give None; else the sentence that says why not."""
        if not self._turn.acquire(timeout=PATIENCE):
            return OTHERS
        try:
            self.pipeline.remove(article)
        except NotFoundError:
            return GONE
        except LibraryBusyError:
            return BUSY
        finally:
            self._turn.release()
        return None

    def _page(self, view: View) -> tuple[Sequence[Any], int]:
        return self.pipeline.store.catalogue(view.words, sort=view.sort, limit=PAGE, offset=(view.page - 1) * PAGE)

    def _listed(self, view: View, *, writable: bool, note: Note | None = None) -> tuple[View, str]:
        """The view as it can be shown, and the list; the last page where there are not as many any more."""
        try:
            view = replace(view, page=max(1, min(view.page, listing.MOST_PAGES)))
            bylines, total = self._page(view)
            if not bylines and view.page > 1:
                view = replace(view, page=listing.pages(total))
                bylines, total = self._page(view)
            if not total and not view.words.strip():
                shown = listing.empty(writable=writable)
                return view, f"{note[1]}{shown}" if note else shown
            passages = self.pipeline.store.passages_of([byline.article_id for byline in bylines])
            return view, listing.articles(bylines, view, total=total, passages=passages, writable=writable, note=note)
        except CrosscheckError as error:
            return view, listing.trouble(str(error))
        except Exception:  # noqa: BLE001 - as above
            _log.exception("Listing failed.")
            return view, listing.trouble(FAILED)

    def health(self) -> str:
        """Show what is indexed, and by what."""
        try:
            library, model = self.pipeline.store, self.pipeline.model
            return listing.health(
                library.holdings(),
                size=adding.size(library.data_dir),
                embedding=library.fingerprint.partition("/")[0],
                model=model.name if model is not None else None,
            )
        except CrosscheckError as error:
            return listing.trouble(str(error))
        except Exception:  # noqa: BLE001 - as above
            _log.exception("Counting failed.")
            return listing.trouble(FAILED)

    def check(self) -> Iterator[tuple[str, Any]]:
        """Hold the ledger against both indexes, and say what was found."""
        yield listing.under_way(CHECKING), gr.update(interactive=False)
        try:
            library = self.pipeline.store
            found = listing.checked(library.check(), library.holdings())
        except CrosscheckError as error:
            found = listing.trouble(str(error))
        except Exception:  # noqa: BLE001 - as above
            _log.exception("The check failed.")
            found = listing.trouble(FAILED)
        yield found, gr.update(interactive=True)

    def add(
        self, files: Sequence[Upload] | None, addresses: str, view: View, request: gr.Request
    ) -> Iterator[list[Any]]:
        """Take files and addresses in, showing how far it is and then what became of each.

        Yields what is shown of it, the view, the list, what is indexed, the two boxes and the button.
        """
        given, addresses = list(files or ()), _text(addresses)[:LONGEST_ADDRESSES]
        if not _may_write(request):
            uploads.discard(given)
            yield [listing.trouble(NOT_YOURS), *[gr.skip()] * 6]
            return
        if not given and not addresses.strip():
            yield [listing.trouble(NOTHING_GIVEN), *[gr.skip()] * 6]
            return
        button = gr.update(interactive=False)
        for told in adding.add(self.pipeline, given, addresses, turn=self._turn):
            if isinstance(told, Step):
                yield [listing.step(told), *[gr.skip()] * 5, button]
            elif told.trouble is not None:  # what was given stays, for another try
                yield [
                    listing.trouble(told.trouble),
                    *self._opened(view),
                    gr.skip(),
                    gr.skip(),
                    gr.update(interactive=True),
                ]
            else:
                uploads.discard(given)
                refused = {refusal.source for refusal in told.report.refused}
                again = [line for line in dict.fromkeys(addresses.split()) if adding.cut(line) in refused]
                yield [
                    listing.outcome(told.report),
                    *self._opened(view),
                    None,
                    "\n".join(again),
                    gr.update(interactive=True),
                ]


def _may_write(request: gr.Request) -> bool:
    """Whether who sent this order may change the library; Gradio hands on the request that the order came by."""
    return request.request is not None and may_write(request.request.scope)


def _text(sent: object) -> str:
    """What was sent for a text; empty where it is none."""
    return sent if isinstance(sent, str) else ""


def build(shelf: Shelf) -> list[Any]:
    """Lay the view out in the tab that is open, and wire it; it is read anew each time that the tab is chosen.

    Gives the events after which the library may hold something else.
    """
    state = gr.State(View(), time_to_live=SESSION_SECONDS)
    with gr.Row(elem_id="shelf", equal_height=False):
        with gr.Column(elem_id="shelf-articles", min_width=0):
            with gr.Row(elem_id="shelf-find"):
                words = gr.Textbox(
                    label="Find by title, outlet, author or id",
                    max_lines=1,
                    max_length=LONGEST_SEARCH,
                    elem_id="shelf-words",
                    min_width=0,
                )
                sort = gr.Radio(
                    list(SORTS), value=next(iter(SORTS)), label="Sort by", elem_id="shelf-sort", min_width=0
                )
            shown = html("shelf-list")
            order, send = orders.channel(listing.CHANNEL)
        with gr.Column(elem_id="shelf-side", min_width=0):
            # Which of the two is shown is decided when the view is opened, by who opens it.
            with gr.Column(visible=False, elem_id="shelf-adding", min_width=0) as boxes:
                files, addresses, add, added = _adding()
            elsewhere = html(
                "shelf-elsewhere", listing.elsewhere(only_read=shelf.pipeline.settings.read_only), visible=False
            )
            health = html("shelf-health")
            check = gr.Button("Check the library", size="sm", elem_id="shelf-check", min_width=0)
            checked = html("shelf-checked")

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    listed: dict[str, Any] = {**quiet, "concurrency_limit": AT_ONCE, "concurrency_id": "shelf"}
    opening = _opening()
    opening(shelf.open, [state], [state, shown, health, boxes, elsewhere], **listed)
    finding = {**listed, "trigger_mode": "always_last"}
    words.change(shelf.find, [words, sort, state], [state, shown], **finding)
    gr.on([words.submit, sort.input], shelf.find, [words, sort, state], [state, shown], **listed)
    changing = [send.click(shelf.order, [order, state], [state, shown, health], **listed)]
    check.click(shelf.check, None, [checked, check], **quiet, concurrency_limit=1, concurrency_id="check")
    adding = add.click(
        shelf.add,
        [files, addresses, state],
        [added, state, shown, health, files, addresses, add],
        **quiet,
        concurrency_limit=ADDING_AT_ONCE,
        concurrency_id="adding",
    )
    changing.append(adding)
    return changing


def _adding() -> tuple[UploadBox, gr.Textbox, gr.Button, gr.Markdown]:
    html("shelf-add-head", listing.adding())
    files = UploadBox(
        label="Files",
        show_label=False,
        file_count="multiple",
        height="auto",
        elem_id="shelf-files",
        min_width=0,
    )
    addresses = gr.Textbox(
        label="Web addresses, one per line",
        lines=2,
        max_lines=6,
        max_length=LONGEST_ADDRESSES,
        placeholder="https://",
        elem_id="shelf-addresses",
        min_width=0,
    )
    add = gr.Button("Add", variant="primary", elem_id="shelf-add-button", min_width=0)
    return files, addresses, add, html("shelf-added")


def _opening() -> Any:  # noqa: ANN401 - an event of Gradio's
    """What happens when the view is opened: its tab is chosen or, without tabs, the page is loaded."""
    block = Context.block
    while block is not None and not isinstance(block, gr.Tab):
        block = block.parent
    return block.select if block is not None else Context.root_block.load  # type: ignore[union-attr]
