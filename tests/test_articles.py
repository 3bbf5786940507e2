import hashlib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_files import letter, mailbox, mhtml, packed, record, word

from rag import articles
from rag.articles import SUFFIXES, read, slug
from rag.errors import UsageError
from rag.sources import find
from rag.types import Article, Refusal

LARGE = 10_000_000
BODY = "The council voted on Tuesday to rebuild the bridge over the river, the mayor said.\n"
REAL = Path(__file__).parents[2] / "shared" / "corpus" / "aleppo-2024"


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_all(path: Path, *, max_bytes: int = LARGE) -> list[Article | Refusal]:
    return list(read(path, max_bytes=max_bytes))


def article(path: Path) -> Article:
    (found,) = read_all(path)
    assert isinstance(found, Article), found
    return found


def refusal(path: Path, *, max_bytes: int = LARGE) -> Refusal:
    (found,) = read_all(path, max_bytes=max_bytes)
    assert isinstance(found, Refusal), found
    assert re.fullmatch(r"[A-Z][^\n]+\.", found.reason), "one sentence"
    assert ";" in found.reason, "that says what to do"
    return found


def rows(*values: object) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


# --- find


def test_a_folder_means_the_articles_in_it_at_any_depth_sorted(tmp_path: Path):
    files = [write(tmp_path / name, BODY) for name in ("b.txt", "a/z.md", "a/b/c.HTML")]
    write(tmp_path / "notes.odt", BODY)
    assert find([tmp_path]) == [files[2], files[1], files[0]]


def test_hidden_files_and_folders_are_not_in_a_folder(tmp_path: Path):
    kept = write(tmp_path / "kept.txt", BODY)
    write(tmp_path / ".hidden.txt", BODY)
    write(tmp_path / ".git" / "inside.txt", BODY)
    assert find([tmp_path]) == [kept]


def test_a_link_is_followed_only_within_its_folder(tmp_path: Path):
    outside = write(tmp_path / "outside" / "secret.txt", BODY)
    inside = write(tmp_path / "folder" / ".data" / "real.txt", BODY)
    folder = tmp_path / "folder"
    (folder / "leaves.txt").symlink_to(outside)
    (folder / "stays.txt").symlink_to(inside)
    (folder / "broken.txt").symlink_to(folder / "nowhere.txt")
    (folder / "itself.txt").symlink_to(folder / "itself.txt")
    (folder / "out").symlink_to(outside.parent, target_is_directory=True)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    assert find([folder]) == [folder / "stays.txt"]


def test_a_file_found_twice_is_read_once(tmp_path: Path):
    file = write(tmp_path / "one.txt", BODY)
    assert find([file, tmp_path, tmp_path / ".." / tmp_path.name / "one.txt"]) == [file]


def test_files_come_in_the_order_of_the_paths_named(tmp_path: Path):
    second, first = write(tmp_path / "a.txt", BODY), write(tmp_path / "b.txt", BODY)
    assert find([first, second]) == [first, second]


@pytest.mark.parametrize("path", ["", " ", "a\0b"])
def test_an_empty_path_is_wrong_usage(path: str):
    with pytest.raises(UsageError, match="A path is empty; name a file or a folder of articles"):
        find([path])


def test_no_path_at_all_is_wrong_usage():
    with pytest.raises(UsageError, match="No file was named"):
        find([])


def test_a_missing_path_is_named(tmp_path: Path):
    with pytest.raises(UsageError, match=r"nowhere does not exist; name a file or a folder"):
        find([tmp_path / "nowhere"])


def test_a_folder_without_articles_says_which_endings_count(tmp_path: Path):
    write(tmp_path / "photo.png", b"\x89PNG")
    with pytest.raises(UsageError, match=r"holds no article; put files into it that end in \.txt, \.md"):
        find([tmp_path])


def test_a_folder_may_be_named_like_a_file(tmp_path: Path):
    file = write(tmp_path / "x.txt" / "inside.txt", BODY)
    assert find([tmp_path / "x.txt"]) == [file]


# --- read: one file


def test_an_article_knows_where_and_when_it_was_read(tmp_path: Path):
    before = datetime.now(UTC).replace(microsecond=0)
    found = article(write(tmp_path / "000_294c4eca82718550.txt", BODY))
    assert (found.id, found.source) == ("000_294c4eca82718550", f"file:{tmp_path}/000_294c4eca82718550.txt")
    assert found.revision == hashlib.sha256(found.text.encode()).hexdigest()[:16]
    assert found.text == BODY.strip()
    assert before <= datetime.fromisoformat(found.ingested_at) <= datetime.now(UTC)
    assert (found.title, found.outlet, found.author, found.url, found.published_at) == (None,) * 5


def test_a_file_reached_by_a_link_is_the_same_source(tmp_path: Path):
    file = write(tmp_path / "a.txt", BODY)
    (tmp_path / "b.txt").symlink_to(file)
    assert article(tmp_path / "b.txt").source == article(file).source


def test_a_file_with_an_address_is_known_by_it(tmp_path: Path):
    found = article(write(tmp_path / "x.md", f"---\nurl: https://example.org/a\n---\n{BODY}"))
    assert (found.id, found.source, found.url) == ("x", "https://example.org/a", "https://example.org/a")


def test_only_web_addresses_are_kept(tmp_path: Path):
    found = article(write(tmp_path / "x.md", f"---\nurl: javascript:alert(1)\n---\n{BODY}"))
    assert (found.url, found.source) == (None, f"file:{tmp_path}/x.md")


@pytest.mark.parametrize("text", ["The king has died.", "Read more: The king has left the island."])
def test_a_wire_item_of_one_sentence_is_an_article(tmp_path: Path, text: str):
    assert article(write(tmp_path / "wire.txt", text)).text == text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.txt", b"", "The file is empty; put the text of an article into it, or remove it."),
        ("blank.txt", b" \n\n", "The file is empty; put the text of an article into it, or remove it."),
        ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "The file is not text"),
        ("nulls.txt", b"abc\0\0\0\1\2" * 300, "text"),
        (
            "short.txt",
            b"Too short.",
            "It has 10 characters of text without page furniture, fewer than 40, and no whole",
        ),
        ("furniture.txt", b"Leave a Reply\n" * 20, "It has 0 characters of text without page furniture"),
        ("torn.txt", ("“quoted” " * 20).encode()[:-3] + b"\xff", "The file is damaged UTF-8 (byte 256)"),
        ("letter.odt", b"PK", "Files ending in .odt are not understood; save the article as one of .txt, .md"),
        ("README", b"text", "Files without an ending are not understood"),
        ("broken.json", b'{"title": ', "The file is not valid JSON (Expecting value at line 1 column 11); correct it."),
        ("list.json", b"[]", "The file holds an empty list"),
        ("number.json", b"12", "It is a number and no JSON object"),
        ("deep.json", b"[" * 100_000, "nested too deep"),
        ("digits.json", b'{"body": ' + b"9" * 5000 + b"}", "value out of range"),
        ("blank.jsonl", b"\n\n", "The file is empty; put articles into it, one JSON object on each line"),
        ("binary.jsonl", b"\x00\x01\n" * 9, "The file is not UTF-8 text"),
        ("open.md", b"---\ntitle: x\nNo end.", "The front matter is not closed; end it with a line of three dashes."),
        ("bad.md", b"---\ntitle: [x\n---\nText.", "The front matter is not valid YAML (line 3: "),
        ("scalar.md", b"---\njust words\n---\nText.", "The front matter is no list of names with values"),
        ("no.html", b"no markup at all", "The file is not HTML; save the article again, or as text."),
        ("large.html", b"<p>" + b"a" * 6_000_000, "The page has 6.0 MB of HTML, above the limit of 5 MB"),
        ("novel.txt", b"word " * 200_001, "The text has 1,000,005 characters, above the limit of 1,000,000; split it."),
        ("broken.pdf", b"%PDF-1.7 nothing else", "The PDF is damaged and cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes, reason: str):
    found = refusal(write(tmp_path / name, content))
    assert reason in found.reason
    assert found.source == str(tmp_path / name)


def test_a_file_above_the_limit_is_refused_without_being_read(tmp_path: Path):
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    found = refusal(path, max_bytes=50_000_000)
    assert found.reason == "The file has 200.0 MB, above the limit of 50.0 MB; split it, or raise MAX_FILE_MB."


def test_a_folder_read_as_a_file_is_refused(tmp_path: Path):
    (tmp_path / "x.txt").mkdir()
    assert "It is a folder" in refusal(tmp_path / "x.txt").reason


def test_a_pipe_named_like_a_file_does_not_make_anyone_wait(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.txt")
    assert "It is no ordinary file" in refusal(tmp_path / "pipe.txt").reason


def test_a_file_that_went_away_is_refused(tmp_path: Path):
    assert refusal(tmp_path / "gone.txt").reason == "There is no such file; check the path."


def test_a_link_to_itself_is_refused(tmp_path: Path):
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    assert find([tmp_path / "loop.txt"]) == [tmp_path / "loop.txt"]
    assert "cannot be read" in refusal(tmp_path / "loop.txt").reason


def close(path: Path) -> None:
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")


def test_a_file_without_permission_is_refused(tmp_path: Path):
    path = write(tmp_path / "x.txt", BODY)
    close(path)
    assert refusal(path).reason == "The file may not be opened; give yourself permission to read it."


def test_a_folder_without_permission_is_refused_and_the_rest_go_in(tmp_path: Path):
    write(tmp_path / "closed" / "x.txt", BODY)
    kept = write(tmp_path / "kept.txt", BODY)
    close(tmp_path / "closed")
    assert find([tmp_path]) == [tmp_path / "closed", kept]
    assert "make it readable" in refusal(tmp_path / "closed").reason


def test_a_name_cannot_give_orders_to_the_terminal(tmp_path: Path):
    path = write(tmp_path / "a\x1b[2Jb\n.txt", BODY)
    assert article(path).source == f"file:{tmp_path}/a\\x1b[2Jb\\n.txt"
    undecodable = write(tmp_path / os.fsdecode(b"caf\xe9.txt"), "x")
    assert refusal(undecodable).source == f"{tmp_path}/caf\\udce9.txt"


# --- read: rows


def test_a_bad_row_is_named_by_its_line_and_the_rest_go_in(tmp_path: Path):
    path = write(tmp_path / "news.jsonl", rows({"title": "One", "body": BODY}) + '{"a": \n\n' + rows({"text": BODY}, 7))
    first, broken, second, number = read_all(path)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert broken == Refusal(
        source=f"{path} line 2",
        reason="The line is not valid JSON (Expecting value at column 6); correct it.",
    )
    assert number == Refusal(
        source=f"{path} line 5", reason='It is a number and no JSON object; write it as {"title": ..., "body": ...}.'
    )


def test_a_row_without_text_says_which_fields_it_has(tmp_path: Path):
    (found,) = read_all(write(tmp_path / "x.jsonl", rows({"title": "One", "score": 3})))
    assert isinstance(found, Refusal)
    assert found.reason == 'It has no text (its fields: "title", "score"); put it into a field named "body".'


def test_lines_are_read_one_at_a_time(tmp_path: Path):
    path = write(tmp_path / "news.jsonl", rows({"title": "One", "body": BODY}) + "x" * 1000)
    stream = read(path, max_bytes=LARGE)
    assert isinstance(next(stream), Article)
    stream.close()


def test_rows_are_known_by_address_else_by_their_own_id_else_by_title_else_by_place(tmp_path: Path):
    path = write(
        tmp_path / "news.jsonl",
        rows(
            {"title": "One", "body": BODY, "url": "https://www.example.org/news/one?id=1"},
            {"id": 77, "body": BODY},
            {"title": "Two words", "body": BODY},
            {"body": BODY},
        ),
    )
    found = [(one.id, one.source) for one in read_all(path) if isinstance(one, Article)]
    assert found == [
        ("example.org-news-one-id-1", "https://www.example.org/news/one?id=1"),
        ("news-77", f"file:{path}#77"),
        ("Two-words", f"file:{path}#Two-words"),
        ("news-line-4", f"file:{path}#line-4"),
    ]


def test_rows_of_one_title_are_two_articles(tmp_path: Path):
    path = write(tmp_path / "news.json", json.dumps([{"title": "Briefing", "body": BODY}] * 2))
    sources = [one.source for one in read_all(path) if isinstance(one, Article)]
    assert sources == [f"file:{path}#Briefing", f"file:{path}#Briefing-item-2"]


def test_a_second_row_of_one_address_is_refused(tmp_path: Path):
    row = {"body": BODY, "url": "https://example.org/a"}
    _, second = read_all(write(tmp_path / "news.jsonl", rows(row, row)))
    assert isinstance(second, Refusal)
    assert second.reason == "It has the same address as line 1 (https://example.org/a); keep one of the two."


def test_of_very_many_bad_rows_a_thousand_are_named_and_the_good_ones_go_in(tmp_path: Path):
    found = read_all(write(tmp_path / "x.jsonl", "[\n" * 1500 + rows({"body": BODY})))
    assert len(found) == 1002
    assert isinstance(found[1000], Article)
    assert found[1001] == Refusal(
        source=str(tmp_path / "x.jsonl"), reason="500 more rows are no articles; correct those named first."
    )


def test_after_very_many_bad_rows_in_a_row_the_rest_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(articles, "_MOST_IN_A_ROW", 20)
    good = rows({"title": "One", "body": BODY})
    bad = "{}\n" * 20
    found = read_all(write(tmp_path / "x.jsonl", bad + good + bad + "{}\n" + good.replace("One", "Two")))
    assert [one.title for one in found if isinstance(one, Article)] == ["One"]
    assert found[-1] == Refusal(
        source=str(tmp_path / "x.jsonl"),
        reason="More than 20 rows in a row are no articles; the rest is not read.",
    )


# --- ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("000_294c4eca82718550", "000_294c4eca82718550"),
        ("Rebels enter Aleppo: what we know", "Rebels-enter-Aleppo-what-we-know"),
        ("Café society", "Cafe-society"),
        ("../../etc/passwd", "etc-passwd"),
        ("--rebuild", "rebuild"),
    ],
)
def test_an_id_is_readable(text: str, expected: str):
    assert slug(text) == expected


def test_titles_in_other_scripts_keep_ids_apart():
    assert slug("Алеппо 2024") != slug("Дамаск 2024")


@given(st.text(st.characters(), max_size=400))
def test_every_id_is_safe(text: str):
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}", slug(text))
    assert slug(slug(text)) == slug(text)


# --- whatever a file holds

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["title", "body", "text", "url", "date", "source", "author", "id", "articles", "metadata", "x"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)
PIECES = "--- title: date: 2024-12-01 - # [a](b) ![ * _ ` ``` | > <b> : &a *a { } \u200b \x00 word".split(" ")
MARKED = st.lists(st.sampled_from([*PIECES, " ", "\n", "\n", "---\n", BODY]), max_size=40).map(
    lambda parts: "".join(parts).encode()
)
CONTENT = st.binary(max_size=400) | JSON.map(lambda value: json.dumps(value).encode()) | MARKED


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([".txt", ".md", ".json", ".jsonl"]), content=CONTENT, padded=st.booleans())
def test_no_content_stops_the_reader(tmp_path: Path, suffix: str, content: bytes, padded: bool):
    path = write(tmp_path / f"any{suffix}", content + BODY.encode() * 3 if padded else content)
    found = read_all(path)
    assert found
    for one in found:
        if isinstance(one, Article):
            one.text.encode()
            assert one.text == one.text.strip()
            assert not re.search("[\x00-\x08\u200b-\u200f\u202a-\u202e\r]", one.text)
        else:
            assert one.reason.endswith(".")
            assert "\n" not in one.reason


START = {
    ".html": b"<html><body>",
    ".pdf": b"%PDF-1.4\n",
    ".docx": word(BODY)[:-400],
    ".mhtml": mhtml(BODY)[:-200],
    ".eml": letter(BODY),
    ".mbox": mailbox(letter(BODY)),
    ".warc": record("https://example.org/a", BODY.encode()),
    ".warc.gz": packed(record("https://example.org/a", BODY.encode())),
    ".jsonl.gz": packed(b"{}"),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([*START]), content=st.binary(max_size=300) | MARKED, begun=st.booleans())
def test_no_file_stops_the_reader(tmp_path: Path, suffix: str, content: bytes, begun: bool):
    path = write(tmp_path / f"any{suffix}", START[suffix] + content if begun else content)
    for one in read_all(path):
        assert isinstance(one, Article) or re.fullmatch(r"[^\n]+\.", one.reason)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([*START]), place=st.integers(0), other=st.integers(0, 255), cut=st.booleans())
def test_no_damage_to_a_file_stops_the_reader(tmp_path: Path, suffix: str, place: int, other: int, cut: bool):
    whole = START[suffix]
    place %= len(whole)
    damaged = whole[:place] if cut else whole[:place] + bytes([other]) + whole[place + 1 :]
    for one in read_all(write(tmp_path / f"any{suffix}", damaged)):
        assert isinstance(one, Article) or re.fullmatch(r"[^\n]+\.", one.reason)


# --- the real articles, where they are


@pytest.mark.skipif(not REAL.is_dir(), reason="the five real articles are not on this machine")
def test_the_real_articles_are_read_without_furniture_and_without_guesses():
    found = [article(path) for path in find([REAL])]
    assert len(found) == 5
    assert [one.title is not None for one in found] == [False, True, False, False, False]
    assert {(one.outlet, one.published_at, one.author, one.url) for one in found} == {(None,) * 4}
    furniture = re.compile(r"READ:|Leave a Reply|You are currently viewing|Sign up|Connect with us|donation")
    assert not [line for one in found for line in one.text.splitlines() if furniture.search(line)]
    for one in found:
        original = Path(one.source.removeprefix("file:")).read_text("utf-8")
        assert all(line in original for line in one.text.splitlines())


def test_every_suffix_is_understood(tmp_path: Path):
    for suffix in SUFFIXES:
        assert "not understood" not in refusal(write(tmp_path / f"x{suffix}", "x")).reason
