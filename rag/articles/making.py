"""Articles out of tasks: the readers by the kinds of what they read. This is what runs in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict

from rag.articles import docx, given, mail, markdown, mhtml, objects, pdf, warc
from rag.articles.drafts import Draft, draft
from rag.articles.given import Text
from rag.articles.prose import decode, readable, split_headline
from rag.articles.rows import Row, Task
from rag.articles.splitting import Input, split
from rag.errors import ArticleError

_GIVEN = "given"


def made(task: Task | str) -> Draft:
    """The article that a task makes; raises ArticleError, with a sentence in place of a task too."""
    if isinstance(task, str):
        raise ArticleError(task)
    return _MAKERS[task.kind](task)


def task_of(text: Text) -> Task:
    """The task that makes the article of a text that was given."""
    return Task(kind=_GIVEN, data=json.dumps(asdict(text)).encode())


def from_text(data: bytes) -> Draft:
    """The article of a plain text: a title only where its first line is one, never a date or an outlet."""
    title, body = split_headline(readable(decode(data)))
    return draft({"title": title}, text=body)


def _from_page(task: Task) -> Draft:
    return mhtml.from_saved(task.data, address=task.address, fetched_at=task.fetched_at, given=task.given)


_MAKERS: dict[str, Callable[[Task], Draft]] = {
    "text": lambda task: from_text(task.data),
    "markdown": lambda task: markdown.from_markdown(task.data),
    "html": _from_page,
    "mhtml": lambda task: mhtml.from_mhtml(task.data),
    "pdf": lambda task: pdf.from_pdf(task.data),
    "docx": lambda task: docx.from_docx(task.data),
    "line": lambda task: objects.from_line(task.data),
    "mail": lambda task: mail.from_message(task.data),
    "record": warc.from_record,
    _GIVEN: lambda task: given.from_given(Text(**json.loads(task.data))),
}


class Here:
    """Takes inputs apart in this process, without limits of time and memory: for inputs that nobody sent."""

    def draft(self, task: Task) -> Draft:
        """The article that a task makes; raises ArticleError."""
        return made(task)

    def split(self, given: Input) -> Iterator[Row]:
        """The items of an input that has to be taken apart for that; raises ArticleError."""
        return split(given)
