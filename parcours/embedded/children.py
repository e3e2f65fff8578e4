"""Child processes: started with a log and a tether, ended by pid, restarted."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from parcours import running
from parcours.embedded import tether

LOG_BYTES_KEPT: Final = 16 << 20
TAIL_BYTES: Final = 3000


@dataclass(frozen=True)
class Command:
    """What to run.

    Attributes:
        name: also the name of its log file.
        arguments: program and arguments.
        environment: all of its environment.
        log: file to which it writes.
        metrics_port: where it answers `/metrics`; 0 where it does not.
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    metrics_port: int = 0


@dataclass(frozen=True)
class Backoff:
    """How long to wait before a restart.

    Attributes:
        first_seconds: before the first restart; doubled each time.
        most_seconds: never longer.
        calm_seconds: a process that lived so long starts over at the first.
    """

    first_seconds: float = 0.5
    most_seconds: float = 30.0
    calm_seconds: float = 60.0

    def seconds(self, crashes: int) -> float:
        """The wait after so many crashes in a row (1 for the first)."""
        return min(self.most_seconds, self.first_seconds * 2.0 ** min(crashes - 1, 30))


class Child:
    """One run of a command.

    It has a session of its own, so that Ctrl-C at the terminal reaches the supervisor
    alone, which ends its children in order.
    """

    def __init__(
        self, command: Command, process: asyncio.subprocess.Process, begins: int
    ) -> None:
        self.command = command
        self._process = process
        self._begins = begins
        self.identity = running.identify(
            command.name, process.pid, command.metrics_port
        )

    @classmethod
    async def start(cls, command: Command) -> "Child":
        """Start it; its output is appended to its log."""
        with _open_log(command.log) as log:
            begins = log.tell()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid())),
                *command.arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(command.environment),
                start_new_session=True,
            )
        return cls(command, process, begins)

    @property
    def code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self._process.returncode

    async def wait(self) -> int:
        """Wait for its end; return its code."""
        return await self._process.wait()

    async def stop(self, grace_seconds: float) -> int:
        """Ask it to end; kill it where it does not within the grace period."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), grace_seconds)
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        return await self._process.wait()

    def last_words(self) -> str:
        """The end of what it wrote to its log: whole lines, none of an earlier run."""
        with self.command.log.open("rb") as log:
            tail = log.seek(0, os.SEEK_END) - TAIL_BYTES
            log.seek(max(self._begins, tail))
            if tail > self._begins:
                log.readline()  # cut
            return log.read().decode(errors="replace").strip()


@dataclass
class Kept:
    """A command that is started again whenever it crashes.

    Attributes:
        command: what to keep running.
        final: told an exit code and how often it was started again already, says
            whether it must not be started once more.
        say: told, in words, what happened.
        started: called whenever a run of it starts.
        backoff: waits between restarts.
        child: the newest run.
        restarts: how often it was started again.
        ended: it will not be started again.
    """

    command: Command
    final: Callable[[int, int], bool]
    say: Callable[[str], None]
    started: Callable[[], None]
    backoff: Backoff = field(default_factory=Backoff)
    child: Child | None = None
    restarts: int = 0
    ended: bool = False

    async def run(self) -> int:
        """Keep it running; return the code after which it must not run again."""
        crashes = 0
        loop = asyncio.get_running_loop()
        while True:
            since = loop.time()
            self.child = await Child.start(self.command)
            self.started()
            code = await self.child.wait()
            if self.final(code, self.restarts):
                self.ended = True
                return code
            if loop.time() - since > self.backoff.calm_seconds:
                crashes = 0
            crashes += 1
            seconds = self.backoff.seconds(crashes)
            self.say(
                f"{self.command.name} ended ({describe(code)}); again in {seconds:g} s"
            )
            await asyncio.sleep(seconds)
            self.restarts += 1

    async def stop(self, grace_seconds: float) -> None:
        """End the present run; `run` must have been cancelled."""
        if self.child:
            await self.child.stop(grace_seconds)


def describe(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def _open_log(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES_KEPT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
