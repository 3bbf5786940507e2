"""What several test modules share."""

import pytest
from hypothesis import settings

from rag.config import load_settings
from rag.embedding import Embedder

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault; pytest's own limit is enough
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real embedding model; its graph is built once per machine, in the product's own cache folder."""
    return Embedder(load_settings().cache_dir)
