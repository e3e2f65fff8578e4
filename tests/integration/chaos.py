"""Processes that are killed at random, and the truth that their tables must come to."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from insights.asker import Asker
from parcours.simulating.plan import Plan
from parcours.simulating.run import simulate
from schemas.settings import PREFIX
from streams.activation.rules import rules_from
from streams.enrich.identify import Identifier
from streams.enrich.policy import IdentifyPolicy
from streams.fold import Folded, fold
from tests.factories.identified import rules

REPO = Path(__file__).parents[2]
SECRET = "a secret for tests only"
PARTITIONS = 4
# `make chaos` asks for a million touchpoints.
COUNT = int(os.environ.get("CHAOS_TOUCHPOINTS", "40000"))
WAIT_SECONDS = 240.0 + COUNT / 200
"""Until something counts as never: the time of a slow machine for all of them."""
MESSAGE_RULES = Path("streams/activation/default_messages.yaml")
LATEST_DAYS = 14
"""How late a touchpoint may be reported: nothing of the stream is in the future then."""


Truth = dict[str, list[tuple[object, ...]]]


def raw_touchpoints(count: int, seed: int) -> list[bytes]:
    """Two days of a retailer, in order of arrival: late reports, duplicates, shared tills.

    Customers sign in, use cards and devices, so persons merge and part; carts are given
    up, accounts made, so messages come due. Nothing is final before it ends, so that
    nothing depends on which partition is how far: see docs/identity.md for what would.
    """
    started = datetime.now(UTC) - timedelta(days=LATEST_DAYS + 4)
    plan = Plan(
        count,
        max(1, count // 12),
        days=2,
        start=started.date(),
        seed=seed,
        shared_devices=max(6, count // 4_000),
    )
    return list(simulate(plan)[0])


def message_rules() -> str:
    """The built-in rules, but what was due weeks ago is still to be sent."""
    document = yaml.safe_load(MESSAGE_RULES.read_text())
    for rule in document["rules"]:
        rule["valid_for"] = "60d"
    return yaml.safe_dump(document)


@dataclass
class Cluster:
    """Workers and a sink against one broker, each a process of its own.

    Attributes:
        servers: bootstrap servers.
        folder: for the store and the logs.
    """

    servers: str
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        settings = {
            "KAFKA_SERVERS": self.servers,
            "CLICKHOUSE_URL": f"chdb://{self.folder / 'store'}",
            "PSEUDONYM_KEY": SECRET,
            "PARTITIONS": str(PARTITIONS),
            "GROUP_SESSION_SECONDS": "6",
            "TICK_SECONDS": "1",
            "STATE_FOLDER": str(self.folder / "states"),
            "MESSAGE_FILE": str(self.folder / "messages.yaml"),
            "WORKER_METRICS_PORT": "0",
            "SINK_METRICS_PORT": "0",
        }
        return own | {PREFIX + name: value for name, value in settings.items()}

    def run(self, *arguments: str, status: int = 0) -> str:
        """One command of the CLI, which must end with `status`."""
        done = subprocess.run(
            [sys.executable, "-m", "parcours", *arguments],
            cwd=REPO,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_SECONDS,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "messages.yaml").write_text(message_rules())

    def start(self, name: str) -> None:
        """Start `sink`, `worker-1`, `worker-2`, …"""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "parcours", name.split("-", maxsplit=1)[0]],
                cwd=REPO,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Kill a process without a word, as a machine failing would."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> int:
        """Ask a process to end; its exit status."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(60)

    def close(self) -> None:
        """End everything that still runs."""
        for name in list(self.processes):
            self.kill(name)

    def keep_alive(self) -> None:
        """What a process manager does: start again what ended by itself."""
        for name, process in list(self.processes.items()):
            if process.poll() is not None:
                assert process.returncode == 70, (
                    self.folder / f"{name}.log"
                ).read_text()
                self.start(name)


def wait_until(condition: Callable[[], bool], cluster: Cluster, what: str) -> None:
    """Poll a condition, restarting what ended; fail when it never comes true."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        cluster.keep_alive()
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def produce(cluster: Cluster, lines: Sequence[bytes]) -> None:
    """Send raw touchpoints, in order, through the CLI."""
    file = cluster.folder / f"raw-{time.monotonic_ns()}.ndjson"
    file.write_bytes(b"\n".join(lines) + b"\n")
    cluster.run("produce", str(file))


def expected(lines: Sequence[bytes]) -> Folded:
    """What the tables must come to: the same rules, offline, all at once."""
    identifier = Identifier(IdentifyPolicy(pseudonym_key=SECRET))
    known = rules()
    messages = rules_from(
        yaml.safe_load(message_rules()),
        salt="",
        lateness_ms=max(rule.lateness_ms for rule in known.policy.rules.values()),
    )
    return fold(
        lines,
        identifier,
        replace(known, messages=messages),
        received_at=int(time.time() * 1000),
    )


def truth_of(folded: Folded) -> dict[str, list[tuple[object, ...]]]:
    """The comparable part of a fold; see `truth_in`."""
    return {
        "states": sorted(
            (
                s.person_id,
                s.phase,
                s.touchpoints,
                s.orders,
                s.first_at,
                s.last_at,
                s.sessions_total,
                tuple(sorted(s.counts.items())),
            )
            for s in folded.states
        ),
        "sessions": sorted(
            (
                s.session_id,
                s.person_id,
                s.kind,
                s.started_at,
                s.ended_at,
                s.touchpoints,
                s.orders,
                s.value_minor,
                s.entry_type,
                s.exit_type,
            )
            for s in folded.sessions
            if s.status != "superseded"
        ),
        "transitions": sorted(
            (
                t.person_id,
                t.transition_no,
                t.from_phase,
                t.to_phase,
                t.occurred_at,
                t.cause.id,
            )
            for t in folded.transitions
        ),
        "threads": sorted(
            (
                t.person_id,
                t.kind,
                t.thread_id,
                t.touchpoints,
                t.started_at,
                t.updated_at,
                t.value_minor,
                tuple(t.steps),
                t.status == "completed",
            )
            for t in folded.threads
        ),
        "messages": sorted(
            (m.message_id, m.person_id, m.rule, m.status, m.due_at)
            for m in folded.messages
            if m.status != "cancelled" and m.due_at < _due_until(folded)
        ),
    }


def _due_until(folded: Folded) -> int:
    """What is due later may wait for a clock to tick."""
    return max(state.last_at for state in folded.states) - 3_600_000


TABLES = {
    "states": """
        SELECT person_id, phase, touchpoints, orders,
            toUnixTimestamp64Milli(first_at), toUnixTimestamp64Milli(last_at),
            sessions_total, arraySort(arrayZip(mapKeys(counts), mapValues(counts)))
        FROM journey_states FINAL WHERE merged_into = '' AND NOT blank""",
    "sessions": """
        SELECT session_id, if(person = '', person_id, person), kind,
            toUnixTimestamp64Milli(started_at),
            toUnixTimestamp64Milli(ended_at), touchpoints, orders, value_minor,
            entry_type, exit_type
        FROM (SELECT * FROM sessions FINAL WHERE status != 'superseded') AS told
        LEFT ANY JOIN redirects ON told.person_id = redirects.identifier""",
    "transitions": """
        SELECT person_id, transition_no, from_phase, to_phase,
            toUnixTimestamp64Milli(occurred_at), cause_id
        FROM transitions FINAL""",
    # Whether a cart is given up by now is a matter of the clock of the ticks.
    "threads": """
        SELECT person_id, kind, thread_id, touchpoints,
            toUnixTimestamp64Milli(started_at), toUnixTimestamp64Milli(updated_at),
            value_minor, arrayMap(step -> toString(step), steps),
            status = 'completed'
        FROM threads FINAL""",
    "messages": """
        SELECT message_id, if(person = '', person_id, person), rule, status,
            toUnixTimestamp64Milli(due_at)
        FROM (SELECT * FROM messages FINAL) AS told
        LEFT ANY JOIN redirects ON told.person_id = redirects.identifier
        WHERE status != 'cancelled' AND due_at < (
            SELECT max(last_at) - INTERVAL 1 HOUR FROM journey_states FINAL
            WHERE merged_into = '' AND NOT blank)""",
}


def truth_in(asker: Asker) -> dict[str, list[tuple[object, ...]]]:
    """What the tables hold, without what depends on when something was written."""
    return {name: sorted(_plain(asker, sql)) for name, sql in TABLES.items()}


def differences(one: Truth, other: Truth) -> list[str]:
    """The first rows of each table that only one of two truths has; a few, in words."""
    found = []
    for name in one:
        only, missing = (
            set(one[name]) - set(other[name]),
            set(other[name]) - set(one[name]),
        )
        for what, rows in (
            ("only in the first", only),
            ("only in the second", missing),
        ):
            found += [f"{name} {what}: {row}" for row in sorted(rows, key=str)[:3]]
        if len(one[name]) != len(other[name]):
            found.append(f"{name}: {len(one[name])} and {len(other[name])} rows")
    return found


def _plain(asker: Asker, sql: str) -> Iterator[tuple[object, ...]]:
    for row in asker.ask(sql).rows:
        yield tuple(
            tuple(tuple(one) if isinstance(one, list | tuple) else one for one in value)
            if isinstance(value, list)
            else value
            for value in row
        )
