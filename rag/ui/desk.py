"""What the page does when something is pressed: answers shown as they grow, ended when they are told to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag import phrases
from rag.errors import CrosscheckError
from rag.types import Turn
from rag.ui import markup
from rag.ui.markup import Exchange

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

EXCHANGES_KEPT = 20  # of one conversation, on the page and as history
STOP_SECONDS = 5  # for an answer to end once it is told to

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

_log = logging.getLogger(__name__)

Exchanges = tuple[Exchange, ...]


class Desk:
    """What the page does when something is pressed; each generator yields values for all that is shown.

    Nothing is raised out of here: Gradio would leave the page half drawn, so every failure is written into the
    conversation, and the question box stays as it is.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.model = pipeline.model.name if pipeline.model is not None else None
        self._running: dict[str | None, _Run] = {}  # by browser session

    def open(self) -> tuple[Any, ...]:
        """Show what the library holds at this moment."""
        try:
            bylines = self.pipeline.library.articles()
        except CrosscheckError as error:
            return markup.masthead((), model=self.model), gr.skip(), markup.trouble(str(error))
        held = {byline.article_id for byline in bylines}
        examples: list[Any] = [{"text": question} for question, article in EXAMPLES if article in held]
        return markup.masthead(bylines, model=self.model), gr.update(examples=examples), markup.contents(bylines)

    def ask_example(self, exchanges: Exchanges, chosen: gr.SelectData, request: gr.Request) -> Iterator[list[Any]]:
        """Ask the example question that was pressed."""
        yield from self.ask(str(chosen.value["text"]), exchanges, request)

    def ask(self, question: str, exchanges: Exchanges, request: gr.Request) -> Iterator[list[Any]]:
        """Show the question, then the answer as it grows, until it is told to end."""
        if not question.strip():
            yield [gr.skip()] * 7
            return
        before = _settled(exchanges)[-(EXCHANGES_KEPT - 1) :]
        run, current = self._begun(request.session_hash), Exchange(question=question)
        try:
            yield self._shown((*before, current), asking=True, question="")
            for grown in self._answers(question, before, run.stop):
                if run.stop.is_set():
                    break
                current = grown
                yield self._shown((*before, current), asking=True)
            yield self._cleared() if run.discarded else self._shown(_settled((*before, current)), asking=False)
        finally:
            run.ended.set()

    def _begun(self, session: str | None) -> _Run:
        """Give this browser's new run, once the one before has ended."""
        before = self._running.get(session)
        if before is not None:
            before.stop.set()
            before.ended.wait(STOP_SECONDS)
        run = self._running[session] = _Run()
        return run

    def _answers(self, question: str, before: Exchanges, stop: threading.Event) -> Iterator[Exchange]:
        """Yield the exchange as its answer grows; a failure becomes its last state."""
        try:
            for answer in self.pipeline.stream(question, history=history(before), stop=stop):
                yield Exchange(question=question, answer=answer)
        except CrosscheckError as error:
            yield Exchange(question=question, trouble=str(error))
        except Exception:  # noqa: BLE001 - the page is an entry point: what nobody foresaw is logged and told
            _log.exception("A question failed.")
            yield Exchange(question=question, trouble=BROKEN)

    def stop(self, request: gr.Request) -> Any:  # noqa: ANN401 - Gradio's updates have no type
        """Tell the answer to end; its last view is its own."""
        run = self._running.get(request.session_hash)
        if run is None or run.ended.is_set():
            return gr.skip()
        run.stop.set()
        return gr.update(value="Stopping", interactive=False)

    def anew(self, request: gr.Request) -> list[Any]:
        """Begin a new conversation."""
        run = self._running.get(request.session_hash)
        if run is not None:
            run.discarded = True
            run.stop.set()
        return self._cleared()

    def leave(self, request: gr.Request) -> None:
        """End the answer of a browser that is gone."""
        run = self._running.pop(request.session_hash, None)
        if run is not None:
            run.stop.set()

    def end(self) -> None:
        """End every answer."""
        for run in list(self._running.values()):
            run.stop.set()

    def _cleared(self) -> list[Any]:
        _, _, library = self.open()
        shown = self._shown((), asking=False)
        shown[2] = library
        return shown

    def _shown(self, exchanges: Exchanges, *, asking: bool, question: str | None = None) -> list[Any]:
        return [
            exchanges,
            markup.conversation(exchanges),
            markup.panel(exchanges),
            markup.earlier(exchanges),
            gr.skip() if question is None else question,
            gr.update(visible=not asking),
            gr.update(visible=asking, value="Stop", interactive=True),
        ]


@dataclass(eq=False, slots=True)
class _Run:
    """An answer under way: `stop` tells it to end, `ended` that it has; a discarded one shows nothing more."""

    stop: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    discarded: bool = False


def _settled(exchanges: Exchanges) -> Exchanges:
    """Give the conversation with the last answer marked as stopped if it is not finished."""
    if not exchanges:
        return ()
    *before, last = exchanges
    if last.trouble is not None or (last.answer is not None and last.answer.finished):
        return exchanges
    if last.answer is None:
        return (*before, replace(last, trouble=STOPPED))
    return (*before, replace(last, answer=replace(last.answer, finished=True, notice=STOPPED)))


def history(exchanges: Sequence[Exchange]) -> tuple[Turn, ...]:
    """Give the conversation so far as turns; a question without an answer is left out."""
    turns: list[Turn] = []
    for exchange in exchanges:
        if exchange.answer is not None:
            turns.append(Turn(role="user", content=exchange.question))
            turns.append(Turn(role="assistant", content=phrases.standing(exchange.answer)))
    return tuple(turns)
