"""How long after a touchpoint is produced the journey map shows it.

    python -m bench.freshness 60000 20

An embedded system of its own: a year of so many touchpoints beforehand, then one touchpoint
after the other, each looked for on the map (without what is found) until it is there, and
then once more with all that is found.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from kafka import KafkaProducer

from parcours import running
from schemas import topics

PAUSE_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 120.0
DRAIN_SECONDS: Final = 500


def main() -> None:
    """Print each delay, then their medians and the longest."""
    size, rounds = int(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        _run(folder, "up", "--detach")
        try:
            delays = _measured(folder, size, rounds)
        finally:
            _run(folder, "down", "--now")
    for name, each in zip(
        ("numbers", "findings"), zip(*delays, strict=True), strict=True
    ):
        print(
            f"{name}: median {statistics.median(each):.2f} s, longest {max(each):.2f} s"
        )


def _measured(folder: Path, size: int, rounds: int) -> list[tuple[float, float]]:
    if size:
        made = _run(folder, "simulate", "--touchpoints", str(size))
        _run(folder, "produce", "-", given=made)
        _run(folder, "drain", "--no-settle", "--timeout", str(DRAIN_SECONDS))
    found = running.find(folder)
    if found is None:
        message = "the system does not run"
        raise RuntimeError(message)
    servers = found.environment["PARCOURS_KAFKA_SERVERS"]
    producer = KafkaProducer(bootstrap_servers=servers, enable_idempotence=False)
    address = json.loads(_run(folder, "status", "--json"))["api"]
    delays = []
    for number in range(rounds):
        before = _shown(address, "no")
        began = time.monotonic()
        producer.send(topics.RAW.name, _touchpoint(number), key=b"freshness")
        producer.flush()
        while _shown(address, "no") <= before:
            if time.monotonic() - began > PATIENCE_SECONDS:
                message = "the map never showed it"
                raise RuntimeError(message)
            time.sleep(PAUSE_SECONDS)
        numbers = time.monotonic() - began
        _shown(address, "yes")
        delays.append((numbers, time.monotonic() - began))
        print(f"{number + 1}: {numbers:.2f} s, {delays[-1][1]:.2f} s", flush=True)
    return delays


def _touchpoint(number: int) -> bytes:
    event = {
        "id": f"fresh-{number}",
        "source": "bench",
        "type": "page_viewed",
        "time": time.time_ns() // 1_000_000,
        "actor": {"customer_id": f"fresh{number}"},
    }
    return json.dumps(event).encode()


def _shown(address: str, findings: str) -> int:
    asked = f"{address}v1/map?findings={findings}"
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            total = json.load(answer)["total"]
    except urllib.error.HTTPError as error:
        if error.code != 429:
            raise
        time.sleep(float(error.headers.get("Retry-After", "1")))
        return _shown(address, findings)
    return total["touchpoints"] if total else 0


def _run(folder: Path, *arguments: str, given: str = "") -> str:
    place = () if arguments[0] == "simulate" else ("--data-dir", str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "parcours", *arguments, *place],
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    main()
