"""What several of these tests share."""

from pathlib import Path

import damaged
import pytest


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of which copies are spoilt, taken back or upgraded; nobody writes to it."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    damaged.make(folder)
    return folder
