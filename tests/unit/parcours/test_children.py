"""What is told of a part that ended."""

import asyncio
import sys
from pathlib import Path

from parcours.embedded.children import TAIL_BYTES, Child, Command


def last_words(log: Path, said: str) -> str:
    async def run() -> str:
        code = f"print({said!r}, flush=True)"
        child = await Child.start(
            Command("part", (sys.executable, "-c", code), {}, log)
        )
        await child.wait()
        return child.last_words()

    return asyncio.run(run())


def test_last_words_are_of_this_run_alone(tmp_path: Path) -> None:
    """What an earlier run said may no longer be true."""
    log = tmp_path / "logs" / "part.log"
    assert last_words(log, "no such file") == "no such file"
    assert last_words(log, "no such key") == "no such key"
    assert log.read_text().split("\n")[0] == "no such file"


def test_of_many_words_the_last_whole_lines_are_told(tmp_path: Path) -> None:
    """No line is cut in its middle."""
    lines = [f"line {number}" for number in range(TAIL_BYTES)]
    told = last_words(tmp_path / "part.log", "\n".join(lines)).split("\n")
    assert told == lines[-len(told) :]
    assert 1 < len(told) < len(lines)
