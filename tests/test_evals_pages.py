"""Claims about the pages suites: how a page is marked, what counts as read, leaked, right, missed and wrong."""

from __future__ import annotations

import html
import json
import lzma
import re
from pathlib import Path

import pytest
from given_bench import asked, request

from evals.errors import EvalError
from evals.filler import WORDS, Filler
from evals.libraries import GivenArticle
from evals.pages import SUFFIX, Gold, Page, page_of, read_pages, unmarked
from evals.skeletons import skeletons, written
from evals.suites import multihop_pages, pages
from evals.suites.pages import leaked, same_time, scored, words
from rag.types import Article, Defect, DefectKind, Refusal

SHIPPED = [one for folder in sorted((pages.REPOSITORY / "evals" / "data").glob("pages*")) for one in read_pages(folder)]
# The languages that news is read in here, and what else a page may be hard by.
LANGUAGES = set("en fr de es it pt nl pl tr ru uk ar fa he zh ja".split())
DEFECTS = {"paywall", "cookie_wall", "error_page", "index_page", "live_blog", "truncated"}

HEAD = """kind = "meta"
note = "a page of the tests"
address = "https://www.lornpost.example/dam"
title = "Lorn dam holds"
outlet = "Lorn Post"
published_at = "2024-03-04"
+++
"""
MARKUP = """<html lang="en"><head><title>Lorn dam holds</title><meta property="og:site_name" content="Lorn Post">
<meta property="article:published_time" content="2024-03-04"></head><body><article><h1>Lorn dam holds</h1>
⟦<p>The dam at Lorn held on Monday, although the lake had never stood higher, the county said.</p>
<p>Engineers had lowered it by two metres before the storm, and watched the wall all night.</p>⟧
<p>⟨Photo: Ada Kern⟩</p>{{related}}</article>⟪<footer>All rights of the Lorn Post reserved</footer>⟫</body></html>"""
BODY = (
    "The dam at Lorn held on Monday, although the lake had never stood higher, the county said.",
    "Engineers had lowered it by two metres before the storm, and watched the wall all night.",
)


def page(head: str = HEAD, markup: str = MARKUP) -> Page:
    return page_of(head + markup, id="01-lorn")


def found(text: str = "\n".join(BODY), **stated: str | tuple[Defect, ...] | None) -> Article:
    values = {"title": "Lorn dam holds", "outlet": "Lorn Post", "published_at": "2024-03-04"} | stated
    return Article(id="a", revision="r", text=text, source="s", ingested_at="t", **values)  # type: ignore[arg-type]


def got(gold: Gold, of: Article | Refusal) -> dict[str, float]:
    return {name: score.got / score.of for name, score in scored(gold, of)[0].items()}


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_page_is_its_markup_without_marks_and_its_gold_what_they_hold() -> None:
    made = page()
    text = made.content.decode()
    assert not re.search("[⟦⟧⟨⟩⟪⟫]", text) and "{{" not in text and '<aside class="related">' in text
    assert made.gold.body == BODY and made.gold.optional == ("Photo: Ada Kern",)
    assert made.gold.furniture[-1] == "All rights of the Lorn Post reserved"
    assert "Related stories" in made.gold.furniture
    assert (made.gold.title, made.gold.author) == (("Lorn dam holds",), ())
    assert made.gold.unsure == ("url", "language")


def test_marks_hold_each_other_and_the_innermost_counts() -> None:
    plain, regions = unmarked("<p>⟦one ⟪two⟫ three⟧</p>", id="x")
    assert plain == "<p>one two three</p>"
    assert (regions["body"], regions["furniture"]) == (["one  three"], ["two"])


@pytest.mark.parametrize("marked", ["⟦one", "one⟧", "⟦one⟫", "⟦one⟪two⟧⟫"])
def test_a_mark_that_is_not_closed_or_not_open_is_told(marked: str) -> None:
    with pytest.raises(EvalError, match="mark"):
        unmarked(marked, id="x")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (MARKUP, "TOML"),
        ('kind = "meta"', "no line"),
        (HEAD.replace("outlet", "outlets") + MARKUP, "outlets"),
        (HEAD.replace('"Lorn Post"', "3") + MARKUP, "outlet has to be a text"),
        (HEAD + "{{surprise}}", "surprise"),
    ],
)
def test_a_page_that_is_not_one_is_told(source: str, complaint: str) -> None:
    with pytest.raises(EvalError, match=complaint):
        page_of(source, id="x")


def test_a_page_is_written_in_the_charset_that_it_declares() -> None:
    made = page(f'charset = "windows-1256"\n{HEAD}', "⟦<p>الجسر ć</p>⟧")
    assert made.content == "<p>الجسر &#263;</p>".encode("windows-1256") and made.gold.body == ("الجسر ć",)


def test_a_folder_without_pages_is_told(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no page in it"):
        read_pages(tmp_path)


# --- what is shipped -------------------------------------------------------------------------------------------------


def test_the_shipped_pages_are_of_every_language_and_every_defect() -> None:
    assert len(SHIPPED) >= 60 and len({one.id for one in SHIPPED}) == len(SHIPPED)
    assert {one.gold.language[0] for one in SHIPPED} == LANGUAGES
    assert {kind for one in SHIPPED for kind in one.gold.defects} == DEFECTS
    assert {"json-ld", "microdata", "meta", "none", "amp", "wire", "old", "dates", "body"} <= {o.kind for o in SHIPPED}
    assert sum(not one.gold.published_at for one in SHIPPED if one.gold.body) >= 6  # unknown is right for some


@pytest.mark.parametrize("one", SHIPPED, ids=[one.id for one in SHIPPED])
def test_a_shipped_page_says_what_its_gold_says(one: Page) -> None:
    codec = one.charset or re.search(rb'charset="?([\w-]+)', one.content, re.IGNORECASE)
    text = one.content.decode(codec if isinstance(codec, str) else codec[1].decode() if codec else "utf-8")
    seen = html.unescape(text)
    for value in (*one.gold.title, *one.gold.author[:1], *one.gold.dateline):
        assert all(part in seen for part in value.split(", "))
    assert bool(one.gold.body) == bool(one.gold.title)
    assert not set(one.gold.body) & set(one.gold.furniture)
    for stated in (*one.gold.published_at, *one.gold.modified_at, *one.gold.dateline_day):
        assert "2023" <= stated[:4] <= "2026" and stated <= one.fetched_at
    assert one.address is None or re.match(r"https?://([\w.-]+\.example|www\.reuters\.com)/", one.address)


def test_boilerplate_is_the_same_for_the_same_name_and_speaks_every_language() -> None:
    makes = [name for name in dir(Filler) if re.fullmatch("_[a-z]+", name) and name not in ("_stories", "_icon")]
    for language in json.loads(WORDS.read_text(encoding="utf-8")):
        for name in makes:
            first, again = (Filler(language, seed="07-x").made(name[1:]) for _ in range(2))
            assert first == again
            assert first.count("⟪") == first.count("⟫") <= 1
    assert Filler("en", seed="07-x").made("scripts") != Filler("en", seed="08-y").made("scripts")
    with pytest.raises(EvalError, match="language 'xx'"):
        Filler("xx", seed="07-x")


# --- scoring ---------------------------------------------------------------------------------------------------------


def test_what_is_read_as_it_is_scores_in_full() -> None:
    scores, failures = scored(page().gold, found())
    assert failures == []
    assert {name: score.got / score.of for name, score in scores.items()} == {
        **dict.fromkeys(("body_recall", "body_precision", "bodies", "lines"), 1.0),
        **{"leaks": 0.0, "leaking": 0.0},
        **{
            f"{name}_{verdict}": float(verdict == "right")
            for name in ("date", "modified", "title", "outlet", "author", "dateline", "dateline_day", "origin")
            for verdict in ("right", "missed", "wrong")
        },
    }


@pytest.mark.parametrize(
    ("text", "recall", "precision", "lines"),
    [
        (BODY[0], 17 / 33, 1, 1 / 2),
        ("\n".join((*BODY, "Photo: Ada Kern")), 1, 1, 1),
        ("\n".join(("Lorn dam holds", *BODY)), 1, 1, 1),
        ("\n".join((*BODY, "All about the lake")), 1, 33 / 37, 1),
        (" ".join(BODY).replace("never", "often"), 32 / 33, 32 / 33, 1 / 2),
        ("", 0, 0, 0),
    ],
)
def test_words_are_counted_both_ways(text: str, recall: float, precision: float, lines: float) -> None:
    scores = got(page().gold, found(text))
    assert [scores[name] for name in ("body_recall", "body_precision", "lines")] == pytest.approx(
        [recall, precision, lines]
    )


def test_what_tells_cells_apart_is_no_alteration() -> None:
    gold = page(markup="⟦<table><tr><th>Party</th><th>Votes</th></tr></table>⟧").gold
    assert gold.body == ("Party Votes",) and got(gold, found("Party | Votes"))["lines"] == 1


def test_furniture_leaks_as_a_line_and_where_it_is_long_anywhere() -> None:
    furniture = ("World", "Sign up for our morning letter", "订阅我们的早间简报")
    assert leaked(furniture, "The World is wide.\nNobody did sign up.") == []
    assert leaked(furniture, "The\nWorld\nis wide") == ["World"]
    assert leaked(furniture, "He read: Sign up for our morning letter. 请订阅我们的早间简报。") == list(furniture[1:])


def test_words_of_chinese_and_japanese_are_characters() -> None:
    assert words("柳溪镇 5月 Bridge，bridge") == dict.fromkeys("柳溪镇5月", 1) | {"bridge": 2}


@pytest.mark.parametrize(
    ("stated", "verdict"),
    [("2024-03-04", "right"), ("2024-03-04T22:00:00+00:00", "right"), (None, "missed"), ("2024-04-03", "wrong")],
)
def test_a_date_is_right_missed_or_wrong(stated: str | None, verdict: str) -> None:
    scores = got(page().gold, found(published_at=stated))
    assert {one for one in ("right", "missed", "wrong") if scores[f"date_{one}"]} == {verdict}


def test_a_value_that_nothing_states_is_wrong() -> None:
    scores, failures = scored(page().gold, found(author="Nobody", url="https://x.example/"))
    assert scores["author_wrong"].got == 1 and "url_wrong" not in scores
    assert failures == ["author wrong: 'Nobody', expected None"]


def test_instants_are_compared_as_instants_and_days_as_they_are_written() -> None:
    assert same_time("2024-03-04T23:30:00+00:00", "2024-03-05T00:30:00+01:00")
    assert not same_time("2024-03-04T23:30:00+00:00", "2024-03-04T23:30:00+01:00")
    assert same_time("2024-03-04T23:30:00+00:00", "2024-03-04") and not same_time("2024-03-04", "2024-03-05")


def test_names_are_the_same_in_any_order_and_typesetting() -> None:
    gold = page(HEAD.replace('"Lorn Post"', '"L’Écho"\nauthor = "Ada Kern, Bo Lind"')).gold
    scores = got(gold, found(author="Bo Lind and Ada Kern", outlet="L'écho"))
    assert scores["author_right"] == scores["outlet_right"] == 1


def with_defects(*kinds: str) -> Gold:
    return page(f"defects = {json.dumps(kinds)}\n{HEAD}").gold


def test_defects_are_told_or_not() -> None:
    def told(*kinds: DefectKind) -> Article:
        return found(defects=tuple(Defect(kind=kind, reason="seen") for kind in kinds))

    assert scored(with_defects("live_blog"), told("live_blog", "language"))[1] == []
    scores, failures = scored(with_defects("live_blog"), told("truncated"))
    assert (scores["defects_found"].got, scores["defects_true"].got) == (0, 0)
    assert failures == ["defect not told: live_blog", "defect told that is not there: truncated"]
    assert "defects_found" not in scored(page().gold, told())[0]


def test_a_stub_that_is_refused_is_scored_by_its_defect_and_an_article_that_is_refused_is_lost() -> None:
    refusal = Refusal(source="s", reason="It is a stub.")
    assert got(with_defects("paywall"), refusal) == {"defects_found": 1, "defects_true": 1}
    stub = found("Subscribe!", defects=(Defect(kind="paywall", reason="seen"),))
    assert got(with_defects("paywall"), stub).keys() >= {"title_right"} and "leaks" not in got(
        with_defects("paywall"), stub
    )
    assert "leaks" in got(with_defects("paywall"), found("Subscribe!"))
    scores, failures = scored(page().gold, refusal)
    assert (scores["body_recall"].got, scores["date_missed"].got, scores["defects_true"].got) == (0, 1, 0)
    assert "refused: It is a stub." in failures
    assert scored(with_defects("live_blog"), refusal)[0]["body_recall"].got == 0


# --- the suites ------------------------------------------------------------------------------------------------------


def test_the_product_reads_a_fetched_page_and_a_saved_one(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    saved = HEAD.replace('address = "https://www.lornpost.example/dam"\n', "")
    for name, head in (("01-fetched", HEAD), ("02-saved", saved)):
        (tmp_path / "dev" / f"{name}{SUFFIX}").write_text(head + MARKUP, encoding="utf-8")
    outcomes = asked(pages.SUITE, tmp_path)
    assert list(outcomes) == ["01-fetched", "02-saved"]
    for outcome in outcomes.values():
        assert outcome.scores["body_recall"].got == outcome.scores["body_recall"].of
        assert outcome.scores["title_right"].got == outcome.scores["date_right"].got == 1
        assert outcome.latency_ms is not None and outcome.latency_ms > 0
        assert outcome.response["published_at"] == "2024-03-04"


def test_a_library_is_of_no_use_to_it(tmp_path: Path) -> None:
    with (
        pytest.raises(EvalError, match="one by one"),
        pages.SUITE.start(request(tmp_path, data_dir=tmp_path), []),
    ):
        pass


HOSTILE = GivenArticle(
    id="1",
    title='Lorn "dam" </script> & {{nav}} holds',
    outlet="North Post",
    author="Ada Kern",
    url="https://north.example/lorn?ref=rss",
    published_at="2024-03-04T10:00:00+00:00",
    text="The dam <b>held</b> on Monday & after.\n\n{{nav}} {{{title}}} ⟦ was written on it.\nA third line.",
)


@pytest.mark.parametrize(("name", "skeleton"), skeletons().items())
def test_an_article_is_written_out_word_for_word(name: str, skeleton: str) -> None:
    made = written(HOSTILE, skeleton=skeleton, name=name, id=f"001-{name}")
    assert made.gold.body == (
        "The dam <b>held</b> on Monday & after.",
        "{{nav}} {{{title}}} ⟦ was written on it.",
        "A third line.",
    )
    text = made.content.decode()
    for line in ("The dam &lt;b&gt;held&lt;/b&gt; on Monday &amp; after.", "A third line."):
        assert line in text
    assert text.count("</script>") == len(re.findall(r"<script\b", text))
    assert made.gold.title == (HOSTILE.title,) and made.gold.published_at[0][:10] == "2024-03-04"
    for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text):
        assert HOSTILE.title in json.dumps(json.loads(block), ensure_ascii=False).replace('\\"', '"')


def test_articles_are_written_out_in_each_skeleton_in_turn(tmp_path: Path) -> None:
    row = {"title": "Lorn", "source": "North Post", "author": None, "url": HOSTILE.url, "body": BODY[0]}
    rows = [row | {"published_at": HOSTILE.published_at, "title": f"Lorn {number}"} for number in range(12)]
    (tmp_path / "corpus.json.xz").write_bytes(lzma.compress(json.dumps(rows).encode()))
    samples = multihop_pages.read(tmp_path, "turns")
    assert len({sample.id for sample in samples}) == 12
    assert {sample.kind for sample in samples} == set(skeletons())
    assert {sample.kind for sample in multihop_pages.read(tmp_path, "amp")} == {"amp"}
    with (
        multihop_pages.SUITE.start(request(tmp_path, split="turns"), samples) as session,
    ):
        scores = session.ask(samples[0]).scores
    assert scores["body_recall"].got == scores["body_recall"].of and "dateline_right" not in scores
    with pytest.raises(EvalError, match="no skeleton 'cards'"):
        multihop_pages.read(tmp_path, "cards")


def test_an_article_without_a_day_cannot_be_written_out() -> None:
    for article in (
        GivenArticle(id="1", text="x"),
        GivenArticle(id="1", text="x", url="https://a.example/", published_at="?"),
    ):
        with pytest.raises(EvalError, match="date"):
            written(article, skeleton="", name="x", id="1")
