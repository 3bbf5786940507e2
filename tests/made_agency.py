"""An agency's story as three outlets ran it, whole, cut and edited, beside two reports by others."""

from pathlib import Path

from made_views import settings

from rag.pipeline import Pipeline

STORY = """The ferry Maribel sank off the island of Skarholm on Tuesday night with 64 people on board, the coast guard \
of Velland said. At least 17 people died when the ferry Maribel sank within minutes, according to Ada Lindqvist, \
who leads the rescue.

Forty others were pulled out of the water by fishing boats that had heard the distress call. The search for \
the missing went on through the night with two helicopters and a navy ship, although waves were as high as \
five metres.

The owner of the ferry, the Norra Line, said that the Maribel had been inspected in March and that nothing had \
been found amiss. The union of seamen had complained about old lifeboats on three ships of the line last \
autumn.

Skarholm has 900 inhabitants and no other link to the mainland. Schools on the island stay shut until Friday, \
the mayor said, and a bridge that was promised ten years ago was never built."""

CUT = "\n\n".join(STORY.split("\n\n")[:2])
EDITED = "Families waited on the quay for news all night.\n\n" + STORY.replace(
    "sank within minutes", "sank within a few minutes"
).replace("Forty others", "Some forty others").replace(
    "The union of seamen had complained", "The seamen’s union had complained"
)
CORRECTED = STORY.replace("At least 17 people died", "At least 23 people died")
OWN = """Nobody at the harbour of Skarholm has slept. The ferry Maribel sank in a storm on Tuesday night, and 21 \
people died when the ferry Maribel sank, a doctor of the island told this newspaper.

Boats with candles put out from the old pier at dawn. The shops are closed and the church is open."""
OTHER = """A new bridge to Skarholm would cost four hundred million crowns, the ministry of transport of Velland says. \
A report that it ordered two years ago lists three routes for the bridge and recommends the northern one."""

OUTLETS = {
    "bay": ("Bay Wire", "2024-12-04", STORY),
    "coast": ("Coast News", "2024-12-04", CUT),
    "harbour": ("Harbour Times", "2024-12-05", EDITED),
    "island": ("Island Post", "2024-12-05", OWN),
    "bridge": ("Velland Review", "2024-12-06", OTHER),
}


def library(folder: Path, **texts: str) -> Pipeline:
    """The library of these articles, and of `texts` by outlets of the same names, open; the caller closes it."""
    files = folder / "articles"
    files.mkdir()
    told = OUTLETS | {name: (name, "2024-12-05", text) for name, text in texts.items()}
    for name, (outlet, day, text) in told.items():
        front = f"---\ntitle: Ferry, as told by {name}\noutlet: {outlet}\ndate: {day}\n---\n\n"
        (files / f"{name}.md").write_text(front + text + "\n", "utf-8")
    pipeline = Pipeline(settings(folder / "data"))
    pipeline.ingest([files])
    return pipeline


def groups(pipeline: Pipeline) -> set[frozenset[str]]:
    """The articles of each group of copies."""
    found: dict[str, set[str]] = {}
    for one in pipeline.store.articles():
        if one.group:
            found.setdefault(one.group, set()).add(one.article_id)
    return {frozenset(ids) for ids in found.values()}
