"""The product as a worker of `python -m evals speed`: `python -m evals.speed.product FOLDER`.

First it says that it is ready. Then each line of standard input is a JSON object, answered by one: `take` takes
`articles` in for good (their number of `passages`), `finish` makes them searchable, `search` finds the `texts` of ten
passages for a `question`. Each worker does so, whatever it measures.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from evals.libraries import FILE_MB, GivenArticle, write_articles

TOP = 10


def main(folder: Path) -> None:
    """Answer what comes on standard input until it ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no reply
    from rag.config import load_settings
    from rag.pipeline import Pipeline  # slow to load, which is measured

    def say(reply: dict[str, object]) -> None:
        print(json.dumps(reply), file=replies, flush=True)

    settings = load_settings(data_dir=folder / "library").model_copy(update={"max_file_mb": FILE_MB})
    with Pipeline(settings) as pipeline:
        pipeline.embedder.embed(["ready"])
        say({"ready": True})
        for number, line in enumerate(sys.stdin):
            asked = json.loads(line)
            if asked["do"] == "take":
                given = folder / f"{number}.jsonl"
                write_articles(given, [GivenArticle(**one) for one in asked["articles"]])
                say({"passages": pipeline.ingest([given]).passages})
            elif asked["do"] == "finish":
                say({})  # every `take` has published its indexes
            else:
                hits = pipeline.search(asked["question"], limit=TOP)
                say({"texts": [hit.passage.text for hit in hits]})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
