"""`parcours up` watches real child processes: restarts, order of ending, no orphans."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parcours import running
from parcours.embedded.ports import free_ports

# Stands for a worker or sink: answers /metrics, notes its pid, and its end.
PART = """
import http.server, os, signal, sys
name, folder, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
def note(file, text):
    with open(os.path.join(folder, file), "a") as f:
        f.write(text + "\\n")
def end(*_):
    note("ended", name)
    os._exit(0)
signal.signal(signal.SIGTERM, end)
verdict = os.path.join(folder, name + ".code")
if os.path.exists(verdict):
    print("last words of", name, flush=True)
    sys.exit(int(open(verdict).read()))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", port), Handler)
note(name + ".pids", str(os.getpid()))
server.serve_forever()
"""

SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from parcours.embedded.children import Backoff, Command
from parcours.embedded.plan import Plan
from parcours.embedded.supervisor import Supervisor, SystemFailedError
folder, part, *ports = sys.argv[1:]
path = Path(folder)
def command(name, port):
    arguments = (sys.executable, "-c", part, name, folder, port)
    return Command(name, arguments, {}, path / "logs" / (name + ".log"), int(port))
prepare = Command("prepare", (sys.executable, "-c", ""), {}, path / "logs/prepare.log")
workers = tuple(command("worker-%d" % n, p) for n, p in enumerate(ports[2:], 1))
plan = Plan(path, {}, None, prepare, command("sink", ports[0]), workers, (),
            command("api", ports[1]))
say = lambda text: print(text, flush=True)
try:
    asyncio.run(Supervisor(plan, say, Backoff(0.01, 0.05)).run())
except SystemFailedError as error:
    sys.exit(str(error))
"""


class System:
    """A supervisor with a sink and workers of ours."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder
        ports = map(str, free_ports(2 + workers))
        arguments = (sys.executable, "-c", SUPERVISOR, str(folder), PART, *ports)
        self.process = subprocess.Popen(
            arguments,
            stdout=-1,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def serving(self) -> bool:
        """Whether it says so."""
        run = running.find(self.folder)
        return run is not None and run.supervisor.pid == self.process.pid

    def pid(self, name: str) -> int:
        """Of the newest run of a part."""
        return int(self.notes(f"{name}.pids")[-1])

    def notes(self, file: str) -> list[str]:
        """What the parts noted."""
        path = self.folder / file
        return path.read_text().split() if path.exists() else []


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    started = System(tmp_path)
    try:
        until(started.serving)
        yield started
    finally:
        started.process.kill()
        started.process.wait()


def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition; fail where it does not come to hold."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


def test_a_killed_part_is_started_again(system: System) -> None:
    """With SIGKILL too; the others go on, and run.json tells the new pid."""
    before, other = system.pid("worker-1"), system.pid("sink")
    os.kill(before, signal.SIGKILL)
    until(lambda: system.pid("worker-1") != before)

    def told() -> bool:
        run = running.find(system.folder)
        pids = {p.name: p.pid for p in run.processes} if run else {}
        return pids.get("worker-1") == system.pid("worker-1")

    until(told)
    assert system.pid("sink") == other


def test_parts_end_in_order_on_sigterm(system: System) -> None:
    """Who asks, workers, then the sink that lands what they wrote; nothing is left."""
    pids = [system.pid(name) for name in ("api", "worker-1", "worker-2", "sink")]
    system.process.send_signal(signal.SIGTERM)
    assert system.process.wait(30) == 0
    ended = system.notes("ended")
    assert ended[0] == "api"
    assert set(ended[1:3]) == {"worker-1", "worker-2"}
    assert ended[3:] == ["sink"]
    assert not any(running.born(pid) for pid in pids)
    assert running.read(system.folder) is None


def test_a_part_that_must_stay_down_ends_all_and_says_why(system: System) -> None:
    """78 is the worker's word that a restart cannot help."""
    (system.folder / "worker-2.code").write_text("78")
    os.kill(system.pid("worker-2"), signal.SIGKILL)
    output, _ = system.process.communicate(timeout=30)
    assert system.process.returncode == 1
    assert "worker-2: exit code 78\nlast words of worker-2" in output
    assert not running.born(system.pid("sink"))


@pytest.mark.skipif(sys.platform != "linux", reason="the tether is Linux's")
def test_no_orphans_are_left_by_a_killed_supervisor(system: System) -> None:
    """The kernel ends the parts when the supervisor is killed."""
    pids = [system.pid(name) for name in ("worker-1", "worker-2", "sink")]
    system.process.kill()
    until(lambda: not any(running.born(pid) for pid in pids))
    assert running.find(system.folder) is None


def test_a_part_that_never_serves_is_given_up(tmp_path: Path) -> None:
    """Several tries, then its last words, and the others are ended."""
    (tmp_path / "sink.code").write_text("1")
    system = System(tmp_path, workers=1)
    output, _ = system.process.communicate(timeout=60)
    assert system.process.returncode == 1
    assert "sink: exit code 1\nlast words of sink" in output
    assert output.count("sink ended (exit code 1)") == 4
    assert not (tmp_path / running.RUN_FILE).exists()
