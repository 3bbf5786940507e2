"""A pipeline for the page's tests: four articles, and for each question an answer that is known beforehand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from rag.config import Settings
from rag.errors import LibraryError, NotFoundError, UsageError
from rag.turns import Turns
from rag.types import (
    Answer,
    Article,
    Byline,
    Citation,
    Coverage,
    Disagreement,
    Filters,
    Hit,
    Passage,
    Position,
    Revision,
    Statement,
    Support,
    Timeline,
    Turn,
)

HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror='window.hacked=2'>"
    "![pixel](https://evil.example/p.png) [click](javascript:window.hacked=3) "
    '<form action="https://evil.example"><input name=q></form>'
    "<div style='position:fixed;inset:0;z-index:99999'>overlay</div> $$\\href{javascript:alert(1)}{x}$$ "
    "</blockquote></article><iframe srcdoc='<script>parent.hacked=4</script>'></iframe>\n\n# heading\n\n"
    "```mermaid\ngraph TD; A-->B\n``` <a id=location href=https://evil.example>x</a> \u202eevil\u202c \ud800 &lt;b&gt;"
)
ARABIC = "قال المتحدث إن المدينة لم تعد تحت سيطرة الحكومة."


def article(name: str, text: str, title: str, **byline: str) -> Article:
    return Article(
        id=name,
        revision="r1",
        text=text,
        source=f"{name}.md",
        ingested_at="2025-01-01T00:00:00+00:00",
        title=title,
        **byline,
    )


# Under the names of shipped articles, so that the examples are offered.
ARTICLES = (
    article(
        "three-hundred-insurgents-dead",
        "Aleppo has fallen, and President Bashar al-Assad is in one of his hardest positions for years.\n\n"
        "A surprise attack put the city in the hands of Turkish-backed rebels, who broke out of their old lines "
        "in the north-west within a few days and met next to no resistance on their way into the old industrial "
        "centre. The insurgents are now pressing on to Hama. They have paid for it: more than 300 insurgents have "
        "been killed in heavy clashes. Among their spoils, according to reports, is a military helicopter that "
        "they captured from the Syrian Army as it retreated.",
        "Over 300 insurgents dead as Assad turns to Moscow and Tehran",
        outlet="The Quillbrook Dispatch",
    ),
    article(
        "assad-back-from-moscow",
        "For days nobody had seen or heard him. Syria could beat the terrorists, he told them, but it would take "
        "“its allies and friends” to do so. Once more he showed that he cannot keep power without foreigners.\n\n"
        "Russian jets have bombed liberated areas, and Russia is reported to have promised Assad its continued "
        "backing. The Arab League asked everyone to respect Syria’s sovereignty.",
        "Back from Moscow, Assad begs his neighbours for help",
        outlet="The Orontes Lantern",
        published_at="2024-12-01",
    ),
    article(
        "sunday-in-damascus",
        "The attack, by a rebel force in which Islamist factions dominate, began on Wednesday.\n\n"
        "More than 412 people have died in the fighting, 61 of them civilians, the Observatory says. On Sunday "
        "Syrian and Russian airstrikes on rebel areas killed 12 people or more in Aleppo, as well as nine "
        "civilians in Idlib, by the same source’s count. Bodies lay in a hospital in Idlib, and wrecked vehicles "
        "stood in its streets.\n\n"
        "Russia confirmed that it is taking part. Its forces, it said, are assisting Syria against “terrorist "
        "aggression” in Aleppo, Idlib and Hama provinces.\n\n"
        "Assad spoke of “foreign-backed terrorist attacks” and said that Syria’s allies had to help it face them.",
        "Assad looks to allies after government loses Aleppo",
        outlet="Saffron Coast Wire",
        published_at="2024-12-02",
    ),
    article(
        "patrons-hesitate",
        "A source with ties to the Kremlin told Bloomberg that Russia can only step in if Assad’s soldiers form a "
        "defensive line first. As his units dissolve, that grows less likely by the day. For now Moscow seems "
        "unwilling to commit more resources to the Syrian Arab Army.\n\n"
        "Missiles, drones and military advisers are what Tehran has pledged. Its foreign minister, Abbas "
        "Araghchi, said on December 4 that his country would “consider” sending ground troops if Damascus asked "
        "for them, though there was little sign that it would. Damascus has not asked. Such a force could hardly "
        "be brought up in time to break the opposition’s momentum, for its nearest units stand in the east of the "
        "country, days away on roads that are bombed every night, and it would need air cover that nobody has "
        "offered so far.",
        "Patrons hesitate as Assad’s army comes apart",
        outlet="Tamarind Bay Sentinel",
        published_at="2024-12-07",
    ),
)


def paragraph(source: Article, quote: str) -> Passage:
    """The paragraph that holds a quote, as a passage."""
    at = source.text.index(quote)
    start = source.text.rfind("\n\n", 0, at) + 2 if "\n\n" in source.text[:at] else 0
    end = source.text.find("\n\n", at)
    end = len(source.text) if end < 0 else end
    text = source.text[start:end]
    return Passage(id=f"{source.id}:{start}", article_id=source.id, revision="r1", start=start, end=end, text=text)


def cite(number: int, source: Article, quote: str) -> Citation:
    """The quote's exact place."""
    start = source.text.index(quote)
    return Citation(
        number=number,
        article_id=source.id,
        revision="r1",
        start=start,
        end=start + len(quote),
        quote=quote,
        title=source.title,
        outlet=source.outlet,
        url=source.url,
        published_at=source.published_at,
    )


def hit(source: Article, quote: str, rank: int) -> Hit:
    """The quote's paragraph as it was found."""
    return Hit(passage=paragraph(source, quote), byline=source.byline, score=0.9 / rank, rank=rank)


@dataclass
class PagePipeline:
    """The face of `Pipeline` that the page uses.

    A question with `slow` in it waits at the gate after each statement, one that begins with `late:` before all.
    """

    articles: dict[str, Article] = field(default_factory=lambda: {one.id: one for one in ARTICLES})
    earlier: dict[str, tuple[Article, ...]] = field(default_factory=dict)  # texts that they had before, newest first
    model: SimpleNamespace | None = None
    settings: Settings = field(default_factory=lambda: Settings(max_file_mb=1, _env_file=None))
    turns: Turns = field(default_factory=lambda: Turns(4))
    listeners: list[Callable[[Answer], None]] = field(default_factory=list)
    histories: list[tuple[Turn, ...]] = field(default_factory=list)
    limited: list[Filters] = field(default_factory=list)  # what each question was limited to
    further: tuple[str, ...] = ()  # what is suggested after every answer
    gate: threading.Event = field(default_factory=threading.Event)  # holds the second half of a slow answer back
    stopped: threading.Event = field(default_factory=threading.Event)  # a slow answer was told to end, and ended
    broken: bool = False

    @property
    def store(self) -> SimpleNamespace:
        return SimpleNamespace(
            article=self._article,
            revisions=self._revisions,
            count=lambda: SimpleNamespace(articles=len(self.articles), passages=len(self.articles)),
            catalogue=lambda *, limit: (tuple(self._bylines()[::-1][:limit]), len(self._bylines())),
            outlets=lambda: [one.outlet for one in self._bylines() if one.outlet],
            passages_of=lambda ids: {one: 1 for one in ids if one in self.articles},
        )

    def _bylines(self) -> list[Byline]:
        if self.broken:
            raise LibraryError("The library in data cannot be read: run `python ingest.py --check`.")
        return [source.byline for source in self.articles.values()]

    def _article(self, article_id: str, revision: str | None = None) -> Article:
        self._bylines()
        if article_id not in self.articles:
            raise NotFoundError("There is no such article.")
        had = [self.articles[article_id], *self.earlier.get(article_id, ())]
        for one in had:
            if revision in (None, one.revision):
                return one
        raise NotFoundError("There is no such revision.")

    def _revisions(self, article_id: str) -> tuple[Revision, ...]:
        had = [self._article(article_id), *self.earlier.get(article_id, ())]
        return tuple(
            Revision(article_id=one.id, revision=one.revision, ingested_at=one.ingested_at, title=one.title)
            for one in had
        )

    def coverage(self, topic: str, *, filters: Filters = Filters()) -> Coverage:
        return Coverage(topic=topic, silent=tuple(filters.outlets))

    def timeline(self, topic: str = "", *, filters: Filters = Filters()) -> Timeline:
        return Timeline(topic=topic)

    def suggest(
        self,
        answer: Answer,
        *,
        filters: Filters = Filters(),
        asked: Sequence[str] = (),
        stop: threading.Event | None = None,
    ) -> tuple[str, ...]:
        return tuple(one for one in self.further if one not in asked)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Iterator[Answer]:
        self.histories.append(tuple(history))
        self.limited.append(filters)
        if len(question) > 2000:
            raise UsageError("The question has more than 2,000 characters: shorten it.")
        if "explode" in question:
            raise RuntimeError("secret internals")
        while question.startswith("late:") and not self.gate.wait(0.02):
            if stop is not None and stop.is_set():
                self.stopped.set()
                return
        for pattern, build in ANSWERS:
            if re.search(pattern, question, re.IGNORECASE):
                whole: Answer = build(self, question)
                for count in range(1, len(whole.statements)):
                    yield part(whole, count)
                    while "slow" in question and not self.gate.wait(0.02):
                        if stop is not None and stop.is_set():
                            self.stopped.set()
                            return
                yield whole
                return
        yield abstained(self, question)


def part(whole: Answer, count: int) -> Answer:
    """The answer while it grows."""
    kept = whole.statements[:count]
    numbers = {number for statement in kept for number in statement.citations}
    return replace(
        whole,
        statements=kept,
        citations=tuple(citation for citation in whole.citations if citation.number in numbers),
        disagreements=(),
        text=" ".join(statement.text for statement in kept),
        finished=False,
    )


def quoting(pipeline: PagePipeline, question: str, *found: tuple[str, str]) -> Answer:
    """An offline answer out of verbatim sentences: (article id, sentence)."""
    statements, citations, hits = [], [], []
    for number, (name, quote) in enumerate(found, start=1):
        source = pipeline.articles[name]
        citations.append(cite(number, source, quote))
        hits.append(hit(source, quote, number))
        text = f"“{quote}” — {source.outlet or 'outlet unknown'}"
        statements.append(Statement(text=text, citations=(number,), support="supported"))
    return Answer(
        question=question,
        standalone_question=question,
        text=" ".join(f"{statement.text} [{statement.citations[0]}]" for statement in statements),
        statements=tuple(statements),
        citations=tuple(citations),
        hits=tuple(hits),
    )


def abstained(pipeline: PagePipeline, question: str) -> Answer:
    source = pipeline.articles.get("patrons-hesitate")
    hits = (hit(source, "Damascus has not asked.", 1),) if source else ()
    return Answer(
        question=question,
        standalone_question=question,
        text="The articles do not say. The nearest passages are about something else.",
        abstained=True,
        reason="nothing_fits",
        hits=hits,
    )


def casualties(pipeline: PagePipeline, question: str) -> Answer:
    given = quoting(
        pipeline,
        question,
        (
            "sunday-in-damascus",
            "More than 412 people have died in the fighting, 61 of them civilians, the Observatory says.",
        ),
        (
            "three-hundred-insurgents-dead",
            "They have paid for it: more than 300 insurgents have been killed in heavy clashes.",
        ),
        (
            "sunday-in-damascus",
            "On Sunday Syrian and Russian airstrikes on rebel areas killed 12 people or more in Aleppo, "
            "as well as nine civilians in Idlib, by the same source’s count.",
        ),
    )
    positions = (
        Position(
            claim="more than 412 people",
            citation=1,
            outlet="Saffron Coast Wire",
            speaker="the Observatory",
            date="2024-12-02",
        ),
        Position(claim="more than 300 insurgents", citation=2, outlet="The Quillbrook Dispatch"),
    )
    told, *others = given.citations
    return replace(
        given,
        citations=(replace(told, speaker="the Observatory", event_date="2024-11-30"), *others),
        disagreements=(
            Disagreement(about="people killed in the fighting", positions=positions, matter="figure"),
            Disagreement(about=question, positions=positions[::-1], kind="update"),
        ),
        as_of="2024-12-02",
    )


def half_answered(pipeline: PagePipeline, question: str) -> Answer:
    quote = "Missiles, drones and military advisers are what Tehran has pledged."
    near = cite(1, pipeline.articles["patrons-hesitate"], "Damascus has not asked.")
    return replace(
        quoting(pipeline, question, ("patrons-hesitate", quote)),
        unanswered=("What has Iran sent?",),
        nearest=(replace(near, speaker="the foreign minister"),),
        as_of="2024-12-07",
    )


def refused(pipeline: PagePipeline, question: str) -> Answer:
    near = cite(1, pipeline.articles["three-hundred-insurgents-dead"], "The insurgents are now pressing on to Hama.")
    parts = (question, "Which army took it back?")
    return replace(abstained(pipeline, question), nearest=(near,), unanswered=parts)


def modelled(pipeline: PagePipeline, question: str) -> Answer:
    given = quoting(
        pipeline,
        question,
        ("sunday-in-damascus", "Its forces, it said, are assisting Syria against “terrorist aggression”"),
        ("patrons-hesitate", "For now Moscow seems unwilling to commit more resources to the Syrian Arab Army."),
        ("assad-back-from-moscow", "Russia is reported to have promised Assad its continued backing."),
    )
    said: tuple[tuple[str, tuple[int, ...], Support, str], ...] = (
        (
            "Russia says its forces are assisting Syria against what it calls “terrorist aggression”.",
            (1,),
            "supported",
            "",
        ),
        ("It has promised Assad its continued backing,", (3,), "partial", "The article says only that it is reported."),
        ("although it seems unwilling to commit more resources,", (2,), "supported", ""),
        ("and it has lost four aircraft.", (), "unsupported", "No source gives this number."),
    )
    statements = tuple(Statement(text=t, citations=c, support=s, reason=r) for t, c, s, r in said)
    return replace(
        given,
        standalone_question="What did Russia say about its part in the fighting in Syria?",
        text=" ".join(statement.text for statement in statements),
        statements=statements,
        mode="model",
        model="fake-1",
    )


def followed(pipeline: PagePipeline, question: str) -> Answer:
    given = quoting(
        pipeline,
        question,
        ("sunday-in-damascus", "by a rebel force in which Islamist factions dominate, began on Wednesday."),
    )
    return replace(given, standalone_question="On which day did the rebel attack on Aleppo begin?")


def hostile(pipeline: PagePipeline, question: str) -> Answer:
    source = article(
        "hostile",
        f"Before. {HOSTILE} After.",
        HOSTILE,
        outlet=HOSTILE,
        url="javascript:window.hacked=5",
        published_at="2024-12-01T14:00:00+00:00",
    )
    given = quoting(replace(pipeline, articles={"hostile": source}), question, ("hostile", HOSTILE))
    position = Position(claim=HOSTILE, citation=1, outlet=HOSTILE, speaker=HOSTILE, date=HOSTILE)
    cited = (replace(given.citations[0], speaker=HOSTILE, event_date=HOSTILE),)
    wrong = Statement(text=HOSTILE, citations=(1,), support="unsupported", reason=HOSTILE)
    return replace(
        given,
        standalone_question=HOSTILE,
        notice=HOSTILE,
        citations=cited,
        statements=(*given.statements, wrong),
        disagreements=(Disagreement(about=f"{HOSTILE}?", positions=(position,)),),
        unanswered=(HOSTILE,),
        nearest=cited,
        as_of=HOSTILE,
    )


def arabic(pipeline: PagePipeline, question: str) -> Answer:
    source = article(
        "arabic",
        f"بدأ الهجوم يوم الأربعاء. {ARABIC} وأضاف أن القتال مستمر.",
        "حلب خارج سيطرة الحكومة للمرة الأولى",
        outlet="صحيفة الميناء",
        url="https://example.org/aleppo",
        published_at="2024-12-01T14:00:00+00:00",
    )
    return quoting(replace(pipeline, articles={"arabic": source}), question, ("arabic", ARABIC))


def failed_model(pipeline: PagePipeline, question: str) -> Answer:
    given = quoting(
        pipeline,
        question,
        (
            "sunday-in-damascus",
            "Assad spoke of “foreign-backed terrorist attacks” and said that Syria’s allies had to help it",
        ),
        (
            "assad-back-from-moscow",
            "Syria could beat the terrorists, he told them, but it would take “its allies and friends” to do so.",
        ),
    )
    notice = "The model did not answer within 60 seconds, so these are quotations."
    return replace(given, notice=notice)


ANSWERS = (
    (r"<script>", hostile),
    (r"arabic", arabic),
    (r"killed|slow|^late:", casualties),
    (r"which day", followed),
    (r"iran send", half_answered),
    (r"retake", refused),
    (r"russia say", modelled),
    (r"assad ask", failed_model),
)
