"""Two made-up articles, answers on them, and the eval command over a product that gives these answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from evals.__main__ import main
from rag.config import Settings
from rag.errors import NotFoundError
from rag.types import (
    Answer,
    Article,
    Byline,
    Citation,
    Disagreement,
    IngestReport,
    Position,
    Refusal,
    Statement,
    Turn,
)

NORTH = Article(
    id="north",
    revision="r1",
    source="north.md",
    ingested_at="2024-12-01",
    outlet="North Post",
    text="The river rose. At least 12 people drowned, the mayor said. “We were warned,” said Ada Kern.",
)
SOUTH = Article(
    id="south",
    revision="r2",
    source="south.md",
    ingested_at="2024-12-01",
    outlet="South Mail",
    text="Officials counted 15 dead. The dam at Lorn held.",
)


# What a fake product does with a question: answers it, raises, or does as it is told.
Given = Answer | BaseException | Callable[[], Answer]


class FakeStore:
    """Articles by id, as the product's library gives them."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = {article.id: article for article in articles}

    def article(self, article_id: str) -> Article:
        if article_id not in self._articles:
            raise NotFoundError(f"There is no article {article_id!r}.")
        return self._articles[article_id]

    def articles(self) -> list[Byline]:
        return [article.byline for article in self._articles.values()]


class FakePipeline:
    """The face of the product's pipeline, with answers by question."""

    def __init__(
        self,
        settings: Settings,
        answers: dict[str, Given],
        *,
        model: object = None,
        articles: Sequence[Article] = (NORTH, SOUTH),
    ) -> None:
        self.settings, self.model, self.store = settings, model, FakeStore(articles)
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.closed = False
        self._answers = answers

    def ingest(self, paths: Sequence[Path], *, progress: Callable[[int, int, str], None]) -> IngestReport:
        progress(1, 1, str(paths[0]))
        return IngestReport(added=("north",), refused=(Refusal(source="bad.txt", reason="It is empty."),))

    def search(self, question: str, *, limit: int) -> list[object]:
        return []

    def answer(self, question: str, *, history: tuple[Turn, ...] = ()) -> Answer:
        self.asked.append((question, history))
        given = self._answers[question]
        if isinstance(given, BaseException):
            raise given
        return given if isinstance(given, Answer) else given()

    def close(self) -> None:
        self.closed = True


def cite(article: Article, quote: str, *, number: int = 1) -> Citation:
    start = article.text.index(quote)
    return Citation(
        number=number,
        article_id=article.id,
        revision=article.revision,
        start=start,
        end=start + len(quote),
        quote=quote,
        outlet=article.outlet,
    )


def answer_of(question: str, *citations: Citation, disagree: bool = False) -> Answer:
    statements = tuple(
        Statement(text=f"“{one.quote}” — {one.outlet}", citations=(one.number,), support="supported")
        for one in citations
    )
    position = Position(claim="12", citation=1)
    return Answer(
        question=question,
        standalone_question=question,
        text=" ".join(f"{statement.text} [{statement.citations[0]}]" for statement in statements),
        statements=statements,
        citations=citations,
        disagreements=(Disagreement(about="dead", positions=(position, position)),) if disagree else (),
    )


def refusal_of(question: str) -> Answer:
    return Answer(
        question=question,
        standalone_question=question,
        text="The articles do not say: 12 dead.",
        abstained=True,
        reason="no_evidence",
    )


DROWNED = "At least 12 people drowned, the mayor said."
COUNTED = "Officials counted 15 dead."
ANSWERS: dict[str, Given] = {
    "How many drowned?": answer_of("How many drowned?", cite(NORTH, DROWNED)),
    "How many died?": answer_of("How many died?", cite(NORTH, DROWNED), cite(SOUTH, COUNTED, number=2), disagree=True),
    "Who won?": refusal_of("Who won?"),
    "And then?": answer_of("And then?", cite(SOUTH, COUNTED)),
    "Which dam?": RuntimeError("the index is gone"),
}
ROWS: list[dict[str, object]] = [
    {"id": "a", "kind": "fact", "question": "How many drowned?", "facts": [["12", "twelve"]], "articles": ["north"]},
    {
        "id": "b",
        "kind": "conflict",
        "question": "How many died?",
        "facts": [["12"], ["15"]],
        "articles": ["north", "south"],
        "conflict": True,
    },
    {"id": "c", "kind": "unanswerable", "question": "Who won?", "facts": [], "articles": []},
    {
        "id": "d",
        "kind": "followup",
        "question": "And then?",
        "facts": [["warned"]],
        "articles": ["north"],
        "history": [["user", "Who spoke?"], ["assistant", "Ada Kern."]],
    },
    {"id": "e", "kind": "fact", "question": "Which dam?", "facts": [["Lorn"]], "articles": ["south"]},
]


class Bench:
    """A folder with questions and articles, and the command over a fake product."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.pipelines = folder, list[FakePipeline]()
        (folder / "corpus").mkdir(exist_ok=True)
        (folder / "corpus" / "north.md").write_text(NORTH.text, encoding="utf-8")
        self.answers, self.articles, self.model = dict(ANSWERS), (NORTH, SOUTH), None
        self.write(ROWS)

    def write(self, rows: Sequence[object], *, name: str = "dev") -> None:
        lines = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
        (self.folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")

    def run(self, *more: str, split: str = "dev", corpus: str = "corpus") -> int:
        data = ["--data", str(self.folder), "--split", split, "--corpus", str(self.folder / corpus)]
        return main(["run", "aleppo", *data, *more], open_pipeline=self.open)

    def open(self, settings: Settings) -> FakePipeline:
        self.pipelines.append(FakePipeline(settings, self.answers, model=self.model, articles=self.articles))
        return self.pipelines[-1]
