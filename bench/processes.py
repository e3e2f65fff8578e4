"""Child processes of a benchmark: started, measured and ended by process id."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

POLL_SECONDS: Final = 0.05
STOP_SECONDS: Final = 10.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
# Reads until our end of the pipe closes, which it does whatever ends us, then kills.
_GUARD: Final = 'read -r _; kill -9 "$1" 2>/dev/null'


class PartError(RuntimeError):
    """A part of the benchmark could not be measured; says why."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process, in MB (2**20 bytes)."""

    now_mb: float
    peak_mb: float


class Child:
    """A process of the benchmark; it never outlives us.

    Args:
        name: what it is called in messages and the name of its log.
        command: program and arguments.
        environment: all of its environment variables.
        log: file that its output is appended to.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        """Start it."""
        log.parent.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.pid = self._process.pid
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", str(self.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        """Own it for a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def cpu_seconds(self) -> float:
        """User and system time that it has used so far, all threads."""
        fields = self._stat()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> Memory:
        """What it holds now, and the most it ever held."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        sizes = dict(line.split(":", 1) for line in status.splitlines())
        now, peak = (int(sizes[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))
        return Memory(now, peak)

    def check(self) -> None:
        """Raise `PartError` when it has ended; nothing of ours ends by itself."""
        if self.code is not None:
            message = f"{self.name} ended with code {self.code}: {self.last_words()}"
            raise PartError(message)

    def wait(self, seconds: float) -> int:
        """Wait for its end; raise `PartError` after so many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            message = f"{self.name} did not end in {seconds:g} s"
            raise PartError(message) from None

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.code is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._reap()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._reap()

    def last_words(self) -> str:
        """The last line of its log; the rest of it is in the folder of the run."""
        lines = self._log.read_text(errors="replace").splitlines()
        return next(
            (line for line in reversed(lines) if line.strip()), "it said nothing"
        )

    def _reap(self) -> None:
        self._process.wait()
        self._guard.kill()
        self._guard.communicate()

    def _stat(self) -> list[str]:
        # The name in brackets may hold spaces: what follows it is regular.
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()


def wait_for(
    what: str, check: Callable[[], bool], seconds: float, *children: Child
) -> None:
    """Wait until `check` holds.

    Args:
        what: the condition in words, for the message.
        check: asked again and again.
        seconds: how long at most.
        children: processes that must not end meanwhile.

    Raises:
        PartError: it did not come true in time, or a process ended.
    """
    deadline = time.monotonic() + seconds
    while not check():
        for child in children:
            child.check()
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds:g} s"
            raise PartError(message)
        time.sleep(POLL_SECONDS)
