"""The whole period, day by day: who comes, what follows, all of it in order of time."""

import heapq
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Final

from parcours.simulating import care, mailings, rhythm, store, web
from parcours.simulating.chance import Chance, Weighted
from parcours.simulating.person import Person
from parcours.simulating.plan import Plan
from parcours.simulating.rhythm import HOUR_MS, Day
from parcours.simulating.scene import Act, Event, Shop

ZIPF_SHIFT_SHARE: Final = 0.01
"""How often a person comes is in proportion to 1 / (rank + this share of all persons):
the busiest comes twenty times as often as the mean, whatever the number of persons."""

MAILING_DAYS: Final = (1, 3)
MAILED_SHARE: Final = 0.3
"""Mails of a mailing day, as a share of its touchpoints."""

FIRST_GUESS: Final = 7.0
_ONLINE, _ADS, _STORE, _DESK, _PUSH, _BOT = range(6)
_KINDS: Final = Weighted(
    ((56, _ONLINE), (12, _ADS), (30, _STORE), (4, _DESK), (3, _PUSH), (1, _BOT))
)

_Entry = tuple[int, int, Act, Person | None, object]


def history(plan: Plan) -> Iterator[Event]:
    """Every touchpoint of the plan as it happened, in order of time."""
    return islice(_history(plan), plan.touchpoints)


def _history(plan: Plan) -> Iterator[Event]:
    shop = Shop(plan)
    days = list(rhythm.days(plan.start, plan.days))
    goals = _goals(plan.touchpoints, days)
    crowd = _Crowd(shop)
    waiting: list[Event] = []
    for day, goal in zip(days, goals, strict=True):
        crowd.spend(day, goal)
        last = day is days[-1]
        while last and shop.made < goal:
            crowd.spend(day, goal, patient=False)
        for event in shop.events:
            heapq.heappush(waiting, event)
        shop.events.clear()
        # An hour is held back for days that lose or gain one.
        while waiting and (last or waiting[0].at < day.ends - HOUR_MS):
            yield heapq.heappop(waiting)


def _goals(touchpoints: int, days: list[Day]) -> list[int]:
    """Touchpoints that there shall have been by the end of each day."""
    passed = list(accumulate(day.weight for day in days))
    goals = [int(touchpoints * weight / passed[-1]) for weight in passed]
    return [*goals[:-1], touchpoints]


class _Crowd:
    """Sends as many visitors into the shop as a day has touchpoints to spend."""

    def __init__(self, shop: Shop) -> None:
        persons = shop.plan.persons
        shift = max(1.0, persons * ZIPF_SHIFT_SHARE)
        self._shop = shop
        self._ranks = Weighted((1 / (rank + shift), rank) for rank in range(persons))
        self._mean = FIRST_GUESS
        self._mailed = 0

    def spend(self, day: Day, goal: int, *, patient: bool = True) -> None:
        """Play a day.

        Args:
            day: the day.
            goal: touchpoints that there shall have been by its end, about.
            patient: who is still busy with one thing does not begin another.
        """
        shop = self._shop
        entries: list[_Entry] = list(shop.begin(day))
        left = goal - shop.made - len(entries)
        if day.weekday in MAILING_DAYS and left > 0:
            entries += self._mails(day, int(left * MAILED_SHARE))
        visits = self._visits(day, left)
        entries += visits
        entries.sort(key=_when)
        before = shop.made
        for at, number, act, person, about in entries:
            if person is None:
                web.crawl(shop, at)
            elif number >= 0 or person.free_at < at or not patient:
                act(shop, person, at, about)
        if visits:
            spent = (shop.made - before) / len(visits)
            self._mean += (max(spent, 1.0) - self._mean) / 8

    def _mails(self, day: Day, count: int) -> list[_Entry]:
        shop = self._shop
        if not shop.subscribers:
            return []
        self._mailed += 1
        start = day.starts + 7 * HOUR_MS
        number: object = self._mailed
        return [
            (
                start + n * 40,
                n,
                mailings.mail,
                shop.chance.pick(shop.subscribers),
                number,
            )
            for n in range(count // 2)
        ]

    def _visits(self, day: Day, left: int) -> list[_Entry]:
        shop, chance = self._shop, self._shop.chance
        found: list[_Entry] = []
        number = -1
        for _ in range(int(left / self._mean + chance.below(1000) / 1000)):
            number -= 1
            kind = chance.draw(_KINDS)
            if kind == _BOT:
                found.append(
                    (rhythm.online(chance, day), number, web.visit, None, None)
                )
                continue
            person = shop.person(chance.draw(self._ranks))
            at, act = _errand(chance, day, kind, person)
            found.append((at, number, act, person, None))
        return found


def _errand(chance: Chance, day: Day, kind: int, person: Person) -> tuple[int, Act]:
    if kind == _STORE and day.open and store.welcome(person):
        return rhythm.in_store(chance, day), store.visit
    if kind == _DESK and person.customer and day.open:
        return rhythm.at_desk(chance, day), care.contact
    if kind == _ADS:
        return rhythm.online(chance, day), mailings.advertise
    if kind == _PUSH and person.app:
        return rhythm.online(chance, day), mailings.push
    return rhythm.online(chance, day), web.visit


def _when(entry: _Entry) -> tuple[int, int]:
    return entry[0], entry[1]
