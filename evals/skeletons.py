"""Given articles written out as web pages: the same text in the markup of different sites, with what is around it.

A skeleton is a file `NAME.page` without a head: `{{{title}}}` and the like stand for what is the article's, `{{name}}`
for boilerplate (`evals.filler`), and marks are as in `evals.pages`.
"""

from __future__ import annotations

import html
import json
import re
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from evals.errors import EvalError
from evals.libraries import GivenArticle
from evals.pages import BODY, FURNITURE, OPTIONAL, SUFFIX, Gold, Page, expanded, lines_of, unmarked

SKELETONS = Path(__file__).parent / "data" / "skeletons"
# What the text of a given article does not tell for sure; whatever is found is neither right nor wrong.
UNSURE = ("modified_at", "dateline", "dateline_day", "origin", "defects")
_SECTION = re.compile(r" [-|] ")  # some outlets of the corpus are the names of their feeds
_FIELD = re.compile(r"\{\{\{(\w+)\}\}\}")
_SPECIAL = str.maketrans({mark: f"&#{ord(mark)};" for mark in "⟦⟧⟨⟩⟪⟫{}"})
_BETWEEN = {1: "{{more}}", 3: "{{ad}}", 5: "{{signup}}"}  # after which paragraph, from 0


def skeletons(folder: Path = SKELETONS) -> dict[str, str]:
    """Return the skeletons of a folder by their names; raises EvalError."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{SUFFIX}"))}
    if not found:
        raise EvalError(f"{folder}: there is no skeleton of a page in it.")
    return found


def written(article: GivenArticle, *, skeleton: str, name: str, id: str) -> Page:
    """Return an article as a page of that skeleton; raises EvalError where its date is no ISO date, or it has none."""
    if article.url is None or article.published_at is None:
        raise EvalError(f"{id}: an article needs an address and a date to be written out as a page.")
    try:
        published = datetime.fromisoformat(article.published_at)
    except ValueError as error:
        raise EvalError(f"{id}: {article.published_at!r} is no date.") from error
    paragraphs = [line for line in (" ".join(line.split()) for line in article.text.split("\n")) if line]
    stated = {
        "title": article.title or "",
        "outlet": article.outlet or "",
        "author": article.author or "",
        "url": article.url,
        "published": article.published_at,
        "day": f"{published.day} {published:%B %Y}",
    }
    values = {key: _escaped(value) for key, value in stated.items()}
    values |= {f"json_{key}": _in_json(value) for key, value in stated.items()}
    values |= {
        "p": _body([f"<p>{_escaped(line)}</p>" for line in paragraphs], gap="\n"),
        "div": _body([f'<div class="par">{_escaped(line)}</div>' for line in paragraphs], gap=""),
        "br": f"⟦{'<br><br>'.join(_escaped(line) for line in paragraphs)}⟧",
    }
    used = set(_FIELD.findall(skeleton))
    marked = expanded(_FIELD.sub(lambda match: values[match[1]], skeleton), language="en", seed=id)
    plain, regions = unmarked(marked, id=id)

    def gold(key: str) -> tuple[str, ...]:
        return (stated[key],) if stated[key] and used & {key, f"json_{key}"} else ()

    return Page(
        id=id,
        kind=name,
        note=article.title or id,
        content=plain.encode(),
        address=article.url,
        gold=Gold(
            body=lines_of(regions[BODY]),
            optional=lines_of(regions[OPTIONAL]),
            furniture=tuple(dict.fromkeys(lines_of(regions[FURNITURE]))),
            title=gold("title"),
            outlet=tuple(dict.fromkeys(name for one in gold("outlet") for name in (one, _SECTION.split(one)[0]))),
            author=gold("author"),
            published_at=gold("published") or ((article.published_at[:10],) if "day" in used else ()),
            # Some addresses of the corpus end in what only says how a reader came there, in several ways.
            url=tuple(dict.fromkeys(way for one in gold("url") for way in (one, *_shorter(one)))),
            language=("en",),
            # What a page does not state may be known by its host, which is a real one's here.
            unsure=(*UNSURE, *(key for key in ("url", "outlet") if not gold(key))),
        ),
    )


def _body(paragraphs: list[str], *, gap: str) -> str:
    """Marked paragraphs with what sites put between them; never before the second nor behind the last."""
    parts = []
    for number, paragraph in enumerate(paragraphs):
        parts.append(f"⟦{paragraph}⟧")
        if number in _BETWEEN and number + 1 < len(paragraphs):
            parts.append(_BETWEEN[number])
    return gap.join(parts)


def _shorter(address: str) -> list[str]:
    """The address without its fragment, without what counts readers, without any query."""
    parts = urlsplit(address)._replace(fragment="")
    kept = "&".join(one for one in parts.query.split("&") if not one.startswith("utm_"))
    return [parts.geturl(), parts._replace(query=kept).geturl(), parts._replace(query="").geturl()]


def _escaped(text: str) -> str:
    return html.escape(text).translate(_SPECIAL)


def _in_json(text: str) -> str:
    """The text as it stands between the quotes of a JSON string in a script."""
    return json.dumps(text)[1:-1].replace("{", "\\u007b").replace("</", "<\\/")
