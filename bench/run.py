"""What all parts of one run share, and the project's own processes in it."""

import os
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from bench.broker import Broker, free_port
from bench.generate import Plan, cached
from bench.processes import Child, PartError, wait_for
from bench.produce import Load, Sent
from parcours.asking import HttpAsker
from schemas.settings import PREFIX

ROOT: Final = Path(__file__).resolve().parents[1]
CACHE: Final = ROOT / "bench" / ".cache"
PREPARE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the benchmark.

    Attributes:
        broker: the broker of all parts.
        plan: what is generated for the parts that do not say otherwise.
        folder: for files of this run.
        rate: records a second at which latency is measured.
        rate_seconds: how long, after a warm-up half as long.
        persons: how many states are recovered.
        history: touchpoints in the store that answers are measured on.
        secret: key of the pseudonyms.
    """

    broker: Broker
    plan: Plan
    folder: Path
    rate: int
    rate_seconds: int
    persons: int
    history: int
    secret: str = field(default_factory=lambda: secrets.token_hex(16))

    def file(self, plan: Plan | None = None) -> Path:
        """The generated records, made when they are not there yet."""
        return cached(plan or self.plan, CACHE)

    def load(self, topic: str, **more: object) -> Load:
        """What is to be sent to a topic; all of the run's records unless said."""
        told: dict[str, object] = {
            "servers": self.broker.servers,
            "topic": topic,
            "partitions": self.broker.partitions,
        }
        told |= more
        told.setdefault("file", str(self.file()))
        return Load(**told)  # type: ignore[arg-type]

    def python(
        self, name: str, *arguments: str, python: str = sys.executable, **settings: str
    ) -> Child:
        """Start a Python program in the project's folder.

        Args:
            name: what it is called.
            arguments: after the interpreter.
            python: the interpreter.
            settings: environment variables besides PATH and HOME.
        """
        environment = {key: os.environ[key] for key in ("PATH", "HOME")}
        environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        log = self.folder / "logs" / f"{name}.log"
        return Child(name, (python, *arguments), environment | settings, log)


class Producer:
    """A producer in a process of its own.

    Args:
        run: the run it belongs to.
        load: what it sends.
    """

    def __init__(self, run: Run, load: Load) -> None:
        """Start it."""
        text = msgspec.json.encode(load).decode()
        self._child = run.python("producer", "-m", "bench.produce", text)

    def sent(self, seconds: float) -> Sent:
        """Wait for its end, for so many seconds; what it sent."""
        code = self._child.wait(seconds)
        words = self._child.last_words()
        self._child.stop()
        if code:
            raise PartError(words)
        return msgspec.json.decode(words, type=Sent)

    def stop(self) -> None:
        """End it."""
        self._child.stop()


class Project:
    """The project's own processes on fresh topics and an empty store.

    Args:
        run: the run they belong to.
        name: of the part, for the folder of the store.
    """

    def __init__(self, run: Run, name: str) -> None:
        """Choose its ports and folder."""
        self._run = run
        self._port = free_port()
        self._token = secrets.token_urlsafe(16)
        self.store = run.folder / name / "store"
        self.asker = HttpAsker(self._port, self._token)

    def prepare(self) -> None:
        """Topics anew, migrations applied."""
        self._run.broker.fresh_project()
        self.store.parent.mkdir(parents=True)
        with self._start("prepare", "prepare") as child:
            if child.wait(PREPARE_SECONDS):
                raise PartError(child.last_words())

    def worker(self) -> Child:
        """Start a worker."""
        return self._start("worker", "worker")

    def sink(self) -> Child:
        """Start the sink, and wait until it answers questions."""
        child = self._start("sink", "sink")
        wait_for("the sink answers", self.asker.answers, PREPARE_SECONDS, child)
        return child

    def _start(self, name: str, *command: str) -> Child:
        broker = self._run.broker
        settings = {
            "KAFKA_SERVERS": broker.servers,
            "CLICKHOUSE_URL": f"chdb://{self.store}",
            "PSEUDONYM_KEY": self._run.secret,
            "STATE_FOLDER": str(self.store.parent / "states"),
            "PARTITIONS": str(broker.partitions),
            "IDEMPOTENCE": "false" if broker.embedded else "true",
            "COMPRESSION": "none" if broker.embedded else "lz4",
            "GROUP_SESSION_SECONDS": "6",
            "WORKER_METRICS_PORT": "0",
            "SINK_METRICS_PORT": "0",
            "ANSWERS_PORT": str(self._port),
            "ANSWERS_TOKEN": self._token,
            "LOG_LEVEL": "warning",
        }
        prefixed = {PREFIX + key: value for key, value in settings.items()}
        return self._run.python(name, "-m", "parcours", *command, **prefixed)


def fresh_folder() -> Path:
    """An empty folder for the files and logs of one run; they stay until the next."""
    path = CACHE / "last"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
