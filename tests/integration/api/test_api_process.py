"""`parcours api` as a process of its own, on a store that nobody else has open."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.servers.ports import LOOPBACK, Ports

pytest.importorskip("chdb")
pytestmark = pytest.mark.clickhouse

REPO = Path(__file__).parents[3]


def test_it_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    """It answers, shows its metrics on a port of their own, and ends with status 0."""
    with Ports(2) as ports:
        port, metrics = ports.numbers
        environment = {k: v for k, v in os.environ.items() if "PARCOURS" not in k} | {
            "PARCOURS_CLICKHOUSE_URL": f"chdb://{tmp_path}/store",
            "PARCOURS_API_PORT": str(port),
            "PARCOURS_API_METRICS_PORT": str(metrics),
        }
        parcours = (sys.executable, "-m", "parcours")
        subprocess.run([*parcours, "migrate"], env=environment, cwd=REPO, check=True)
        folder = ("--data-dir", str(tmp_path))
        with subprocess.Popen(
            [*parcours, "api", *folder], env=environment, cwd=REPO, stderr=-1, text=True
        ) as process:
            try:
                _until_it_answers(f"http://{LOOPBACK}:{metrics}/metrics", process)
                address = f"http://{LOOPBACK}:{port}"
                assert httpx.get(f"{address}/ready", timeout=30).is_success
                assert httpx.get(f"{address}/v1/summary", timeout=30).is_success
                shown = httpx.get(f"http://{LOOPBACK}:{metrics}/metrics").text
                assert 'parcours_api_requests_total{route="/v1/summary"' in shown
            finally:
                process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=30)[1]
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """In a sentence, with the setting that names another one."""
    with Ports(1) as ports, socket.socket() as other:
        other.bind((LOOPBACK, ports.numbers[0]))
        other.listen()
        environment = {k: v for k, v in os.environ.items() if "PARCOURS" not in k} | {
            "PARCOURS_CLICKHOUSE_URL": f"chdb://{tmp_path}/store",
            "PARCOURS_API_PORT": "0",
            "PARCOURS_API_METRICS_PORT": str(ports.numbers[0]),
        }
        parcours = (sys.executable, "-m", "parcours")
        subprocess.run([*parcours, "migrate"], env=environment, cwd=REPO, check=True)
        done = subprocess.run(
            [*parcours, "api", "--data-dir", str(tmp_path)],
            env=environment,
            cwd=REPO,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 78
    assert "PARCOURS_API_METRICS_PORT names another port" in done.stderr
    assert "Traceback" not in done.stderr


def _until_it_answers(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            if httpx.get(address).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("it never answered")
