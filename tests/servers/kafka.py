"""Real Apache Kafka brokers for tests: one or a quorum, to kill and start again."""

from __future__ import annotations

import base64
import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import NoReturn, Self

import pytest
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.servers.ports import LOOPBACK, Ports, listening

POM = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "pom.xml"
START_SECONDS = 90.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.02
# Waits for our end of the pipe to close, which it does whatever ends us, then kills.
GUARD = 'read -r _; kill -9 "$1" 2>/dev/null'
SETTINGS = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "message.max.bytes": str(16 * 1024 * 1024),
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    # A killed broker is missed, and may come back, after 3 s instead of 9.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # The default takes 128 MiB of a small heap.
    "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
}


class BrokerFailedError(RuntimeError):
    """A broker ended, or did not serve in time; the message ends with its log."""


class Child:
    """A server process that never outlives us, even when we are killed."""

    def __init__(self, command: list[str], log: Path) -> None:
        """Start `command`, its output appended to `log`."""
        self._log = log
        with log.open("ab") as output:
            # An own session: Ctrl-C at the terminal is for pytest, not for brokers.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def kill(self) -> None:
        """End it at once (SIGKILL) and wait until it is gone."""
        self._process.kill()
        self._reap(None)

    def stop(self) -> None:
        """Ask it to end (SIGTERM); raises `subprocess.TimeoutExpired` if it stays."""
        self._process.terminate()
        self._reap(STOP_SECONDS)

    def pause(self) -> None:
        """Let it do nothing (SIGSTOP); its connections stay."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def wait_serving(self, port: int, nodes: tuple[int, ...]) -> None:
        """Wait until it answers metadata itself and knows these nodes as alive.

        Raises `BrokerFailedError` when it ends, or does not within `START_SECONDS`.
        """
        deadline = time.monotonic() + START_SECONDS
        while not (listening(port) and alive_nodes(port).issuperset(nodes)):
            time.sleep(POLL_SECONDS)
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                state = "does not serve" if code is None else f"ended with {code}"
                message = f"the broker {state}\n{self._log.read_text()[-4000:]}"
                raise BrokerFailedError(message)

    def _reap(self, seconds: float | None) -> None:
        self._process.wait(seconds)
        self._guard.kill()
        self._guard.communicate()


class Kafka:
    """Real KRaft brokers on loopback; each one is broker and controller.

    Brokers are numbered from 0, and these numbers are their node ids. Everything
    lies in `folder`: data, settings, and what each broker said (`broker-0.log`).
    `settings` adds to or overrides the broker settings chosen here.

    Entering skips the test when Java or Maven is missing, and fails it when the
    environment says CI=true.
    """

    def __init__(
        self,
        folder: Path,
        brokers: int = 1,
        settings: dict[str, str] | None = None,
    ) -> None:
        """Choose the cluster; nothing runs before it is entered."""
        self._folder = folder
        self._count = brokers
        self._settings = settings or {}
        self._jars = Path()
        self._ports: Ports | None = None
        self._addresses: list[str] = []
        self._running: dict[int, Child] = {}

    def __enter__(self) -> Self:
        """Format the storage, start every broker and wait until all serve."""
        self._jars = kafka_jars() or absent("no Kafka: needs Java 17 and Maven's jars")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ports = Ports(2 * self._count)
        self._addresses = [f"{LOOPBACK}:{port}" for port in self._ports.numbers]
        try:
            self._format()
            self.start(*range(self._count))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End every broker."""
        self.close()

    @property
    def bootstrap(self) -> str:
        """Every broker's address, running or not, as `host:port,host:port`."""
        return ",".join(self._addresses[: self._count])

    def kill(self, broker: int) -> None:
        """End a broker as a crash would (SIGKILL)."""
        self._running.pop(broker).kill()

    def stop(self, broker: int) -> None:
        """End a broker in good order (SIGTERM): it hands its partitions over."""
        self._running[broker].stop()
        del self._running[broker]

    def start(self, *brokers: int) -> None:
        """Start ended brokers on their data and ports; wait until all of them serve.

        After the majority was lost, start enough of them in one call.
        """
        if running := self._running.keys() & set(brokers):
            message = f"brokers {running} run already"
            raise ValueError(message)
        for broker in brokers:
            name = self._folder / f"broker-{broker}"
            command = self._java("kafka.Kafka", f"{name}.properties")
            self._running[broker] = Child(command, name.with_suffix(".log"))
        for broker in brokers:
            port = int(self._addresses[broker].rpartition(":")[2])
            self._running[broker].wait_serving(port, brokers)

    def close(self) -> None:
        """End every broker and give the ports back; a second call does nothing."""
        while self._running:
            self._running.popitem()[1].kill()
        if self._ports is not None:
            self._ports.close()

    def _format(self) -> None:
        """Write the storage of all brokers under one new random cluster id."""
        # As Kafka writes an UUID; the first byte keeps a leading "-" away.
        cluster = base64.urlsafe_b64encode(b"P" + os.urandom(15)).decode().rstrip("=")
        for broker in range(self._count):
            file = self._folder / f"broker-{broker}.properties"
            lines = (f"{k}={v}\n" for k, v in self._settings_of(broker).items())
            file.write_text("".join(lines))
            tool = ("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(file))
            subprocess.run(self._java(*tool), check=True, stdout=subprocess.DEVNULL)

    def _java(self, *main: str) -> list[str]:
        heap = "-Xmx512m" if self._count == 1 else "-Xmx384m"
        # Three start in 6 s, not 9; 1.5 million records measured no slower with it.
        quick = "-XX:TieredStopAtLevel=1"
        # Log4j's own hook would break Kafka's good order at SIGTERM.
        log = ["-Dlog4j2.level=WARN", "-Dlog4j2.shutdownHookEnabled=false"]
        unpacked = f"-Djava.io.tmpdir={self._folder}"  # native codecs, with their data
        return ["java", heap, quick, *log, unpacked, "-cp", f"{self._jars}/*", *main]

    def _settings_of(self, broker: int) -> dict[str, str]:
        voters = [f"{n}@{a}" for n, a in enumerate(self._addresses[self._count :])]
        plain, control = self._addresses[broker :: self._count]
        replicas = str(min(3, self._count))
        in_sync = "2" if self._count > 2 else "1"
        return SETTINGS | {
            "node.id": str(broker),
            "controller.quorum.voters": ",".join(voters),
            "listeners": f"PLAINTEXT://{plain},CONTROLLER://{control}",
            "log.dirs": str(self._folder / f"data-{broker}"),
            "default.replication.factor": replicas,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
            **self._settings,
        }


def kafka_jars() -> Path | None:
    """The folder of broker jars, filled by Maven at first; `None` when it cannot be."""
    version = re.search("<kafka.version>(.+)</", POM.read_text())
    if version is None or shutil.which("java") is None:
        return None
    jars = POM.parent / "target" / f"kafka-{version[1]}"
    jars.mkdir(parents=True, exist_ok=True)
    # Only one of several test processes builds; the others wait for it.
    with (jars.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(jars.glob("kafka_*.jar")) and shutil.which("mvn") is not None:
            build = ["mvn", "-q", "-B", "-f", str(POM), "package"]
            subprocess.run(build, check=False, timeout=900)
        return jars if any(jars.glob("kafka_*.jar")) else None


def absent(what: str) -> NoReturn:
    """Skip the test for want of a server; fail it where CI=true promises one."""
    if os.getenv("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def alive_nodes(port: int) -> set[int]:
    """The nodes alive, as the broker on this port tells; none when it does not."""
    ask = {"bootstrap_servers": f"{LOOPBACK}:{port}", "bootstrap_timeout_ms": 2000}
    try:
        # The constructor returns once this very broker has answered metadata.
        with KafkaAdminClient(**ask) as client:
            brokers = client.describe_cluster()["brokers"]
    except KafkaError:
        return set()
    return {node["broker_id"] for node in brokers if not node.get("is_fenced")}
