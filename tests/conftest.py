"""What several test modules share."""

import pytest

from rag.config import load_settings
from rag.embedding import Embedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real embedding model; its graph is built once per machine, in the product's own cache folder."""
    return Embedder(load_settings().cache_dir)
