"""ETags of answers about the present: they hold until anything lands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from insights.api.library import Library
from insights.pains.opportunities import Owner
from insights.rollups.registered import built_in
from insights.rollups.roller import Roller
from insights.trails.keeping import Keeper
from schemas import tables
from tests.integration.api_store import customers, setup, touch
from tests.servers.api import serving

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

ANSWERS = (
    "/v1/map",
    "/v1/map?from=2023-11-15&channel=web",
    "/v1/map.svg?lang=fr",
    "/v1/map.csv",
    "/v1/map.html",
    "/v1/moments",
    "/v1/pains",
    "/v1/opportunities",
    "/v1/missing",
    "/v1/personas",
    "/v1/personas/drift",
    "/v1/objectives",
    "/v1/funnels/phases",
    "/v1/funnels/cart",
    "/v1/funnels/cart/trend",
)


def test_an_answer_is_not_sent_twice_until_something_lands(tmp_path: Path) -> None:
    """304 with the tag while all is as it was; a row of any table makes it another."""
    with customers(tmp_path) as store:
        Roller(store.writer, built_in).roll(1)
        with serving(setup(store)) as api:
            tags = {}
            for path in ANSWERS:
                first = api.get(path)
                assert first.status_code == 200, (path, first.text)
                assert first.headers["cache-control"] == "private, no-cache"
                tags[path] = {"If-None-Match": first.headers["etag"]}
                again = api.get(path, headers=tags[path])
                assert (again.status_code, again.content) == (304, b""), path
            assert len({tag["If-None-Match"] for tag in tags.values()}) == len(ANSWERS)
            assert api.get("/v1/map", headers=tags["/v1/pains"]).status_code == 200

            store.insert(tables.TOUCHPOINTS, [touch("customer_id:20", 60)])
            for path, known in tags.items():
                answer = api.get(path, headers=known)
                assert answer.status_code == 200, path
                assert answer.headers["etag"] != known["If-None-Match"]


def test_trails_change_no_answer_and_no_tag(tmp_path: Path) -> None:
    """What is made of trails is the same: a roll-up of them sends nothing again. Days of a
    registered funnel tell when they were counted.
    """
    with customers(tmp_path) as store, serving(setup(store)) as api:
        known = {
            path: {"If-None-Match": api.get(path).headers["etag"]}
            for path in ("/v1/map", "/v1/funnels/cart")
        }
        Keeper(store.writer).keep(1)
        Roller(store.writer, built_in).roll(2)
        assert api.get("/v1/map", headers=known["/v1/map"]).status_code == 304
        path = "/v1/funnels/cart"
        assert api.get(path, headers=known[path]).status_code == 200


def test_another_library_is_another_tag(tmp_path: Path) -> None:
    """Owners, plans, personas and objectives are read from files."""
    owned = Library(owners=[Owner("onboarding", "assistance_given", "stores")])
    assert "object at 0x" not in repr(owned)
    assert replace(owned).digest == owned.digest
    with customers(tmp_path) as store:
        with serving(setup(store)) as api:
            known = {
                path: {"If-None-Match": api.get(path).headers["etag"]}
                for path in ("/v1/opportunities", "/v1/stages?as_of=2023-11-20")
            }
        with serving(setup(store, library=lambda: owned)) as api:
            for path, tag in known.items():
                assert api.get(path, headers=tag).status_code == 200
