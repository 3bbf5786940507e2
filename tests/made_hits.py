"""Made-up articles as hits, and a weigher that needs no library."""

from made_up import article

from rag.types import Article, Hit, Passage

HOSTILE = [
    "." * 100_000,
    '"' * 100_000,
    "1," * 50_000,
    "A " * 50_000,
    "(" * 100_000,
    "5 May " * 16_000,
    "one " * 25_000,
]


def weigh(term: str) -> float:
    """Every word counts alike, as in a small library where all are rare."""
    return 3.0


def whole(made: Article, *, rank: int = 1) -> Hit:
    """The article as one passage."""
    return part(made, 0, len(made.text), rank=rank)


def part(made: Article, start: int, end: int, *, rank: int = 1) -> Hit:
    """A stretch of the article as a passage."""
    passage = Passage(
        id=f"{made.id}:{start}",
        article_id=made.id,
        revision=made.revision,
        start=start,
        end=end,
        text=made.text[start:end],
    )
    return Hit(passage=passage, byline=made.byline, score=1.0, rank=rank)


def hits(*texts: str, **byline: str) -> list[Hit]:
    """Each text an article of an outlet of its own: Outlet 1, Outlet 2 and so on."""
    return [
        whole(article(text, name=f"article-{number}", **{"outlet": f"Outlet {number}", **byline}), rank=number)
        for number, text in enumerate(texts, start=1)
    ]
