"""How a worker's background work ends, and what it leaves on disk."""

import asyncio
from pathlib import Path

import pytest
from mode import Service

from schemas.settings import parse
from streams.app import make_app
from streams.worker import or_crash


class App(Service):
    """A real service that does nothing."""


async def fails() -> None:
    """Work whose transport has gone."""
    message = "Event loop is closed"
    raise RuntimeError(message)


def crashes(app: App) -> list[BaseException]:
    """What failing work of an app ends the process with."""
    crashed: list[BaseException] = []
    asyncio.run(or_crash(app, fails(), crashed.append))
    return crashed


def test_an_error_in_the_work_of_a_running_app_ends_the_process() -> None:
    """Nothing is swallowed."""
    assert [str(error) for error in crashes(App())] == ["Event loop is closed"]


def test_a_tick_that_a_stop_interrupts_is_no_crash() -> None:
    """SIGTERM closes the transport under a tick: the worker must still end with 0."""

    async def stopped() -> App:
        app = App()
        await app.start()
        await app.stop()
        return app

    assert crashes(asyncio.run(stopped())) == []


def test_an_app_that_crashed_is_not_taken_for_one_asked_to_stop() -> None:
    """Its error ends the process, so that it is started again."""

    async def broken() -> App:
        app = App()
        await app.start()
        await app.crash(RuntimeError("broken"))
        return app

    assert len(crashes(asyncio.run(broken()))) == 1


def test_a_worker_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faust has one for its tables; killed, a worker would leave it behind."""
    monkeypatch.chdir(tmp_path)
    settings = parse(
        {
            "PARCOURS_KAFKA_SERVERS": "127.0.0.1:9",
            "PARCOURS_CLICKHOUSE_URL": "chdb:///nowhere",
            "PARCOURS_PSEUDONYM_KEY": "k" * 16,
        }
    )
    asyncio.run(make_app(settings).on_first_start())
    assert not list(tmp_path.iterdir())
