"""`run.json` and the ownership of a data folder."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from parcours import running
from parcours.running import Process, Run


def run_of(process: Process) -> Run:
    return Run(process, "2024-01-01T00:00:00+00:00", ["broker"], {"PARCOURS_X": "1"})


def test_a_running_system_is_found_again(tmp_path: Path) -> None:
    """What was written is read, as long as its supervisor lives."""
    run = run_of(running.identify("supervisor", os.getpid()))
    running.write(tmp_path, run)
    assert running.find(tmp_path) == run
    assert stat.S_IMODE((tmp_path / running.RUN_FILE).stat().st_mode) == 0o600
    running.forget(tmp_path)
    assert running.find(tmp_path) is None


def test_a_stale_run_file_counts_as_none(tmp_path: Path) -> None:
    """Neither a dead process nor another one with its number is the system."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as child:
        running.write(tmp_path, run_of(running.identify("supervisor", child.pid)))
        assert running.find(tmp_path)
        child.kill()
        child.wait()
    assert running.find(tmp_path) is None
    running.write(tmp_path, run_of(Process("supervisor", os.getpid(), "another birth")))
    assert running.find(tmp_path) is None


def test_a_broken_run_file_counts_as_none(tmp_path: Path) -> None:
    """Half a file is nobody's system."""
    (tmp_path / running.RUN_FILE).write_text('{"supervisor":')
    assert running.find(tmp_path) is None


def test_a_zombie_does_not_live() -> None:
    """A process that nobody has waited for yet has ended all the same."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    known = running.identify("child", child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not running.alive(known)
    child.wait()


def test_a_second_start_touches_nothing_of_the_first(tmp_path: Path) -> None:
    """Neither its log nor anything else, and says who runs; once what the program is."""
    running.write(tmp_path, run_of(running.identify("supervisor", os.getpid())))
    log = tmp_path / "logs" / "up.log"
    log.parent.mkdir()
    log.write_text("the first one's words")
    done = subprocess.run(
        [sys.executable, "-m", "parcours", "up", "--detach", "--data-dir", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert f"already (pid {os.getpid()})" in done.stderr
    assert done.stderr.count("parcours: ") == 1
    assert log.read_text() == "the first one's words"


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    """A second system on it says so; the kernel gives it back whatever happens."""
    with running.owned(tmp_path / "d"):
        second = running.owned(tmp_path / "d")
        with pytest.raises(running.AlreadyRunsError, match="already"):
            second.__enter__()
    with running.owned(tmp_path / "d"):
        pass


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    """Pseudonyms stay the same for ever; only the owner can read what makes them."""
    assert running.read_secret(tmp_path) is None
    made = running.make_secret(tmp_path)
    assert len(made) >= 32
    assert running.make_secret(tmp_path) == running.read_secret(tmp_path) == made
    assert stat.S_IMODE((tmp_path / running.SECRET_FILE).stat().st_mode) == 0o600


def test_an_emptied_secret_is_an_error_not_a_new_one(tmp_path: Path) -> None:
    """A new one would make strangers of all persons."""
    (tmp_path / running.SECRET_FILE).touch()
    with pytest.raises(ValueError, match="put its backup back"):
        running.make_secret(tmp_path)
