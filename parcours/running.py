"""`run.json`: what runs on a data folder, written when everything answers."""

import contextlib
import fcntl
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

RUN_FILE: Final = "run.json"
LOCK_FILE: Final = "lock"
DEMO_FILE: Final = "demo"
SECRET_FILE: Final = "secret"  # noqa: S105 - the name of the file, not the secret


class AlreadyRunsError(RuntimeError):
    """A data folder belongs to a running system."""


class Process(msgspec.Struct, frozen=True):
    """One process of a system.

    Attributes:
        born: when the kernel says it started, as opaque text: with `pid`, its identity.
        metrics_port: where its `/metrics` is; 0 for none.
    """

    name: str
    pid: int
    born: str
    metrics_port: int = 0


class Run(msgspec.Struct, frozen=True):
    """A running system, for the other commands to find it.

    Attributes:
        supervisor: the `parcours up` that watches the others.
        started_at: UTC, RFC 3339.
        embedded: parts that live in this system: `broker`, `store`.
        environment: `PARCOURS_*` of its processes, without the pseudonym key.
        processes: broker, sink and workers.
    """

    supervisor: Process
    started_at: str
    embedded: list[str]
    environment: dict[str, str]
    processes: list[Process] = []


def born(pid: int) -> str | None:
    """When a process started, as text to compare; None where no such process lives."""
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.joinpath("self").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        # Field 3 is the state (a zombie is dead), field 22 the start in clock ticks.
        return None if fields[0] == "Z" else fields[19]
    asked = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or None


def identify(name: str, pid: int, metrics_port: int = 0) -> Process:
    """Name a process that runs now."""
    return Process(name, pid, born(pid) or "", metrics_port)


def alive(process: Process) -> bool:
    """Whether that very process runs still, and not another with its number."""
    return born(process.pid) == process.born


@contextlib.contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """Own a data folder, made where it is not there, for the time of a `with`.

    The kernel gives the lock back whatever ends us.

    Raises:
        AlreadyRunsError: another system runs on it.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data_dir / LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunsError(_already(data_dir, find(data_dir))) from None
        yield


def refuse_second(data_dir: Path) -> None:
    """Refuse to start what runs already, before anything of it is touched.

    Raises:
        AlreadyRunsError: a system runs on the folder.
    """
    if run := find(data_dir):
        raise AlreadyRunsError(_already(data_dir, run))


def _already(data_dir: Path, run: Run | None) -> str:
    pid = f" (pid {run.supervisor.pid})" if run else ""
    return f"a system runs in {data_dir}/ already{pid}; see `parcours status`"


def write(data_dir: Path, run: Run) -> None:
    """Write `run.json` in one step: a reader sees all of it or nothing.

    Only its owner can read it: it holds the token of the answers endpoint.
    """
    text = msgspec.json.format(msgspec.json.encode(run), indent=2)
    beside = data_dir / f".{RUN_FILE}.{os.getpid()}"
    beside.touch(mode=0o600)
    beside.write_bytes(text)
    beside.replace(data_dir / RUN_FILE)


def read(data_dir: Path) -> Run | None:
    """What `run.json` says, be it true or stale; None where there is none."""
    try:
        return msgspec.json.decode((data_dir / RUN_FILE).read_bytes(), type=Run)
    except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
        return None


def find(data_dir: Path) -> Run | None:
    """The system that runs on a folder now; a stale `run.json` counts as none."""
    run = read(data_dir)
    return run if run and alive(run.supervisor) else None


def forget(data_dir: Path) -> None:
    """Remove `run.json`."""
    (data_dir / RUN_FILE).unlink(missing_ok=True)


def mark_demo(data_dir: Path) -> None:
    """Note that a folder holds the demo's data and nothing else."""
    (data_dir / DEMO_FILE).touch()


def holds_demo_only(data_dir: Path) -> bool:
    """Whether a folder holds the demo's data and nothing else."""
    return (data_dir / DEMO_FILE).exists()


def mark_used(data_dir: Path) -> None:
    """Note that a folder holds, or will hold, somebody's own data."""
    (data_dir / DEMO_FILE).unlink(missing_ok=True)


def read_secret(data_dir: Path) -> str | None:
    """The folder's pseudonym key; None where it has none yet."""
    try:
        return (data_dir / SECRET_FILE).read_text().strip() or None
    except (FileNotFoundError, NotADirectoryError):
        return None


def make_secret(data_dir: Path) -> str:
    """The folder's pseudonym key, made at first: pseudonyms stay the same for ever."""
    with contextlib.suppress(FileExistsError):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        handle = os.open(data_dir / SECRET_FILE, flags, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    known = read_secret(data_dir)
    if known is None:
        message = f"{data_dir / SECRET_FILE} is empty; put its backup back"
        raise ValueError(message)
    return known
