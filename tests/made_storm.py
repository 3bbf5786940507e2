"""Two made-up articles on one storm that differ on a figure, as hits, and a question on it."""

from made_hits import whole
from made_up import article

from rag.question import understand

STORM = article(
    "Storm over Osterby\n\n"
    "The storm sank 12 boats on Monday. It also broke the old quay. Greta Holm promised new boats.",
    name="storm",
    outlet="Harbour Post",
    title="Storm over Osterby",
    url="https://post.example/storm",
    published_at="2021-05-03",
)
WRECKS = article(
    "Divers raised a wreck. In all 20 boats sank on Monday, Karim Haddad said.",
    name="wrecks",
    published_at="2021-05-05",
)
ARTICLES = {made.id: made for made in (STORM, WRECKS)}
HITS = [whole(STORM, rank=1), whole(WRECKS, rank=2)]
QUERY = understand("How many boats sank on Monday?")
