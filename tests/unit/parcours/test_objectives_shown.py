"""How `parcours objectives` shows where objectives stand."""

import pytest

from insights.evidence import Evidence
from insights.objectives.answer import Progress
from parcours.commands.objectives import _show


def progress(value: float, elapsed: float) -> Progress:
    """An objective of so much, at so much of its period."""
    return Progress(
        name="fast", label={}, metric="median_days_to_move", phase="acquisition",
        persona="", currency="", tenant="default", channel="", store="", model="",
        at_most=True, target=14.0, from_=0, to=1, as_of=1, elapsed=elapsed, value=value,
        known=40, pending=0, expected=14.0, progress=value / 14, on_track=True,
        status="on_track", notes=[], evidence=Evidence("", "", {}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.00139, "0.001"), (0.0, "0"), (0.5, "0.5"), (1_234.5, "1,234.5")],
)
def test_what_is_small_is_not_nothing(
    value: float, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two minutes are a few thousandths of a day."""
    _show([progress(value, 0.5)])
    assert shown in capsys.readouterr().out.split()


def test_a_period_is_whole_when_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    """Not a moment before."""
    _show([progress(1.0, 0.9999), progress(1.0, 1.0)])
    words = capsys.readouterr().out.split()
    assert {"99.9%", "100.0%"} <= set(words)
