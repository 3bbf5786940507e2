"""The page of a run: which samples it lists, its HTML, how it is served, and how a browser shows it."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright
from serving import serving

from evals.__main__ import main
from evals.errors import EvalError
from evals.runs import Record, Run, write_run
from evals.types import JSON, Estimate, Measure, Outcome, Score
from evals.view import AS_ASKED, EVERY_KIND, ROWS_SHOWN, Reader, application, markup, serve
from evals.view.selection import Choice, cells, chosen, fraction, headers

ROOT = Path(__file__).parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),  # Gradio's own · its statistics
]

HOSTILE = (
    "<script>parent.ran = 1</script><img src=x onerror='parent.ran = 2'>${parent.ran = 3} {{7*7}} `x` $$x$$"
    ' ![i](http://evil.example/i) [l](javascript:parent.ran=4)\n\n# h\n</section></div>\u2028\x00 \ud800 "'
)
ANSWER: dict[str, JSON] = {
    "standalone_question": "How many drowned in Lorn?",
    "answer": "Twelve drowned. [1]",
    "abstained": False,
    "reason": None,
    "notice": "The model was slow.",
    "mode": "offline",
    "statements": [{"text": "Twelve drowned.", "citations": [1], "support": "partial", "reason": "no date"}],
    "citations": [
        {"number": 1, "article_id": "north", "quote": "Twelve people drowned.", "outlet": "North Post", "url": None}
    ],
    "disagreements": [
        {"about": "dead", "kind": "conflict", "matter": "figure", "positions": [{"claim": "12", "citation": 1}]}
    ],
    "unanswered": ["Who drowned?"],
    "nearest": [
        {"number": 1, "quote": "It rained.", "outlet": "South", "speaker": "a baker", "event_date": "2024-11-30"}
    ],
    "score": 0.75,
    "hits": [
        {"passage": "north:1", "article": "north", "rank": 1, "score": 0.91234},
        {"passage": "south:1", "article": "south", "rank": 2, "score": 0.5},
    ],
}
RANKED: dict[str, JSON] = {"hits": [{"article": f"a{rank}", "rank": rank, "score": 1 / rank} for rank in range(1, 5)]}
VERIFIED: dict[str, JSON] = {
    "verdict": "unsupported",
    "reason": "no rain",
    "statements": [{"claim": "It rained.", "words": ["rain", 2, True]}],
}

FACTS = Measure(name="facts", label="facts stated", score="facts", how="share", unit="%", better="higher", by_kind=True)
MEASURES = (
    FACTS,
    replace(FACTS, name="facts_mean", label="facts, mean", how="mean", by_kind=False),
    Measure(name="rank", label="reciprocal rank", score="rank", how="mean", unit="", better="higher"),
    Measure(name="bleu", label="BLEU", score="bleu", how="bleu", unit="", better="higher"),
    Measure(name="latency", label="latency p50", score="latency", how="p50", unit="ms", better="lower"),
    Measure(name="never", label="never there", score="never", how="mean", unit="%", better="higher"),
)
ESTIMATES = (
    Estimate(measure="facts", kind=None, n=3, of=5, value=0.6, low=0.25, high=0.75),
    Estimate(measure="facts", kind="fact", n=1, of=1, value=1.0),
    Estimate(measure="facts_mean", kind=None, n=3, of=3, value=0.5, low=0.2, high=0.8),
    Estimate(measure="facts_mean", kind="fact", n=1, of=1, value=1.0),
    Estimate(measure="latency", kind=None, n=2, of=2, value=30.0, low=20.0, high=40.0),
    Estimate(measure="never", kind=None, n=0, of=0, value=None),
)


def record(name: str, **given: object) -> Record:
    outcome = Outcome(
        response=given.pop("response", {}),
        scores={score: Score(got=got, of=of) for score, (got, of) in given.pop("scores", {}).items()},
        failures=given.pop("failures", ()),
        unscored=given.pop("unscored", None),
    )
    whole = {"kind": "fact", "question": f"Question {name}?", "history": (), "expected": {}, **given}
    return Record(id=name, outcome=outcome, **whole)


RECORDS = (
    record(
        "a",
        question="How many drowned?",
        response=ANSWER,
        scores={"facts": (1, 2), "latency": (20, 1), "bleu": (3, 4)},
        failures=("not stated: fifteen",),
        expected={"facts": [["12", "twelve"]], "articles": ["north"]},
        history=(("user", "Was there a flood?"), ("assistant", "Yes, in Lorn.")),
    ),
    record("b", kind="rank", response=RANKED, scores={"rank": (0.3333333, 1), "latency": (40, 1)}),
    record("c", kind="claim", response=VERIFIED, scores={"facts": (2, 2)}),
    record("d", unscored="RuntimeError: the index is gone"),
    record("e", kind="rank", scores={"facts": (0, 1), "rank": (1, 1)}, failures=("Nothing was found.",)),
)


def run_of(*records: Record, **given: object) -> Run:
    whole: dict[str, object] = {
        "suite": "floods",
        "split": "dev",
        "data": "questions",
        "when": "2026-11-20T10:00:00+00:00",
        "seconds": 12.5,
        "commit": "0123456789abcdef",
        "dirty": True,
        "limit": 5,
        "settings": {"openai_model": "small-1"},
        "machine": {"cpu": "A processor", "cores": 2},
        "measures": MEASURES,
        "estimates": ESTIMATES,
        **given,
    }
    return Run(records=records, **whole)


RUN = run_of(*RECORDS)
HOSTILE_RUN = run_of(
    record(
        HOSTILE,
        kind=HOSTILE,
        question=HOSTILE,
        history=((HOSTILE, HOSTILE),),
        expected={HOSTILE: [HOSTILE, {"a": HOSTILE}]},
        scores={HOSTILE: (1, 2), "facts": (1, 2)},
        failures=(HOSTILE,),
        response={
            "answer": HOSTILE,
            "standalone_question": HOSTILE + "?",
            "abstained": True,
            "reason": HOSTILE,
            "notice": HOSTILE,
            "statements": [{"text": HOSTILE, "citations": [HOSTILE], "support": HOSTILE, "reason": HOSTILE}],
            "citations": [dict.fromkeys(("number", "quote", "outlet", "title", "published_at", "url"), HOSTILE)],
            "hits": [{HOSTILE: HOSTILE, "text": HOSTILE * 20, "article": HOSTILE}],
            HOSTILE: {HOSTILE: [[HOSTILE], {HOSTILE: HOSTILE}]},
        },
    ),
    record("unscored", unscored=HOSTILE),
    suite=HOSTILE,
    split=HOSTILE,
    data=HOSTILE,
    when=HOSTILE,
    commit=HOSTILE,
    settings={HOSTILE: HOSTILE},
    machine={"cpu": HOSTILE, HOSTILE: [HOSTILE]},
    library={HOSTILE: {HOSTILE: HOSTILE}},
    measures=(replace(FACTS, label=HOSTILE),),
    estimates=(ESTIMATES[0], replace(ESTIMATES[1], kind=HOSTILE)),
)


class Read(HTMLParser):
    """What a browser makes of HTML: its tags, its attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def text_of(html: str) -> str:
    return " ".join(Read(html).text.split())


# --- what is chosen


def ids(**choice: object) -> list[str]:
    return [one.id for one in chosen(RUN, Choice(**choice))]


def test_samples_are_chosen_by_kind_failure_and_words():
    assert ids() == ["a", "b", "c", "d", "e"]
    assert ids(kind="rank") == ["b", "e"]
    assert ids(only_failures=True) == ["a", "d", "e"]
    assert ids(only_failures=True, kind="rank") == ["e"]
    assert ids(words="DROWNED many") == ["a"]
    assert ids(words="twelve") == ["a"]  # in the answer
    assert ids(words="index gone") == ["d"]  # in the reason
    assert ids(words="nothing found") == ["e"]  # in the failures
    assert ids(words="drowned nothing") == []


def test_the_worst_come_first_and_those_without_the_score_last():
    assert ids(by="facts") == ["e", "a", "c", "b", "d"]
    assert ids(by="latency") == ["b", "a", "c", "d", "e"]  # the slowest: lower is better
    assert ids(by="rank", kind="rank") == ["b", "e"]


def test_the_list_has_a_column_for_each_share_like_score():
    assert headers(RUN) == ["id", "kind", "question", "wrong", "facts", "rank"]
    assert cells(RUN, RUN.records) == [
        ["a", "fact", "How many drowned?", "1", "1/2", ""],
        ["b", "rank", "Question b?", "", "", "0.3333"],
        ["c", "claim", "Question c?", "", "2/2", ""],
        ["d", "fact", "Question d?", "unscored", "", ""],
        ["e", "rank", "Question e?", "1", "0", "1"],
    ]


@pytest.mark.parametrize(
    ("got", "of", "shown"), [(1, 1, "1"), (0.75, 1, "0.75"), (2, 3, "2/3"), (1234.5678, 1, "1235"), (0, 4, "0/4")]
)
def test_a_score_is_written_as_a_fraction_of_what_it_is_out_of(got: float, of: float, shown: str):
    assert fraction(Score(got=got, of=of)) == shown


# --- its HTML


def test_the_head_says_where_the_run_comes_from():
    said = text_of(markup.head(RUN, file="runs/x.json"))
    for expected in (
        "floods dev",
        "5 samples, 1 unscored",
        "runs/x.json",
        "questions, split dev, first 5",
        "2026-11-20T10:00:00+00:00, 12.5 s",
        "0123456789ab, tree dirty",
        "A processor, 2 cores",
        "openai_model small-1",
    ):
        assert expected in said
    assert "commit unknown" in text_of(markup.head(run_of(commit=None, dirty=None, machine={}), file="x"))


def test_every_measure_is_a_row_with_value_interval_and_n_and_a_bar_that_shows_them():
    html = markup.measures(RUN)
    said = text_of(html)
    assert "facts stated higher is better 60.0 % 25.0 to 75.0 3 of 5 fact 100.0 % - 1" in said
    assert "facts, mean higher is better 50.0 % 20.0 to 80.0 3 reciprocal" not in said  # which has no estimate
    assert "facts, mean higher is better 50.0 % 20.0 to 80.0 3" in said
    assert "never there higher is better - - 0" in said
    assert said.count("fact 100.0") == 1  # by kind only where it is so meant
    bars = Read(html).attributes["style"]
    assert bars[:3] == ["width:60.0%", "left:25.0%;width:50.0%", "width:100.0%"]
    assert bars[-2:] == ["width:75.0%", "left:50.0%;width:50.0%"]  # milliseconds: the highest shown is full


def test_an_answer_is_shown_with_its_support_quotes_gold_and_passages():
    html = markup.sample(RECORDS[0])
    said = text_of(html)
    for expected in (
        "a · fact",
        "user Was there a flood? assistant Yes, in Lorn. How many drowned?",
        "Understood as: How many drowned in Lorn?",
        "not stated: fifteen",
        "facts 1/2",
        "Twelve drowned. [1] partial: no date",
        "The model was slow.",
        "facts 12 twelve articles north",
        "[1] Twelve people drowned. North Post · north",
        "passage article rank score north:1 north 1 0.9123 south:1 south 2 0.5",
        "mode offline",
        "Disagreements dead conflict · figure claim citation 12 1",
        "Not answered: Who drowned?",
        "Nearest [1] It rained. South · a baker · speaks of 2024-11-30",
        "score 0.75",
    ):
        assert expected in said
    assert html.count("<tr class=expected>") == 1  # the passage of an expected article
    assert "reason" not in said.partition("Also in the response")[2]


def test_rankings_verdicts_and_broken_samples_are_shown_as_what_they_are():
    assert "article rank score a1 1 1 a2 2 0.5 a3 3 0.3333 a4 4 0.25" in text_of(markup.sample(RECORDS[1]))
    verified = text_of(markup.sample(RECORDS[2]))
    assert "verdict unsupported reason no rain statements claim It rained. words rain 2 yes" in verified
    assert "Unscored: RuntimeError: the index is gone" in text_of(markup.sample(RECORDS[3]))
    whole = record("x", response={"answer": "The articles do not say.", "abstained": True, "reason": "no_evidence"})
    assert "Abstained: no_evidence The articles do not say." in text_of(markup.sample(whole))


def test_what_is_long_or_deep_is_folded_or_cut():
    assert "<details><summary" in markup.tree_of("long " * 100)
    deep: JSON = "bottom"
    for _ in range(500):
        deep = {"deeper": [deep]}
    assert "bottom" not in markup.tree_of(deep) and "…" in markup.tree_of(deep)
    many = markup.tree_of(list(range(1000)))
    assert "<details><summary>1,000 entries" in many and "and 800 more" in many
    markup.sample(record("x", expected={"a": deep}, response={"hits": [{"a": deep}]}))


PAGES = (
    markup.head(HOSTILE_RUN, file=HOSTILE),
    markup.measures(HOSTILE_RUN),
    *(markup.sample(one) for one in HOSTILE_RUN.records),
)


@pytest.mark.parametrize("html", PAGES)
def test_what_a_run_file_holds_is_never_markup(html: str):
    read = Read(html)
    assert read.tags <= set(
        "header h1 h3 span p a dl div dt dd details summary section table thead tbody tr th td small b i ul li q"
        " blockquote".split()
    )
    assert set(read.attributes) <= {"class", "dir", "scope", "aria-hidden", "style", "href", "id", "open"}
    assert set(read.attributes.get("href", [])) <= {"#samples"}
    assert all("parent" not in value for values in read.attributes.values() for value in values)
    # One line that starts with a block: Gradio's Markdown leaves it alone.
    assert html.startswith(("<header", "<section")) and len(html.splitlines()) == 1
    assert html.encode("utf-8") and "parent.ran = 1" in read.text


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_text_becomes_text(text: str):
    read = Read(f"<p>{markup.escape(text)}</p>")
    assert read.tags == {"p"} and len(markup.escape(text).splitlines()) <= 1


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    [
        *("answer", "statements", "citations", "hits", "abstained", "reason", "notice", "x"),
        *("disagreements", "nearest", "unanswered", "positions"),
    ]
)


@given(st.dictionaries(NAMES, JSONS, max_size=8))
def test_any_response_can_be_shown(response: dict[str, JSON]):
    assert markup.sample(record("x", response=response)).startswith("<section")


# --- what the page does


MANY = run_of(*(record(f"n{number}", kind="odd" if number % 2 else "even") for number in range(120)))


def test_a_long_run_is_listed_page_by_page():
    reader = Reader(MANY)
    rows, line, at, back, forth = reader.first(EVERY_KIND, False, AS_ASKED, "")
    assert len(rows) == ROWS_SHOWN and at == 0 and rows[0][0] == "n0"
    assert "1 to 50 · 120 of 120 samples" in line
    assert (back["interactive"], forth["interactive"]) == (False, True)
    rows, line, at, back, forth = reader.later(EVERY_KIND, False, AS_ASKED, "", 1)
    assert (len(rows), at, rows[0][0]) == (20, 2, "n100")
    assert "101 to 120 · 120 of 120 samples" in line
    assert (back["interactive"], forth["interactive"]) == (True, False)
    assert reader.later(EVERY_KIND, False, AS_ASKED, "", 7)[2] == 2
    assert reader.earlier(EVERY_KIND, False, AS_ASKED, "", 0)[2] == 0
    rows, line, *_ = reader.first("odd", False, AS_ASKED, "")
    assert "1 to 50 · 60 of 120 samples" in line and rows[0][0] == "n1"
    assert reader.first("odd", True, AS_ASKED, "x")[:3] == ([], '<p class="aside">0 of 120 samples</p>', 0)


def test_a_sample_is_opened_by_its_id():
    reader = Reader(RUN)
    assert reader.sample("a") == markup.sample(RECORDS[0])
    assert reader.sample("gone") == markup.nothing_chosen()
    hostile = Reader(HOSTILE_RUN)
    (name, *_), *_ = hostile.first(EVERY_KIND, False, AS_ASKED, "")[0]
    assert hostile.sample(name) == markup.sample(HOSTILE_RUN.records[0])
    assert json.dumps(name, ensure_ascii=False).encode("utf-8")


def test_the_page_is_served_under_a_policy_to_this_machine_alone():
    with serving(application(HOSTILE_RUN, file=HOSTILE)) as url:
        page = httpx.get(url)
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'; script-src 'self' 'sha256-" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert "<script>parent" not in page.text
        config = httpx.get(f"{url}/config").json()
        assert {one["api_visibility"] for one in config["dependencies"]} == {"private"}
        assert "--bar" in httpx.get(f"{url}/page.css").text and "--paper" in httpx.get(f"{url}/page.css").text
        assert "MutationObserver" in httpx.get(f"{url}/page.js").text
        assert httpx.get(url, headers={"Host": "evil.example"}).status_code == 400
        upload = httpx.post(f"{url}/gradio_api/upload", files={"files": ("a.txt", b"x" * 10_000)})
        assert upload.status_code == 413


def test_a_port_in_use_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EvalError, match=rf"^127\.0\.0\.1:{port} is in use: choose another --port or --host\.$"):
            serve(RUN, file="x.json", port=port)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["view", "gone.json"], 1, "gone.json: cannot be read"),
        (["view", "list.json"], 1, "list.json is not a run file"),
        (["view"], 2, "FILE"),
        (["view", "run.json", "--port", "x"], 2, "'x' is not a port"),
        (["view", "run.json", "--host", "no such host"], 1, "cannot be listened on"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments, code, said
):
    monkeypatch.chdir(tmp_path)
    Path("list.json").write_text("[1]", encoding="utf-8")
    write_run(RUN, Path("run.json"))
    assert main(arguments) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and said in lines[0]


def test_the_command_serves_the_page_until_ctrl_c(tmp_path: Path):
    write_run(RUN, tmp_path / "run.json")
    command = [sys.executable, "-m", "evals", "view", str(tmp_path / "run.json"), "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"run\.json is shown at (http://127\.0\.0\.1:\d+) ", line)
        assert address is not None, line
        assert "How many drowned?" in httpx.get(f"{address[1]}/config", timeout=30).text
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=30)
    assert (process.returncode, complaints) == (0, "")


# --- in a browser


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium):
    """Opens the page of a run; at the end, nothing was asked of another server and no console had an error."""
    wrong: list[str] = []
    with contextlib.ExitStack() as stack:

        def open_page(run: Run, *, width: int = 1440, scheme: str = "light"):
            url = stack.enter_context(serving(application(run, file="runs/x.json")))
            page = chromium.new_page(viewport={"width": width, "height": 850}, color_scheme=scheme)
            stack.callback(page.close)
            page.set_default_timeout(10_000)
            page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on(
                "request", lambda one: None if one.url.startswith((url, "data:", "blob:")) else wrong.append(one.url)
            )
            page.goto(url)
            page.wait_for_selector("#table [role=gridcell]")
            return page

        yield open_page
    assert wrong == []


def listed(page) -> list[str]:
    return page.locator("#table [role=row] [role=gridcell]:first-child").all_inner_texts()


browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")


@browser
def test_a_click_on_a_row_shows_the_sample_and_the_controls_choose_the_rows(opened):
    page = opened(RUN)
    assert listed(page) == ["a", "b", "c", "d", "e"]
    page.click("#table [role=gridcell] >> text='How many drowned?'")
    page.wait_for_selector("#sample blockquote")
    assert page.locator("#sample blockquote").all_inner_texts() == ["Twelve people drowned.", "It rained."]
    page.check("#choice input[type=checkbox]")
    page.wait_for_selector("#which >> text='3 of 5 samples'")
    assert listed(page) == ["a", "d", "e"]
    page.fill("#choice input[type=text]", "nothing")
    page.wait_for_selector("#which >> text='1 of 5 samples'")
    assert listed(page) == ["e"]
    assert page.locator("#measures .bar i").first.bounding_box()["width"] > 20  # an interval is seen


@browser
def test_pages_turn(opened):
    page = opened(MANY)
    page.click("#pages >> text=Next")
    page.wait_for_selector("#which >> text='51 to 100 · 120 of 120 samples'")
    assert listed(page)[0] == "n50"


@browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_hostile_run_stays_text_on_a_narrow_page(opened, scheme: str):
    page = opened(HOSTILE_RUN, width=400, scheme=scheme)
    page.locator("#table [role=gridcell]").first.click()
    page.wait_for_selector("#sample")
    assert "<script>parent.ran = 1</script>" in page.locator("#sample .question").inner_text()
    assert page.evaluate("window.ran ?? null") is None
    assert page.locator("#sample img, #sample script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    box = page.locator("#chosen").bounding_box()
    assert box is not None and box["y"] < 100  # the sample came into view
