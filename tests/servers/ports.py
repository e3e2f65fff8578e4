"""Free loopback ports that nobody else takes between the choice and the use."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path
from typing import Self

LOOPBACK = "127.0.0.1"
# Below the range the kernel hands to outgoing connections (32768 and up on Linux,
# 49152 and up elsewhere): no client socket of this machine can slip in.
PORTS = range(20_000, 32_000)


class Ports:
    """A few free ports, ours until closed, also while no server listens on them.

    Each is guarded by a lock file that every test process of this user respects;
    the kernel drops the locks of a process that dies. So a server can be killed and
    started again on the same port while other tests run beside.
    """

    def __init__(self, count: int) -> None:
        """Reserve `count` ports; raises `RuntimeError` when so many are not free."""
        self.numbers: list[int] = []
        self._locks: list[int] = []
        for port in secrets.SystemRandom().sample(PORTS, k=len(PORTS)):
            if len(self.numbers) == count:
                return
            self._reserve(port)
        self.close()
        message = f"fewer than {count} ports are free in {PORTS}"
        raise RuntimeError(message)

    def __enter__(self) -> Self:
        """Hold the ports for a block."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Give the ports back."""
        self.close()

    def close(self) -> None:
        """Give the ports back; a second call does nothing."""
        while self._locks:
            os.close(self._locks.pop())

    def _reserve(self, port: int) -> None:
        """Take this port when it is neither reserved nor in use."""
        folder = Path(tempfile.gettempdir()) / f"parcours-ports-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.bind((LOOPBACK, port))
        except OSError:
            os.close(lock)
            return
        self._locks.append(lock)
        self.numbers.append(port)


def listening(port: int) -> bool:
    """Whether some server accepts connections on this port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0
