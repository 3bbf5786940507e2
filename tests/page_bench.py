"""How long a reader waits for the page and for an answer, measured in headless Chromium: `page_bench.py [URL]`.

Without a URL the application is started over the shipped articles, in a folder of its own that is removed afterwards.
The bars: first paint within 2 s of the server's answer, first words of an answer within 300 ms of Enter.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from chromium import chromium  # noqa: E402 - run as a script, it has to find the product first
from playwright.sync_api import TimeoutError as PlaywrightTimeout  # noqa: E402
from served import percentile, served  # noqa: E402
from test_page_many import Reader, readers  # noqa: E402

OPENINGS = 5
ASKS = 40
READERS = 20
LEFT = 60_000  # milliseconds until it is given up
QUESTIONS = (
    "How many people have been killed in the fighting?",
    "Who holds Tal Rifaat?",
    "Is Russia helping Assad?",
    "What has Iran pledged to send?",
    "Whom did Assad ring at the weekend?",
    "Have Iraqi militias entered Syria to fight for Assad?",
    "What did the rebels capture from the Syrian Army?",
    "Who won the Champions League in 2019?",
)
# Milliseconds from the server's first byte: the box that questions are put into can be typed in, and is sent from.
USABLE = """new Promise(done => {
  const look = () => {
    const box = document.querySelector('#question textarea');
    if (box && box.offsetParent && !box.disabled) done(performance.now());
    else requestAnimationFrame(look);
  };
  look();
})"""
PAINTS = """() => {
  const {responseStart, responseEnd} = performance.getEntriesByType('navigation')[0];
  const paints = Object.fromEntries(performance.getEntriesByType('paint').map(one => [one.name, one.startTime]));
  return {responseStart, responseEnd, ...paints};
}"""
# Milliseconds from Enter to the frame in which the first words of the answer stand, and to the one in which all do. Of
# several the Enter counts that the page took: it takes none while it is still looking for what may be asked next.
TIMED = """() => {
  const box = document.querySelector('#question textarea');
  const before = document.querySelectorAll('#chat .answer').length;
  let pressed = null;
  let first = null;
  box.onkeydown = event => { if (event.key === 'Enter' && box.value) pressed = event.timeStamp; };
  window.timed = new Promise(done => {
    const look = () => {
      const now = performance.now();
      const given = document.querySelectorAll('#chat .answer').length > before;
      if (given && first === null) first = now - pressed;
      const growing = document.querySelector('#chat :is(.growing, .working)');
      if (given && !growing && document.querySelector('#ask-button')?.offsetParent) done([first, now - pressed]);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


def opened(browser: Any, address: str) -> tuple[Any, dict[str, float]]:
    """A page in a browser without a cache, and how long it took."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(LEFT)
    page.goto(address, wait_until="commit")
    usable = page.evaluate(USABLE)
    page.wait_for_selector("#chat .example")
    taken = page.evaluate(PAINTS)
    start = taken["responseStart"]
    return page, {
        "first paint": taken["first-paint"] - start,
        "first contentful paint": taken["first-contentful-paint"] - start,
        "question box usable": usable - start,
    }


def asked(page: Any, question: str) -> None:
    """Type the question, so that its answer is timed from Enter on."""
    page.fill("#question textarea", question)
    page.evaluate(TIMED)


def pressed(page: Any) -> None:
    """Press Enter until the page takes the question."""
    for _ in range(LEFT // 250):
        page.press("#question textarea", "Enter")
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_selector("#question textarea:placeholder-shown", timeout=250)
            return
    raise SystemExit("The page took no question.")


def rows(address: str) -> Iterator[tuple[str, Sequence[float]]]:
    """What is measured, and the milliseconds."""
    with chromium() as browser:
        openings = []
        for _ in range(OPENINGS):
            page, taken = opened(browser, address)
            openings.append(taken)
            page.context.close()
        for name in openings[0]:
            yield f"{name}, after the server answers", [one[name] for one in openings]

        firsts, wholes = [], []
        for number in range(ASKS):
            if number % len(QUESTIONS) == 0:  # a new conversation each time they have all been asked
                page, _ = opened(browser, address)
            asked(page, QUESTIONS[number % len(QUESTIONS)])
            pressed(page)
            first, whole = page.evaluate("window.timed")
            firsts.append(first)
            wholes.append(whole)
            page.wait_for_timeout(1_500)  # a reader reads, and what may be asked next is found meanwhile
        yield "first words of an answer, after Enter", firsts
        yield "whole answer, after Enter", wholes
        page.context.close()

    firsts, wholes = zip(*asyncio.run(at_once(address)), strict=True)
    yield f"first words, {READERS} readers at once, without browsers", firsts
    yield f"whole answer, {READERS} readers at once, without browsers", wholes


async def at_once(address: str) -> list[tuple[float, float]]:
    """Milliseconds to the first words and to the whole answer, for each of the readers who ask at one moment.

    They speak the page's protocol: so many browsers would wait for this machine, not for the server.
    """
    async with readers(address.rstrip("/"), READERS) as everyone:
        return await asyncio.gather(*(timed(one, number) for number, one in enumerate(everyone)))


async def timed(reader: Reader, number: int) -> tuple[float, float]:
    """Ask as one reader, and take the time."""
    start = time.perf_counter()
    asking = asyncio.create_task(reader.ask(QUESTIONS[number % len(QUESTIONS)]))
    await reader.answering.wait()
    first = time.perf_counter() - start
    await reader.answered.wait()
    whole = time.perf_counter() - start
    await asking
    return 1000 * first, 1000 * whole


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(prog="python tests/page_bench.py", description=__doc__)
    parser.add_argument("url", nargs="?", help="of a page that is served already")
    options = parser.parse_args()
    print(f"{'milliseconds':56} {'n':>4} {'median':>8} {'p95':>8} {'most':>8}")
    with served(options.url) as server:
        for name, taken in rows(server.address):
            figures = (statistics.median(taken), percentile(list(taken), 0.95), max(taken))
            print(f"{name:56} {len(taken):4} " + " ".join(f"{one:8.0f}" for one in figures), flush=True)


if __name__ == "__main__":
    main()
