"""What several test modules share, and the long form of those that have one."""

from pathlib import Path

import pytest
from hypothesis import settings

from rag.config import load_settings
from rag.embedding import Embedder

USUAL = 120.0  # seconds that a test may take that says nothing else

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault; pytest's own limit is enough
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--long`."""
    parser.addoption("--long", action="store_true", help="run the long form: more kills, more cases, hours of them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `long` where that was not asked for, and else give every test the time that it takes.

    The files with the tests that may take longest come first, so that no worker is left alone with one at the end.
    """
    may_take: dict[Path, float] = {}
    for item in items:
        marker = item.get_closest_marker("timeout")
        may_take[item.path] = max(may_take.get(item.path, USUAL), marker.args[0] if marker else USUAL)
    items.sort(key=lambda item: -may_take[item.path])
    if config.getoption("--long"):
        for item in items:
            item.add_marker(pytest.mark.timeout(0), append=False)  # before its own
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the long form was asked for."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real embedding model; its graph is built once per machine, in the product's own cache folder."""
    return Embedder(load_settings().cache_dir)
