"""What holds of any library, once more with its vectors on a Chroma server: the tests of `test_store`, this `store`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chroma_server import ChromaServer, shared_server  # noqa: F401 - a fixture
from made_up import MODEL, fill
from test_store import (  # noqa: F401 - they run here too
    test_a_changed_byline_alone_is_searched,
    test_a_vector_that_is_none_is_refused,
    test_an_article_is_found_by_its_words_and_by_its_meaning,
    test_an_article_without_passages_is_kept,
    test_an_emptied_library_finds_nothing_and_takes_articles_again,
    test_an_empty_library_finds_nothing,
    test_limits_are_kept,
    test_nothing_to_publish_publishes_nothing,
    test_only_articles_within_are_found,
    test_only_the_current_generation_and_the_one_before_are_kept,
    test_passages_and_vectors_come_from_the_ledger,
    test_the_same_article_is_recognised_without_its_being_embedded,
    test_threads_search_while_new_indexes_are_published,
    test_two_writers_of_one_process_take_no_turns_either,
    test_what_is_put_is_safe_at_once_and_found_once_published,
    test_what_was_put_before_an_exception_is_published,
)

from rag.store import Store
from rag.vectors import Server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path, shared_server: ChromaServer) -> Iterator[Store]:  # noqa: F811
    with Store(folder, **MODEL, server=Server(shared_server.url, limits=(30.0, 60.0))) as opened:
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store
