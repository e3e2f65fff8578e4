"""`up`, `down`, `status`: a whole system on this machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from parcours import door, running
from parcours.door import DEFAULT_DATA_DIR, DataDir
from parcours.screen import Json, print_json, print_table, say, tell

START_SECONDS: Final = 480.0
END_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1


class UpError(RuntimeError):
    """The system does not start; the message has its last words."""


class PartStatus(msgspec.Struct):
    """One process of a system."""

    name: str
    pid: int
    alive: bool
    metrics: str


class Status(msgspec.Struct):
    """What runs, where, and what each stage has before it."""

    data_dir: str
    running: bool
    started_at: str
    kafka_servers: str
    answers: str
    api: str
    processes: list[PartStatus]
    pending: list[object]


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when everything answers.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many workers.")] = 1,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Run a system: broker, workers, sink and API, watched and restarted.

    Broker and store are embedded unless PARCOURS_KAFKA_SERVERS or
    PARCOURS_CLICKHOUSE_URL name others. The embedded broker keeps its log in memory:
    what has not landed when it ends is lost, so end it with `parcours down`.
    """
    if detach:
        start_detached(data_dir, workers)
        _print_status(_status(data_dir))
        return
    import asyncio

    from parcours.embedded.plan import make_plan, usual_api_port
    from parcours.embedded.supervisor import Supervisor

    own = door.environment()
    with running.owned(data_dir), usual_api_port(own) as usual:
        door.models_folder(data_dir).mkdir(exist_ok=True)
        own = usual | own
        secret = own.get(door.KEY) or running.make_secret(data_dir)
        plan = make_plan(data_dir, own, door.base_environment(), secret, workers)
        asyncio.run(Supervisor(plan, say).run())


def start_detached(data_dir: Path, workers: int = 1) -> None:
    """Start a system of its own session; return when everything answers.

    Raises:
        AlreadyRunsError: one runs there; its log stays as it is.
        UpError: it ended, or did not answer in time.
    """
    running.refuse_second(data_dir)
    log = data_dir / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    arguments = ("up", "--workers", str(workers), "--data-dir", str(data_dir))
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "parcours", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not ((run := running.find(data_dir)) and run.supervisor.pid == child.pid):
        if child.poll() is not None:
            raise UpError(_last_words(log))
        if time.monotonic() > deadline:
            child.terminate()
            message = f"nothing answers after {START_SECONDS:g} s; see {log}"
            raise UpError(message)
        time.sleep(POLL_SECONDS)


def _last_words(log: Path) -> str:
    """What a command said; whoever repeats it names the program again."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return "\n".join(line.removeprefix("parcours: ") for line in lines)


def down(
    now: Annotated[
        bool, typer.Option("--now", help="Do not wait for what is under way.")
    ] = False,
    drain_seconds: Annotated[
        float, typer.Option(min=0, help="How long to wait for it at most.")
    ] = 60.0,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """End the system; first wait, for a while, until what was produced has landed."""
    run = running.find(data_dir)
    if run is None:
        say(f"nothing runs in {data_dir}/")
        return
    if "broker" in run.embedded and not now:
        _drain_before_end(data_dir, drain_seconds)
    end(run)
    say("ended")


def end(run: running.Run) -> None:
    """End a running system: its supervisor ends the others, in order."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if running.alive(run.supervisor):
            os.kill(run.supervisor.pid, number)
        deadline = time.monotonic() + END_SECONDS
        while running.alive(run.supervisor) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def status(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Tell what runs, where, and what each stage has before it.

    Exit status 3 where nothing runs.
    """
    found = _status(data_dir)
    if as_json:
        print_json(found)
    elif not found.running and not found.kafka_servers:
        tell(f"nothing runs in {data_dir}/")
    else:
        _print_status(found)
    if not found.running and not found.kafka_servers:
        raise typer.Exit(3)


def _status(data_dir: Path) -> Status:
    from parcours.embedded.plan import ANSWERS_PORT
    from parcours.embedded.ports import LOOPBACK

    run = running.find(data_dir)
    servers = door.running_environment(data_dir).get(door.KAFKA, "")
    port = run.environment.get(ANSWERS_PORT) if run else None
    return Status(
        data_dir=str(data_dir),
        running=run is not None,
        started_at=run.started_at if run else "",
        kafka_servers=servers,
        answers=f"http://{LOOPBACK}:{port}" if port else "",
        api=api_address(run) if run else "",
        processes=[_part(p) for p in (run.supervisor, *run.processes)] if run else [],
        pending=list(_pending(servers)) if servers else [],
    )


def api_address(run: running.Run) -> str:
    """Where a person finds the API and the page of a running system."""
    from parcours.embedded.plan import API_HOST, API_PORT
    from parcours.embedded.ports import LOOPBACK

    host = run.environment.get(API_HOST, LOOPBACK)
    if host in ("0.0.0.0", "::"):  # noqa: S104 - where it listens already
        host = LOOPBACK
    return f"http://{host}:{run.environment.get(API_PORT, '')}/"


def _part(process: running.Process) -> PartStatus:
    metrics = f"http://127.0.0.1:{process.metrics_port}/metrics"
    return PartStatus(
        process.name,
        process.pid,
        running.alive(process),
        metrics if process.metrics_port else "",
    )


def _pending(servers: str) -> list[object]:
    from parcours.kafka_admin import KafkaAdmin
    from parcours.log_view import pending

    with KafkaAdmin(servers) as admin:
        return list(pending(admin))


def _print_status(found: Status) -> None:
    tell(f"Kafka    {found.kafka_servers}")
    if found.answers:
        tell(f"answers  {found.answers}/query")
    if found.api:
        tell(f"page, API {found.api}")
    rows = [
        (p.name, str(p.pid), "yes" if p.alive else "no", p.metrics)
        for p in found.processes
    ]
    if rows:
        print_table(("process", "pid", "alive", "metrics"), rows)
    pending = msgspec.to_builtins(found.pending)
    print_table(
        ("stage", "topic", "pending records"),
        [(p["stage"], p["topic"], p["records"]) for p in pending],
    )


def _drain_before_end(data_dir: Path, seconds: float) -> None:
    from parcours.commands.drain import wait_until_landed
    from parcours.draining import NotDrainedError
    from parcours.kafka_admin import BrokerError, KafkaAdmin

    servers = door.settings_for(data_dir, door.KAFKA).kafka_servers
    try:
        with KafkaAdmin(servers) as admin:
            wait_until_landed(admin, seconds)
    except (NotDrainedError, BrokerError) as error:
        say(f"ending all the same: {error}")
