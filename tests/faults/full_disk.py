"""A process for which the disk is full after so many bytes, whatever it does: the program of `test_disk`."""

import resource
import sys
from pathlib import Path

from made_up import MODEL, article, embedded, vector

from rag.errors import LibraryError
from rag.store import Store


def main(folder: Path, task: str, limit: int) -> None:
    """Do it, and print what was acknowledged, and at the end the sentence of the failure or `done`."""
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        with Store(folder, **MODEL) as store:
            if task == "rebuild":
                store.rebuild()
            elif task == "search":
                store.matching("zebra", limit=3)
                store.nearest(vector("zebra"), limit=3)
            else:
                with store.writing() as writer:
                    for number in range(12):
                        writer.put(
                            *embedded(article(f"walrus number{number} " * 150, name=f"walrus-{number}"), size=200)
                        )
                        print(f"walrus-{number}", flush=True)
                    writer.remove("dusk")
                    print("-dusk", flush=True)
    except LibraryError as error:
        print(error)
    else:
        print("done")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
