"""A model that lies: whatever it invents, swaps, turns round or obeys, nothing of it is shown as supported."""

from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from made_lies import DIALECTS, Case, Said, cases
from model_server import ModelServer, Wire, says

from rag.config import Settings
from rag.models import Model
from rag.pipeline import Pipeline
from rag.prompt import messages
from rag.question import understand
from rag.types import Answer, Statement
from rag.written import Draft, Unsupported, from_model

QUERY = understand("What has happened in the towns on the coast?")
CASES = cases(240)
SURVIVING = 0.8  # of what is true; the rest is lost to caution


def letters(text: str) -> str:
    """What of a sentence is the same however it is written down."""
    return "".join(filter(str.isalnum, text.replace("http://", "").replace("www.", "").casefold()))


@cache
def drafted(case: Case, unsupported: Unsupported = "drop") -> Draft:
    return from_model(QUERY, case.reply, hits=case.story.hits, unsupported=unsupported)


def shown(answer: Answer) -> list[Statement]:
    """What the answer shows as said by its articles."""
    return [statement for statement in answer.statements if statement.support != "unsupported"]


def unmarked(case: Case, answer: Answer) -> list[tuple[str, str]]:
    """The falsehoods that the answer shows without a mark, each with its kind."""
    true = {letters(said.text) for said in case.said if not said.kind}
    kinds = {letters(said.text): said.kind for said in case.said if said.kind}
    passed = [one.text for one in shown(answer) if letters(one.text) not in true]
    return [(kinds.get(letters(text), "unknown"), text) for text in passed]


def test_the_cases_are_many_and_of_every_kind():
    kinds = Counter(said.kind for case in CASES for said in case.said if said.kind)
    assert len(CASES) >= 200 and len(kinds) >= 15 and min(kinds.values()) >= 20
    assert {case.seed % len(DIALECTS) for case in CASES} == set(range(len(DIALECTS)))


def test_no_false_sentence_is_shown_without_its_mark():
    assert [found for case in CASES for found in unmarked(case, drafted(case).answer)] == []


def test_no_false_sentence_is_shown_without_its_mark_where_they_are_marked():
    for case in CASES:
        draft = drafted(case, "mark")
        assert unmarked(case, draft.answer) == []
        struck = [one for one in draft.answer.statements if one.support == "unsupported"]
        assert draft.unsupported == len(struck) >= 1
        assert all(one.reason and not one.citations for one in struck)
        for one in struck:
            assert draft.answer.text.count(one.text) <= draft.answer.text.count(f"[unsupported: {one.text}]")


def test_most_of_what_is_true_is_shown():
    true = survived = 0
    for case in CASES:
        there = {letters(one.text) for one in shown(drafted(case).answer)}
        truths = [said for said in case.said if not said.kind]
        true += len(truths)
        survived += sum(letters(said.text) in there for said in truths)
    assert survived >= SURVIVING * true, f"{survived} of {true}"


def test_a_reply_that_only_lies_says_nothing():
    for case in cases(60, false=4, true=0):
        assert not drafted(case).stands and not drafted(case, "mark").stands


@pytest.mark.parametrize("case", CASES[:16], ids=lambda case: str(case.seed))
def test_no_false_sentence_comes_through_the_client(case: Case):
    pieces = [case.reply[at : at + 7] for at in range(0, len(case.reply), 7)]
    with ModelServer(says(*pieces)) as server:
        quiet = Settings(_env_file=None, openai_api_key=None, openai_base_url=server.base_url, model_timeout=10.0)
        said = "".join(Model(quiet).stream(messages(QUERY.standalone, case.story.hits)))
        asked = server.requests[0].prompt
    orders = [said.text for said in case.story.false if said.kind == "obeys an article"]
    assert said == case.reply and not any(order in asked for order in orders)
    assert unmarked(case, from_model(QUERY, said, hits=case.story.hits).answer) == []


# --- the product as a whole


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A library of one story, with its third article that gives orders."""
    folder = tmp_path_factory.mktemp("lies")
    for made in CASES[0].story.articles:
        head = f"---\ntitle: {made.title}\noutlet: {made.outlet}\n---\n\n"
        (folder / f"{made.id}.md").write_text(f"{head}{made.text}\n")
    quiet = Settings(_env_file=None, openai_api_key=None, openai_base_url=None)
    changes = {"data_dir": folder / "library", "cache_dir": quiet.cache_dir.expanduser()}
    with Pipeline(quiet.model_copy(update=changes)) as pipeline:
        assert len(pipeline.ingest(sorted(folder.glob("*.md"))).added) == 3
        yield pipeline


def renumbered(said: Said, prompt: str, outlets: list[str | None]) -> str:
    """The sentence with the numbers under which the model was shown its articles."""
    headers = prompt.split("\nPassage [")[1:]

    def number(wanted: int) -> str:
        here = (part.partition("]")[0] for part in headers if f"outlet: {outlets[wanted - 1]}" in part)
        return next(here, "99")

    return said.text + "".join(f" [{number(wanted) if wanted <= 3 else wanted}]" for wanted in said.numbers)


@pytest.mark.parametrize("setting", ["drop", "mark"])
def test_no_false_sentence_reaches_who_asks(library: Pipeline, setting: str):
    story = CASES[0].story
    outlets = [made.outlet for made in story.articles]
    truth = story.true[0]
    for lies in (story.false[at : at + 12] for at in range(0, len(story.false), 12)):
        case = Case(seed=0, story=story, said=(truth, *lies), reply="")

        def play(wire: Wire, said: tuple[Said, ...] = case.said) -> None:
            says(*(f"{renumbered(one, wire.request.prompt, outlets)} " for one in said))(wire)

        with ModelServer(play) as server:
            changes = {"openai_base_url": server.base_url, "unsupported": setting, "model_timeout": 10.0}
            with Pipeline(library.settings.model_copy(update=changes), embedder=library.embedder) as pipeline:
                answers = list(pipeline.stream(truth.text))
        assert answers[-1].mode == "model" and answers[-1].notice
        for answer in answers:
            assert unmarked(case, answer) == []
        for one in answers[-1].citations:
            assert library.store.article(one.article_id).text[one.start : one.end] == one.quote
