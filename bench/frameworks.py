"""(b), (c), (d): other ways to do the same work, each in a process of its own."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

import msgspec
from kafka import KafkaAdminClient, TopicPartition

from bench.job import Job
from bench.measure import Progress, Rate, Skipped, sweep
from bench.processes import Child
from bench.produce import fill
from bench.run import ROOT, Run

PEERS: Final = ROOT / "bench" / ".venv-peers"
PINS: Final = {"quixstreams": "3.28.0", "bytewax": "0.21.1"}
INSTALL_SECONDS: Final = 600
TOPIC: Final = {
    "cleanup.policy": "delete",
    "retention.ms": "86400000",
    "retention.bytes": "-1",
}
RAW, KEYED, STATES = "bench.raw", "bench.keyed", "bench.states"
TOUCHPOINTS: Final = "bench.touchpoints"
PLAIN_STATES: Final = "bench-plain-journeys-changelog"
QUIX_GROUP: Final = "bench-quix"


def faust_plain(run: Run, records: int) -> Rate:
    """Plain Faust, on the first so many records, since it is slow."""
    total = _fill(run, records)
    run.broker.fresh({PLAIN_STATES: TOPIC})
    with _start(run, "plain", sys.executable) as child, run.broker.ends() as ends:
        return sweep(
            child,
            run.broker.child,
            Progress(lambda: ends.of(KEYED), lambda: ends.of(TOUCHPOINTS), total),
        )


def quix(run: Run) -> Rate | Skipped:
    """Quix Streams; its changelog is its topic of states."""
    python = peers_python(run.folder)
    if isinstance(python, Skipped):
        return python
    total = _fill(run)
    admin = KafkaAdminClient(bootstrap_servers=run.broker.servers)
    keyed = [TopicPartition(KEYED, p) for p in range(run.broker.partitions)]

    def committed() -> int:
        offsets = admin.list_group_offsets([QUIX_GROUP])[QUIX_GROUP]
        return sum(offsets[tp].offset for tp in keyed if tp in offsets)

    with _start(run, "quix", python) as child, run.broker.ends() as ends:
        try:
            return sweep(
                child,
                run.broker.child,
                Progress(lambda: ends.of(KEYED), committed, total),
            )
        finally:
            admin.close()


def bytewax(run: Run) -> Rate | Skipped:
    """Bytewax; re-keys inside the process and sends each state to a topic."""
    python = peers_python(run.folder)
    if isinstance(python, Skipped):
        return python
    total = _fill(run)
    with _start(run, "bytewax_flow", python) as child, run.broker.ends() as ends:
        rate = sweep(
            child,
            run.broker.child,
            Progress(lambda: ends.of(STATES), lambda: ends.of(TOUCHPOINTS), total),
        )
    rate.note = "re-keys in memory; nothing to resume from after a crash"
    return rate


def _fill(run: Run, records: int | None = None) -> int:
    run.broker.fresh(dict.fromkeys((RAW, KEYED, TOUCHPOINTS, STATES), TOPIC))
    return fill(run.load(RAW, count=records)).records


def _start(run: Run, module: str, python: str) -> Child:
    job = Job(
        servers=run.broker.servers,
        partitions=run.broker.partitions,
        raw=RAW,
        keyed=KEYED,
        touchpoints=TOUCHPOINTS,
        states=STATES,
        secret=run.secret,
        folder=str(run.folder / module),
    )
    text = msgspec.json.encode(job).decode()
    return run.python(module, "-m", f"bench.{module}", text, python=python)


def peers_python(logs: Path) -> str | Skipped:
    """The interpreter that has Quix Streams and Bytewax; installs them at first.

    What the project's rules import and those two do not bring along is found in our own
    environment, which comes after theirs.
    """
    python = PEERS / "bin" / "python"
    wanted = [f"{name}=={pin}" for name, pin in PINS.items()]
    mark = PEERS / "installed.txt"
    if mark.exists() and mark.read_text() == "\n".join(wanted):
        return str(python)
    shutil.rmtree(PEERS, ignore_errors=True)
    commands = (
        [sys.executable, "-m", "venv", str(PEERS)],
        [str(python), "-m", "pip", "install", "--only-binary=:all:", *wanted],
    )
    try:
        with (logs / "peers.log").open("wb") as log:
            for command in commands:
                subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    timeout=INSTALL_SECONDS,
                    check=True,
                )
    except subprocess.SubprocessError as error:
        return Skipped(f"could not be installed here: {type(error).__name__}")
    theirs = next(PEERS.glob("lib/python*/site-packages"))
    (theirs / "ours.pth").write_text(sysconfig.get_paths()["purelib"])
    mark.write_text("\n".join(wanted))
    return str(python)
