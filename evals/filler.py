"""What stands around an article on its page: navigation, scripts, share bars, related stories, comments, footers.

It is made from a few words in sixteen languages (`data/filler.json`) and a page's name, the same for the same name, and
marked ⟪as not to be read⟫ where a reader would see it. Its dates are never the article's.
"""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path
from random import Random

from evals.errors import EvalError

WORDS = Path(__file__).parent / "data" / "filler.json"


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = json.loads(WORDS.read_text(encoding="utf-8"))
    return found


class Filler:
    """Boilerplate in one language, drawn by a name: no two pages have the same, one page has always its own."""

    def __init__(self, language: str, *, seed: str) -> None:
        """Raise EvalError for a language without words."""
        if language not in _words():
            raise EvalError(f"{seed}: there is no boilerplate in the language {language!r}.")
        self._words = _words()[language]
        self._random = Random(seed)
        self._host = f"www.{seed.partition('-')[2] or seed}.example"

    def made(self, name: str, argument: str | None = None) -> str:
        """Return the markup of what is called `name`; the argument is its size or its style. Raises EvalError."""
        make = getattr(self, f"_{name}", None)
        if make is None or name == "words":
            raise EvalError(f"There is no boilerplate called {name!r}.")
        made: str = make(argument) if argument else make()
        return made

    # --- seen by nobody ----------------------------------------------------------------------------------------------

    def _scripts(self, kilobytes: str = "20") -> str:
        """Scripts with state in them: other stories' dates and titles."""
        parts: list[str] = []
        size = int(kilobytes) * 1000
        while size > 0:
            stories = [
                {
                    "id": self._random.randrange(10**7),
                    "headline": headline,
                    "datePublished": self._other_day() + "T08:15:00Z",
                    "dateModified": self._other_day(),
                    "publisher": {"name": "Wire Desk Partner"},
                    "token": f"{self._random.getrandbits(256):064x}",
                }
                for headline in self._words["headlines"]
            ]
            script = (
                f"<script>window.__state{len(parts)}={json.dumps({'recirculation': stories})};"
                f"(function(w,d){{var e=d.createElement('script');e.async=1;e.src='//cdn.{self._host}/t.js';"
                "var n=new Date(2019,4,12);w.dataLayer=w.dataLayer||[];if(1<2&&n){w.dataLayer.push({event:'view'})}"
                "})(window,document);</script>"
            )
            parts.append(script)
            size -= len(script)
        return "\n".join(parts)

    def _styles(self, kilobytes: str = "10") -> str:
        rules, size = [], int(kilobytes) * 1000
        while size > 0:
            name = f"{self._random.choice(['card', 'hero', 'nav', 'story', 'grid'])}-{self._random.randrange(9999)}"
            colour = f"#{self._random.randrange(999):03}"
            rule = f".{name}{{display:flex;margin:{self._random.randrange(40)}px;color:{colour}}}"
            rules.append(rule)
            size -= len(rule)
        return f"<style>{''.join(rules)}</style>"

    def _icon(self) -> str:
        points = " ".join(f"{self._random.randrange(99)},{self._random.randrange(99)}" for _ in range(60))
        return f'<svg viewBox="0 0 99 99" aria-hidden="true"><polygon points="{points}"/></svg>'

    # --- seen around the article -------------------------------------------------------------------------------------

    def _nav(self, style: str = "list") -> str:
        items = [f'<a href="/s/{number}">{word}</a>' for number, word in enumerate(self._words["nav"])] * 2
        if style == "table":
            rows = "".join(f"<tr><td bgcolor=#003366>{item}</td></tr>" for item in items)
            return f"⟪<table width=140 border=0>{rows}</table>⟫"
        if style == "soup":
            boxes = "".join(f"<div><div class=x{n}><div>{item}</div></div></div>" for n, item in enumerate(items))
            return f"⟪{boxes}⟫"
        listed = "".join(f"<li>{item}{self._icon()}</li>" for item in items)
        return f'⟪<header class="site-header"><nav aria-label="main"><ul>{listed}</ul></nav></header>⟫'

    def _share(self) -> str:
        buttons = "".join(
            f'<li><a href="https://share.example/{n}">{self._icon()}<span>{word}</span></a></li>'
            for n, word in enumerate(self._words["share"])
        )
        return f'⟪<ul class="share-tools">{buttons}</ul>⟫'

    def _related(self, style: str = "aside") -> str:
        heading, stories = self._words["related"][0], self._stories(4)
        if style == "soup":
            rows = "".join(f"<div class=r><div>{day}</div><div>{link}</div></div>" for link, day in stories)
            return f"⟪<div class=box><div class=hd>{heading}</div>{rows}</div>⟫"
        listed = "".join(f'<li>{link}<time datetime="{day}">{day}</time></li>' for link, day in stories)
        return f'⟪<aside class="related"><h3>{heading}</h3><ul>{listed}</ul></aside>⟫'

    def _popular(self) -> str:
        heading = self._words["popular"][0]
        listed = "".join(f"<li><h4>{link}</h4></li>" for link, _ in self._stories(5))
        return f'⟪<section class="most-read"><h2>{heading}</h2><ol>{listed}</ol></section>⟫'

    def _more(self) -> str:
        """A link to another story between two paragraphs."""
        link, _ = self._stories(1)[0]
        return f'⟪<p class="inline-related"><strong>{self._words["more"][0]}</strong> {link}</p>⟫'

    def _signup(self) -> str:
        text, button = self._words["signup"]
        form = f'<form action="/nl"><input type="email" placeholder="mail@example.org"><button>{button}</button></form>'
        return f'⟪<div class="newsletter-box"><p>{text}</p>{form}</div>⟫'

    def _cookies(self) -> str:
        text, button = self._words["cookies"]
        return f'⟪<div id="consent" role="dialog"><p>{text}</p><button>{button}</button></div>⟫'

    def _ad(self) -> str:
        return f'⟪<div class="ad-slot" id="ad{self._random.randrange(99)}"><span>{self._words["ad"][0]}</span></div>⟫'

    def _tags(self) -> str:
        links = "".join(f'<a rel="tag" href="/t/{n}">{word}</a>' for n, word in enumerate(self._words["nav"][:4]))
        return f'⟪<div class="tags"><span>{self._words["tags"][0]}</span>{links}</div>⟫'

    def _comments(self) -> str:
        heading, *texts = self._words["comments"]
        shown = "".join(
            f'<li class="comment"><cite>reader{n}</cite> <time datetime="{self._other_day()}"></time><p>{text}</p></li>'
            for n, text in enumerate(texts)
        )
        reply = self._words["reply"][0]
        return (
            f'⟪<section id="comments" class="comments-area"><h2>{heading}</h2><ol class="comment-list">{shown}</ol>'
            f'<h3 id="reply-title">{reply}</h3><form><textarea></textarea></form></section>⟫'
        )

    def _author(self) -> str:
        return f'⟪<div class="author-bio"><img alt="" src="/a.jpg"><p>{self._words["author"][0]}</p></div>⟫'

    def _footer(self) -> str:
        links = "".join(f'<li><a href="/f/{n}">{word}</a></li>' for n, word in enumerate(self._words["nav"]))
        return f"⟪<footer><ul>{links}</ul><p>{self._words['footer'][0]}</p></footer>⟫"

    # --- parts -------------------------------------------------------------------------------------------------------

    def _stories(self, count: int) -> list[tuple[str, str]]:
        return [
            (f'<a href="/n/{self._random.randrange(10**6)}">{html.escape(headline)}</a>', self._other_day())
            for headline in self._random.sample(self._words["headlines"], count)
        ]

    def _other_day(self) -> str:
        """A day that is no article's: pages are of 2023 to 2026."""
        year, month, day = (self._random.randrange(*span) for span in ((2015, 2022), (1, 13), (1, 29)))
        return f"{year}-{month:02}-{day:02}"
