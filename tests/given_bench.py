"""Made-up splits in the formats of sets that bring their documents, answers on them, and the real product to ask."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.libraries import open_product
from evals.types import Outcome, Request, Suite
from rag.config import Settings, load_settings
from rag.types import Answer, Citation, Disagreement, Position, Statement

BENCH = Path(__file__).parents[2] / "shared" / "bench"


def said(*sentences: str, flagged: bool = False, score: float | None = None) -> Answer:
    """An answer of these sentences, each cited, with or without a disagreement, of evidence of this score."""
    position = Position(claim="one", citation=1)
    return Answer(
        question="q",
        standalone_question="q",
        text=" ".join(f"{sentence} [{number}]" for number, sentence in enumerate(sentences, start=1)),
        statements=tuple(
            Statement(text=sentence, citations=(number,), support="supported")
            for number, sentence in enumerate(sentences, start=1)
        ),
        disagreements=(Disagreement(about="q", positions=(position, position)),) if flagged else (),
        score=score,
    )


def refused(*nearest: str, score: float | None = None) -> Answer:
    """An abstention, whose sentence for people states nothing, with the quotes that came nearest."""
    return Answer(
        question="q",
        standalone_question="q",
        text="Nothing says Orla Finn.",
        abstained=True,
        nearest=tuple(
            Citation(number=number, article_id="a", revision="r", start=0, end=len(quote), quote=quote)
            for number, quote in enumerate(nearest, start=1)
        ),
        score=score,
    )


def written(folder: Path, rows: Sequence[object], *, name: str = "rows.jsonl", split: str = "dev") -> Path:
    """Write rows, or lines as they are, to `folder/split/name` and return `folder`."""
    (folder / split).mkdir(exist_ok=True)
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    (folder / split / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def request(data: Path, **fields: Any) -> Request:
    """A request for the split `dev` of `data`, of the real product offline."""
    settings = Settings(_env_file=None, cache_dir=load_settings().cache_dir)
    plain = {"split": "dev", "corpus": None, "settings": settings, "open_pipeline": open_product}
    return Request(data=data, **(plain | fields))


def asked(suite: Suite[Any], data: Path) -> Mapping[str, Outcome]:
    """Every sample of the split `dev`, by id, as the real product answers it."""
    samples = suite.read(data, "dev")
    with suite.start(request(data), samples) as session:
        return {sample.id: session.ask(sample) for sample in samples}


def got(outcome: Outcome) -> dict[str, float]:
    """The scores as plain numbers, without the words."""
    return {name: score.got / score.of for name, score in outcome.scores.items() if name != "words"}
