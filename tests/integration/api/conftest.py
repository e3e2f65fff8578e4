"""A store with a few customers, and the API over it, for each of the modules here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.api_store import customers, setup
from tests.servers.api import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.unit.insights.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    pytest.importorskip("chdb")
    with customers(tmp_path_factory.mktemp("api")) as store:
        yield store


@pytest.fixture(scope="module")
def api(store: Store) -> Iterator[httpx.Client]:
    """The API as `parcours up` serves it."""
    with serving(setup(store)) as client:
        yield client
