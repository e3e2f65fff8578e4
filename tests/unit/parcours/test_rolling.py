"""Roll-ups beside the sink, whatever becomes of one of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from parcours.rolling import Bell, _run
from schemas.metrics import Metrics

if TYPE_CHECKING:
    import pytest


class Wrong:
    """Fails in a way that nobody thought of; the second time it is told to end."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self.count = 0

    def roll(self, _now_ms: int) -> None:
        self.count += 1
        if self.count == 2:
            self.bell.end()
        raise KeyError


def test_an_error_of_ours_ends_no_roll_up_but_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said, and the next one comes."""
    bell = Bell()
    wrong = Wrong(bell)
    _run(wrong.roll, bell, 0.001, Metrics(CollectorRegistry()))
    assert wrong.count == 2
    assert caplog.messages == ["rollup_failed error=KeyError"] * 2


def test_who_rings_waits_for_a_roll_up_of_what_had_landed() -> None:
    """It comes at once, not when its time has come; one that fails is done again."""
    bell = Bell()
    began: list[bool] = []

    def roll(_now_ms: int) -> None:
        began.append(bell.rung())
        if len(began) == 1:
            raise KeyError

    args = (roll, bell, 0.001, Metrics(CollectorRegistry()))
    thread = threading.Thread(target=_run, args=args, daemon=True)
    waits = threading.Thread(target=lambda: told.append(bell.ring(60)), daemon=True)
    told: list[bool] = []
    waits.start()
    while not bell.rung():
        pass
    thread.start()
    waits.join()
    bell.end()
    thread.join()
    assert told == [True]
    assert began[:2] == [True, True]


def test_nobody_waits_for_what_has_ended() -> None:
    """Whether they rang before or after."""
    bell = Bell()
    told: list[bool] = []
    waits = threading.Thread(target=lambda: told.append(bell.ring(60)), daemon=True)
    waits.start()
    while not bell.rung():
        pass
    bell.end()
    waits.join()
    assert told == [False]
    assert not bell.ring(60)


def test_nobody_goes_on_waiting_when_it_ends_while_others_are_answered() -> None:
    """Whoever is answered leaves the list of those who wait."""
    bell = Bell()

    class Answered(threading.Event):
        def set(self) -> None:
            bell._waiting.remove(self)
            super().set()

    waiting = [Answered() for _ in range(4)]
    bell._waiting += waiting
    bell.end()
    assert all(one.is_set() for one in waiting)
