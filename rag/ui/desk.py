"""What the page does when something is pressed: answers shown as they grow, ended when they are told to."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag import phrases
from rag.errors import CrosscheckError
from rag.types import Answer, Turn
from rag.ui import fields, markup, orders, talk
from rag.ui.fields import Fields, Outlets
from rag.ui.talk import Exchange, Talk

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

STOP_SECONDS = 5  # for an answer to end once it is told to
OFFERED = 500  # articles that the filter lists, those first that came last; the library view offers every one

# Questions that the shipped articles answer, each offered where the library holds its article.
EXAMPLES = (
    ("How many people have been killed in the fighting?", "sunday-in-damascus"),
    ("Who holds Tal Rifaat?", "sunday-in-damascus"),
    ("Have Iraqi militias entered Syria to fight for Assad?", "assad-back-from-moscow"),
    ("Whom did Assad ring at the weekend?", "assad-back-from-moscow"),
    ("Is Russia helping Assad?", "patrons-hesitate"),
    ("What has Iran pledged to send?", "patrons-hesitate"),
)
STOPPED = "Stopped before the answer was complete."
BROKEN = "The answer failed on the server, which has written the cause to its log: ask again, or ask differently."
FAILED = "This failed on the server, which has written the cause to its log: try again."

# What a handler may change on the page, in the order in which Gradio gets it.
FIELDS = ("chips", "outlets", "since", "until", "article")
SHOWN = ("talk", "chat", "latest", "earlier", "box", "ask", "stop", "record", *FIELDS)

_log = logging.getLogger(__name__)


def shown(**changes: Any) -> list[Any]:  # noqa: ANN401 - Gradio's updates have no type
    """Give the values of all that is shown; what is not named stays as it is."""
    assert set(changes) <= set(SHOWN)
    return [changes.get(name, gr.skip()) for name in SHOWN]


class Desk:
    """What the page does when something is pressed; each generator yields values for all that is shown.

    Nothing is raised out of here: Gradio would leave the page half drawn, so every failure is written into the
    conversation, and the question box stays as it is.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.model = pipeline.model.name if pipeline.model is not None else None
        self._running: dict[str | None, _Run] = {}  # by browser session

    # What the library holds

    def open(self) -> list[Any]:
        """Show what the library holds at this moment: masthead, examples, contents, and what can be filtered by."""
        library = self.pipeline.store
        try:
            bylines, articles = library.catalogue(limit=OFFERED)
            held, outlets = library.passages_of([article for _, article in EXAMPLES]), library.outlets()
        except CrosscheckError as error:
            nothing = gr.skip()
            return [markup.masthead(0, 0, model=self.model), nothing, markup.trouble(str(error)), nothing, nothing]
        examples: list[Any] = [{"text": question} for question, article in EXAMPLES if article in held]
        return [
            markup.masthead(articles, len(outlets), model=self.model),
            gr.update(examples=examples),
            markup.contents(bylines, articles),
            gr.update(choices=fields.outlets(outlets)),
            gr.update(choices=fields.choices(bylines)),
        ]

    def refresh(self, outlets: Outlets, since: str | None, until: str | None, article: str | None) -> list[Any]:
        """Show what the library holds now that it has changed: masthead, what can be filtered by, what is."""
        masthead, *_ = self.open()
        try:
            limited = self._limited((outlets, since, until, article))
        except CrosscheckError:
            limited = shown()
        return [masthead, *(limited[SHOWN.index(name)] for name in FIELDS)]

    # Asking

    def ask_chosen(
        self,
        held: Talk,
        outlets: Outlets,
        since: str | None,
        until: str | None,
        article: str | None,
        chosen: gr.SelectData,
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        """Ask the example, or the further question, that was pressed."""
        question = chosen.value["text"] if isinstance(chosen.value, dict) else chosen.value
        yield from self.ask(str(question), held, outlets, since, until, article, request)

    def ask(
        self,
        question: str,
        held: Talk,
        outlets: Outlets,
        since: str | None,
        until: str | None,
        article: str | None,
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        """Show the question, then the answer as it grows, until it is whole or told to end."""
        if not question.strip():
            yield shown()
            return
        before = talk.latest(replace(held, exchanges=_settled(held.exchanges)), talk.KEPT - 1)
        before = replace(before, name=held.name or uuid.uuid4().hex)
        run, current = self._begun(request.session_hash), Exchange(question=question)
        try:
            yield self._grown(before, current, asking=True, box="")
            try:
                before = replace(before, filters=fields.filters(outlets, since, until, article))
            except CrosscheckError as error:
                current = Exchange(question=question, trouble=str(error))
            else:
                for grown in self._answers(question, before, run.stop):
                    if run.stop.is_set():
                        break
                    current = grown
                    if current.answer is None or not current.answer.finished:
                        yield self._grown(before, current, asking=True)
            if run.instead is not None:
                yield run.instead
                return
            current = _settled((current,))[0]
            yield self._grown(before, current, asking=False, keep=True)
        finally:
            run.ended.set()

    def further(self, held: Talk, request: gr.Request) -> list[Any]:
        """Show what might be asked next, once an answer is whole; whoever asks meanwhile need not wait for it."""
        under_way = self._running.get(request.session_hash)
        if not held.exchanges or (under_way is not None and not under_way.ended.is_set()):
            return shown()
        *before, last = held.exchanges
        run = self._begun(request.session_hash, awaited=False)
        try:
            found = () if last.suggestions else self._further(last.answer, held, run.stop)
        finally:
            run.ended.set()
        if run.instead is not None or run.stop.is_set() or not found:
            return shown()
        with_them = replace(held, exchanges=(*before, replace(last, suggestions=found)))
        return self._drawn(with_them, asking=False, keep=True)

    def _begun(self, session: str | None, *, awaited: bool = True) -> _Run:
        """Give this browser's new run; the one before is told to end, and awaited where it may still show something."""
        before = self._running.get(session)
        if before is not None:
            before.stop.set()
            if before.awaited:
                before.ended.wait(STOP_SECONDS)
        run = self._running[session] = _Run(awaited=awaited)
        return run

    def _answers(self, question: str, before: Talk, stop: threading.Event) -> Iterator[Exchange]:
        """Yield the exchange as its answer grows; a failure becomes its last state."""
        try:
            grown = self.pipeline.stream(question, history=history(before), filters=before.filters, stop=stop)
            for answer in grown:
                yield Exchange(question=question, answer=answer)
        except CrosscheckError as error:
            yield Exchange(question=question, trouble=str(error))
        except Exception:  # noqa: BLE001 - the page is an entry point: what nobody foresaw is logged and told
            _log.exception("A question failed.")
            yield Exchange(question=question, trouble=BROKEN)

    def _further(self, answer: Answer | None, held: Talk, stop: threading.Event) -> tuple[str, ...]:
        """Find what might be asked next; none where that fails, since the answer stands without."""
        if answer is None or answer.notice == STOPPED:
            return ()
        asked = [exchange.question for exchange in held.exchanges]
        try:
            found = self.pipeline.suggest(answer, filters=held.filters, asked=asked, stop=stop)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("No further questions could be found.")
            return ()
        return () if stop.is_set() else found

    # Orders from inside the conversation

    def order(
        self,
        text: str,
        held: Talk,
        outlets: Outlets,
        since: str | None,
        until: str | None,
        article: str | None,
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        """Do what a press inside the page's HTML asks: ask again or differently, open what was kept, set a limit."""
        order, limits = orders.read(text), (outlets, since, until, article)
        match order.get("do"):
            case "retry" | "edit":
                turn = order.get("turn")
                if not isinstance(turn, int) or not 1 <= turn <= len(held.exchanges):
                    yield shown()
                    return
                said = order.get("question")
                question = said if isinstance(said, str) else held.exchanges[turn - 1].question
                yield from self.ask(question, replace(held, exchanges=held.exchanges[: turn - 1]), *limits, request)
            case _:
                try:
                    yield self._changed(order, limits, request)
                except CrosscheckError as error:
                    yield shown(chips=markup.trouble(str(error)))
                except Exception:  # noqa: BLE001 - as above
                    _log.exception("An order failed.")
                    yield shown(chips=markup.trouble(FAILED))

    def _changed(self, order: dict[str, Any], limits: Fields, request: gr.Request) -> list[Any]:
        match order.get("do"):
            case "open":
                return self._reopened(order.get("record"), request)
            case "only":
                return self._limited((*limits[:3], str(order.get("article"))))
            case "limit":
                return shown(chips=self.limit(*limits))
            case "lift":
                return self._limited(fields.without(limits, order.get("limit"), order.get("value")))
        return shown()

    def _reopened(self, record: object, request: gr.Request) -> list[Any]:
        """Show a conversation that this browser kept."""
        try:
            held = talk.restored(record, self.pipeline.store.article)
        except CrosscheckError as error:
            changes = self._cleared()
            changes[SHOWN.index("latest")] = markup.trouble(str(error))
        else:
            limited = self._limited(fields.of(held.filters))
            drawn = self._drawn(held, asking=False, box="")
            changes = [limit if name in FIELDS else one for name, one, limit in zip(SHOWN, drawn, limited, strict=True)]
        self._discard(request.session_hash, changes)
        return changes

    def limit(self, outlets: Outlets, since: str | None, until: str | None, article: str | None) -> str:
        """Show the limits that the fields set, or why they cannot be."""
        try:
            return markup.chips(fields.filters(outlets, since, until, article), title=self._title(article))
        except CrosscheckError as error:
            return markup.trouble(str(error))

    def _limited(self, limits: Fields) -> list[Any]:
        """Set the fields of the filter, and show them; an article that the library does not have limits nothing."""
        outlets, since, until, article = limits
        title = self._title(article)
        article = None if title is None else article
        # What is chosen must be on offer too: Gradio refuses anything else.
        bylines, _ = self.pipeline.store.catalogue(limit=OFFERED)
        listed, known = fields.choices(bylines), self.pipeline.store.outlets()
        if article and all(one != article for _, one in listed):
            listed.insert(0, (title or article, article))
        return shown(
            chips=self.limit(outlets, since, until, article),
            outlets=gr.update(choices=fields.outlets([*known, *(outlets or ())]), value=list(outlets or ())),
            since=since or "",
            until=until or "",
            article=gr.update(choices=listed, value=article),
        )

    def _title(self, article: str | None) -> str | None:
        """The title of an article, its id where it has none; None where the library has no such article."""
        if not article:
            return None
        try:
            return self.pipeline.store.article(article).title or article
        except CrosscheckError:
            return None

    # Ending

    def stop(self, request: gr.Request) -> Any:  # noqa: ANN401 - Gradio's updates have no type
        """Tell the answer to end; its last view is its own."""
        run = self._running.get(request.session_hash)
        if run is None or run.ended.is_set():
            return gr.skip()
        run.stop.set()
        return gr.update(value="Stopping", interactive=False)

    def anew(self, request: gr.Request) -> list[Any]:
        """Begin a new conversation; its limits stay."""
        changes = self._cleared()
        self._discard(request.session_hash, changes)
        return changes

    def leave(self, request: gr.Request) -> None:
        """End the answer of a browser that is gone."""
        run = self._running.pop(request.session_hash, None)
        if run is not None:
            run.stop.set()

    def end(self) -> None:
        """End every answer."""
        for run in list(self._running.values()):
            run.stop.set()

    def _discard(self, session: str | None, instead: list[Any]) -> None:
        """End the answer under way; what it still shows is what stands in its place."""
        run = self._running.get(session)
        if run is not None:
            run.instead = instead
            run.stop.set()

    # What is shown

    def _cleared(self) -> list[Any]:
        changes = self._drawn(Talk(), asking=False)
        changes[SHOWN.index("latest")] = self.open()[2]
        return changes

    def _grown(
        self, before: Talk, current: Exchange, *, asking: bool, keep: bool = False, box: str | None = None
    ) -> list[Any]:
        held = replace(before, exchanges=(*before.exchanges, current))
        return self._drawn(held, asking=asking, keep=keep, box=box)

    def _drawn(self, held: Talk, *, asking: bool, keep: bool = False, box: str | None = None) -> list[Any]:
        changes: dict[str, Any] = {
            "talk": held,
            "chat": markup.conversation(held),
            "latest": markup.panel(held),
            "earlier": markup.earlier(held),
            "ask": gr.update(visible=not asking),
            "stop": gr.update(visible=asking, value="Stop", interactive=True),
        }
        if keep:
            changes["record"] = markup.record(talk.kept(held))
        if box is not None:
            changes["box"] = box
        return shown(**changes)


@dataclass(eq=False, slots=True)
class _Run:
    """An answer under way: `stop` tells it to end, `ended` that it has; a discarded one shows this `instead`.

    What shows nothing once it is told to end need not be `awaited`.
    """

    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    instead: list[Any] | None = None
    awaited: bool = True


def _settled(exchanges: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    """Give the conversation with the last answer marked as stopped if it is not finished."""
    if not exchanges:
        return ()
    *before, last = exchanges
    if last.trouble is not None or (last.answer is not None and last.answer.finished):
        return exchanges
    if last.answer is None:
        return (*before, replace(last, trouble=STOPPED))
    return (*before, replace(last, answer=replace(last.answer, finished=True, notice=STOPPED)))


def history(held: Talk) -> tuple[Turn, ...]:
    """Give the conversation so far as turns; a question without an answer is left out."""
    turns: list[Turn] = []
    for exchange in held.exchanges:
        if exchange.answer is not None:
            turns.append(Turn(role="user", content=exchange.question))
            turns.append(Turn(role="assistant", content=phrases.standing(exchange.answer)))
    return tuple(turns)
