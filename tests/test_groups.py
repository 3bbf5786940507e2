"""Groups of copies in the ledger: who joins, who leaves, and what is written."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from made_agency import CORRECTED, CUT, EDITED, OTHER, OWN, STORY
from made_up import MODEL, article, embedded

from rag import copies
from rag.ledger import Ledger, groups
from rag.types import Article


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite3", **MODEL)
    yield opened
    opened.close()


def put(ledger: Ledger, text: str, name: str, **byline: str | None) -> Article:
    made = article(text, name=name, **byline)
    ledger.put(*embedded(made, size=200))
    return made


def grouped(ledger: Ledger) -> list[set[str]]:
    """The ids of each group, those of the first put first."""
    found: dict[str, set[str]] = {}
    for one in ledger.bylines():
        if one.group:
            found.setdefault(one.group, set()).add(one.article_id)
    return list(found.values())


def bytes_of(ledger: Ledger) -> list[str]:
    with sqlite3.connect(ledger.path) as connection:
        dump = list(connection.iterdump())
    connection.close()
    return dump


def test_copies_are_grouped_in_whatever_order_they_come(ledger: Ledger):
    for text, name in ((CUT, "cut"), (OWN, "own"), (EDITED, "edited"), (STORY, "story"), (OTHER, "other")):
        put(ledger, text, name)
    assert grouped(ledger) == [{"cut", "edited", "story"}]
    assert ledger.article("story").group == ledger.article("cut").group is not None
    assert ledger.article("own").group is ledger.article("other").group is None


def test_a_round_up_of_two_stories_makes_them_no_copies_of_each_other(ledger: Ledger):
    put(ledger, STORY, "ferry")
    put(ledger, f"{STORY}\n\n{OWN}\n\n{OTHER}", "round-up")
    put(ledger, f"{OWN}\n\n{OTHER}", "elsewhere")
    assert grouped(ledger) == [{"ferry", "round-up"}]


def test_who_is_changed_beyond_likeness_leaves_and_a_group_of_one_is_none(ledger: Ledger):
    put(ledger, STORY, "bay")
    put(ledger, CUT, "coast")
    put(ledger, OWN, "coast")
    assert grouped(ledger) == [] and ledger.article("bay").group is None
    put(ledger, CORRECTED, "coast")
    assert grouped(ledger) == [{"bay", "coast"}]


def test_who_is_changed_a_little_stays(ledger: Ledger):
    for text, name in ((STORY, "bay"), (CUT, "coast"), (EDITED, "harbour")):
        put(ledger, text, name)
    before = ledger.article("bay").group
    put(ledger, CORRECTED, "bay")
    assert grouped(ledger) == [{"bay", "coast", "harbour"}] and ledger.article("bay").group == before


def test_who_is_removed_leaves(ledger: Ledger):
    for text, name in ((STORY, "bay"), (CUT, "coast"), (EDITED, "harbour")):
        put(ledger, text, name)
    ledger.remove("bay")
    assert grouped(ledger) == [{"coast", "harbour"}]
    ledger.remove("coast")
    assert grouped(ledger) == []


def test_a_group_that_an_article_comes_with_is_not_believed(ledger: Ledger):
    made = replace(article(OWN, name="own"), group="made-up")
    ledger.put(*embedded(made, size=200))
    assert ledger.article("own").group is None


def test_nothing_is_left_of_what_is_removed(ledger: Ledger):
    put(ledger, STORY, "bay")
    ledger.remove("bay")
    assert not any('INTO "bands"' in line or "INTO bands" in line for line in bytes_of(ledger))


def test_the_members_are_told_in_the_order_of_publication_the_undated_last(ledger: Ledger):
    put(ledger, STORY, "undated")
    put(ledger, CUT, "late", published_at="2024-12-05", outlet="Coast News")
    put(ledger, EDITED, "early", published_at="2024-12-04T08:00:00+00:00", origin="AFP")
    put(ledger, OWN, "own")
    ((*members,),) = ledger.with_copies(["late", "own", "nobody"])
    assert [one.article_id for one in members] == ["early", "late", "undated"]
    assert (members[0].origin, members[1].outlet) == ("AFP", "Coast News")
    assert ledger.with_copies(["own"]) == [] == ledger.with_copies([])
    assert set(ledger.groups_of(["late", "own"])) == {"late"}


def test_of_a_form_that_very_many_articles_share_few_are_looked_at(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rag.ledger.groups.HOLDERS", 4)
    compared: list[str] = []

    def alike(one: str, other: str) -> bool:
        compared.append(other)
        return False

    monkeypatch.setattr("rag.copies.alike", alike)
    for number in range(12):
        put(ledger, f"{STORY} Report {number}.", f"report-{number}")
    assert len(compared) <= 12 * 6  # HOLDERS for each band, the same ones for nearly all


def test_a_library_without_groups_is_grouped_when_it_is_opened_and_then_left_alone(tmp_path: Path):
    path = tmp_path / "ledger.sqlite3"
    with_groups = Ledger(path, **MODEL)
    for text, name in ((STORY, "bay"), (CUT, "coast"), (OWN, "own"), ("Too short.", "brief")):
        put(with_groups, text, name)
    told = bytes_of(with_groups)
    with_groups.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM bands")
        connection.execute("UPDATE articles SET copies = NULL")
        connection.execute("DELETE FROM meta WHERE key = 'copies'")
    connection.close()
    again = Ledger(path, **MODEL)
    assert grouped(again) == [{"bay", "coast"}] and sorted(bytes_of(again)) == sorted(told)
    again.close()
    at = path.read_bytes()
    Ledger(path, **MODEL).close()
    assert path.read_bytes() == at


def test_other_rules_of_likeness_group_every_library_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "ledger.sqlite3"
    opened = Ledger(path, **MODEL)
    for text, name in ((STORY, "bay"), (CUT, "coast")):
        put(opened, text, name)
    opened.close()
    monkeypatch.setattr("rag.ledger.groups.METHOD", "another")
    monkeypatch.setattr("rag.copies.CONTAINED", 1.1)
    again = Ledger(path, **MODEL)
    assert grouped(again) == []
    again.close()


def test_what_finds_copies_is_what_their_signatures_are(ledger: Ledger):
    put(ledger, STORY, "bay")
    with sqlite3.connect(ledger.path) as connection:
        held = {row[0] for row in connection.execute("SELECT band FROM bands")}
    connection.close()
    assert held == set(copies.bands(copies.signature(STORY)))
    assert groups.METHOD == "1", "what is alike changed: give it a new METHOD, so that libraries are grouped anew"
