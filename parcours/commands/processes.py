"""`worker`, `sink`: one process each, as `up`, Kubernetes or a person starts them."""

import logging
from typing import TYPE_CHECKING

import typer

from parcours.door import DEFAULT_DATA_DIR, EVERYTHING, DataDir, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.settings import Settings


def worker(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Run one worker: the Faust agents, from raw touchpoints to journey states.

    Exit status 70: a crash or stall, start it again. 78: too many dead letters, or
    wrong settings: do not, before somebody has looked.
    """
    from streams.worker import run

    raise typer.Exit(run(_settings(data_dir)))


def sink(data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Run the sink: from the topics to ClickHouse; it also answers for an embedded store.

    Exit statuses as of the worker.
    """
    from parcours.rolling import beside
    from sinks.refusals import Coordinates
    from sinks.run import run
    from streams.seal import Sealer

    settings = _settings(data_dir)
    sealer = Sealer(settings.pseudonym_key)

    def seal(payload: bytes, at: Coordinates) -> bytes:
        return sealer.seal(
            payload,
            log=at.log,
            topic=at.topic,
            partition=at.partition,
            offset=at.offset,
        )

    raise typer.Exit(run(settings, seal, beside(data_dir, settings)))


def _settings(data_dir: "Path") -> "Settings":
    settings = settings_for(data_dir, *EVERYTHING)
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        force=True,
    )
    for client in ("kafka", "aiokafka"):
        logging.getLogger(client).setLevel(logging.WARNING)
    return settings
