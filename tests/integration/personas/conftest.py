"""A store for each of the modules here, empty for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.tables import JOURNEY_STATES, TOUCHPOINTS, TRANSITIONS
from tests.unit.insights.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    with open_store(tmp_path_factory.mktemp("personas")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The store, empty."""
    opened.clear(TOUCHPOINTS, JOURNEY_STATES, TRANSITIONS)
    return opened
