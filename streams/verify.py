"""Proof that the order of arrival does not matter: one history, folded in many orders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from random import Random
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from schemas.failure import Rejected
from schemas.touchpoint import Touchpoint
from streams.differing import NOTHING, difference, hashes_of, settled
from streams.enrich.identify import Identifier
from streams.fold import BATCH, Folded, fold
from streams.journey.live import Rules
from streams.journey.policy import SessionPolicy

AT_ONCE: Final = "at once"
"""In order of time, while time stands still until the end: what SHUFFLED is held to."""

SHUFFLED: Final = "shuffled"
"""Any order at all, with time standing still until everything is there: then no
touchpoint is late, however far from its place it comes."""

IN_TIME: Final = "in time"
"""In order of time, as if nothing had come late: what DELAYED is held to. It is held to
AT_ONCE itself, but for what was settled on the way (`differing.settled`): nothing is,
while time stands still."""

DELAYED: Final = "delayed"
"""Every touchpoint delayed by up to what its channel's lateness allows, while time goes
on as it would live; held to IN_TIME but for what was settled in one of the two."""

BATCHES: Final = (8, 60)
"""Into how many batches an order is cut, where that makes none too large."""

_encode = json.Encoder(order="sorted").encode


class Verdict(Struct, omit_defaults=True):
    """What one order of arrival came to.

    Attributes:
        number: 0 for the order of time, then from 1 on.
        order: AT_ONCE, SHUFFLED, IN_TIME or DELAYED.
        sha256: hash of the four that follow.
        sessions: hash of all sessions, without their revisions.
        states: hash of what the states promise to their readers.
        transitions: hash of all transitions, without their revisions.
        threads: hash of all carts, orders, returns and tickets, without revisions.
        given_up: touchpoints that counted as late, which in none of these orders one
            may: a state's bound was reached.
        given_up_by: persons whose touchpoints they are.
        bounded: persons of whom a state could not keep all that was still open to
            correction.
        crowded: persons of whom a state could not keep all carts, orders, returns and
            tickets.
        joined_later: persons who were found to be one when sessions of theirs were
            final, in this order or in that which it is held to, but not in both; or
            when carts and orders had left.
        parted_later: persons who were found not to be one when something that they had
            together was final, in one of the two.
        difference: the first difference from the order of time, in words, apart from
            these persons' sessions: of those the sums.
    """

    number: int
    order: str
    sha256: str
    sessions: str
    states: str
    transitions: str
    threads: str
    given_up: int = 0
    given_up_by: int = 0
    bounded: int = 0
    crowded: int = 0
    joined_later: int = 0
    parted_later: int = 0
    difference: str = ""

    @property
    def holds(self) -> bool:
        """Whether this order came to the same, and gave nothing up."""
        return not self.given_up and not self.difference


@dataclass(slots=True)
class History:
    """Raw touchpoints with what decides about their order.

    Attributes:
        lines: raw touchpoints that are accepted, in order of time.
        times: when each happened, epoch milliseconds.
        channels: where each happened.
        refused: how many lines are no touchpoints; they are left out of every order.
        repeated: how many say again what another one said.
        contradicting: how many say something else under the identity of another one:
            then which of them comes first does matter.
        received_at: when all of it is taken to have been received.
    """

    received_at: int
    lines: list[bytes] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    refused: int = 0
    repeated: int = 0
    contradicting: int = 0


def history(
    lines: Iterable[bytes], identifier: Identifier, *, received_at: int
) -> History:
    """Read raw touchpoints, and put them in order of time.

    Args:
        lines: one raw touchpoint each, JSON.
        identifier: the rule of the first agent.
        received_at: when they are taken to have been received, epoch milliseconds.
    """
    found = History(received_at)
    said: dict[tuple[str, ...], bytes] = {}
    order: list[tuple[int, int, str, str, bytes, str]] = []
    for line in lines:
        one = identifier.identify(
            line,
            received_at=received_at,
            raw_log="verify",
            raw_partition=0,
            raw_offset=0,
        )
        if isinstance(one, Rejected):
            found.refused += 1
            continue
        order.append((one.occurred_at, one.seq, one.source, one.id, line, one.channel))
        identity = (one.tenant, one.source, one.id)
        content = _content(one)
        if identity in said:
            found.repeated += 1
            found.contradicting += said[identity] != content
        else:
            said[identity] = content
    order.sort()
    found.lines = [entry[4] for entry in order]
    found.times = [entry[0] for entry in order]
    found.channels = [entry[5] for entry in order]
    return found


def verdicts(  # noqa: PLR0913 what is folded, and how often
    past: History,
    identifier: Identifier,
    rules: Rules,
    *,
    permutations: int,
    delays: int,
    seed: int,
) -> Iterator[Verdict]:
    """Fold a history in order of time, then in random orders, which are compared with it.

    First all at once, and shuffled; then with time going on, and delayed.

    Args:
        past: the history.
        identifier: the rule of the first agent.
        rules: session policy and journey models.
        permutations: how many shuffled orders.
        delays: how many delayed ones; where none is asked for, time never goes on.
        seed: of what is random.
    """
    random = Random(seed)  # noqa: S311 - no secret is made of it

    def folded(lines: list[bytes], order: str, size: int = BATCH) -> Folded:
        return fold(
            lines,
            identifier,
            rules,
            received_at=past.received_at,
            close=True,
            still=order in {AT_ONCE, SHUFFLED},
            batch_size=size,
        )

    def cut() -> int:
        # However the log is cut into batches must not matter either.
        return max(1, min(BATCH, len(past.lines) // random.randint(*BATCHES)))

    at_once = folded(past.lines, AT_ONCE)
    first = _verdict(0, AT_ONCE, at_once)
    yield first
    for number in range(1, permutations + 1):
        lines = past.lines.copy()
        random.shuffle(lines)
        found = folded(lines, SHUFFLED, cut())
        verdict = _verdict(number, SHUFFLED, found)
        _compare(verdict, first, at_once, found)
        yield verdict
    if not delays:
        return
    in_time = folded(past.lines, IN_TIME)
    second = _verdict(0, IN_TIME, in_time)
    _compare(second, first, in_time, at_once)
    yield second
    for number in range(1, delays + 1):
        found = folded(_delayed(past, rules.policy, random), DELAYED, cut())
        verdict = _verdict(number, DELAYED, found)
        _compare(verdict, second, in_time, found)
        yield verdict


def _compare(
    verdict: Verdict, expected: Verdict, reference: Folded, found: Folded
) -> None:
    """Say in a verdict in what it differs from the one that it is held to.

    Args:
        verdict: takes up what is found.
        expected: the one that it is held to.
        reference: of the two results the one that is called the order of time.
        found: the other.
    """
    if verdict.sha256 == expected.sha256:
        return
    apart = NOTHING
    if verdict.order != SHUFFLED:
        apart = settled(reference, found)
        verdict.joined_later = len(apart.joined | apart.left)
        verdict.parted_later = len(apart.parted)
    verdict.difference = difference(reference, found, apart)


def _content(touchpoint: Touchpoint) -> bytes:
    """A digest of what a touchpoint says, without when it was sent."""
    said = _encode(replace(touchpoint, sent_at=None))
    return blake2b(said, digest_size=8).digest()


def _delayed(past: History, policy: SessionPolicy, random: Random) -> list[bytes]:
    arrivals = []
    for at, channel, line in zip(past.times, past.channels, past.lines, strict=True):
        # Up to the bound and including it: a touchpoint is late a millisecond later.
        share = min(1.0, random.random() * 1.1)
        delay = int(policy.rule(channel).lateness_ms * share)
        arrivals.append((at + delay, random.random(), line))
    arrivals.sort()
    return [line for _, _, line in arrivals]


def _verdict(number: int, order: str, folded: Folded) -> Verdict:
    hashes = hashes_of(folded)
    whole = sha256("".join(hashes).encode()).hexdigest()
    late = sum(state.late > 0 for state in folded.states)
    bounded = sum("facts" in state.given_up for state in folded.states)
    crowded = sum("threads" in state.given_up for state in folded.states)
    return Verdict(
        number,
        order,
        whole,
        *hashes,
        given_up=folded.late,
        given_up_by=late,
        bounded=bounded,
        crowded=crowded,
    )
