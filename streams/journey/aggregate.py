"""The aggregate of a state: what its touchpoints come to, one by one or added up.

A field of the aggregate is either a *sum* over distinct facts or a *mark* (a minimum, a
maximum, the earliest or the newest of something), which a fact counted twice does not
change. Whoever adds a field adds a line to `count` and
    for a sum: a line to `uncount` and to `add_sums`;
    for a mark: a line to `join_marks`.
Sums are whole numbers, so that what was added can be taken away again exactly.
"""

from schemas.facts import Fact
from schemas.journey import JourneyState
from streams.journey.belonging import CONCERNED
from streams.journey.known import identities
from streams.journey.marks import keep, merge
from streams.journey.model import Models
from streams.journey.policy import SessionPolicy
from streams.journey.statements import unite_statements
from streams.journey.thread_marks import fold_threads, merge_threads


def count(state: JourneyState, fact: Fact) -> None:
    """Count a fact that is new to the state, but for session, milestones and threads."""
    at = fact.at
    state.touchpoints += 1
    counts = state.counts
    counts[fact.type] = counts.get(fact.type, 0) + 1
    channels = state.channels
    channels[fact.channel] = channels.get(fact.channel, 0) + 1
    if at > state.last_at:  # noqa: PLR1730 a call for every touchpoint
        state.last_at = at
    if at < state.first_at or not state.first_at:
        state.first_at = at
    if fact.type == "order_completed":
        state.orders += 1
        if fact.currency:
            value = state.value_minor
            value[fact.currency] = value.get(fact.currency, 0) + fact.value_minor


def count_fully(
    state: JourneyState, fact: Fact, policy: SessionPolicy, models: Models
) -> None:
    """Count a fact whose marks the state may have already, milestones and threads too."""
    count(state, fact)
    keep(state, fact, models)
    if fact.type in CONCERNED:
        fold_threads(state, fact, policy.threads)


def uncount(state: JourneyState, fact: Fact) -> None:
    """Take a fact out of the sums; marks stay."""
    state.touchpoints -= 1
    _take_one(state.counts, fact.type)
    _take_one(state.channels, fact.channel)
    if fact.type == "order_completed":
        state.orders -= 1
        if fact.currency:
            state.value_minor[fact.currency] -= fact.value_minor


def add_sums(state: JourneyState, other: JourneyState) -> None:
    """Add the sums of another state, over other touchpoints, in place."""
    state.touchpoints += other.touchpoints
    state.orders += other.orders
    _add(state.counts, other.counts)
    _add(state.channels, other.channels)
    _add(state.value_minor, other.value_minor)
    state.sessions_total += other.sessions_total
    state.late += other.late


def join_marks(
    state: JourneyState, other: JourneyState, policy: SessionPolicy, models: Models
) -> None:
    """Join the marks of another state, over whatever touchpoints, in place."""
    if other.first_at and (not state.first_at or other.first_at < state.first_at):
        state.first_at = other.first_at
    state.last_at = max(state.last_at, other.last_at)
    unite_statements(state, other, policy)  # facts, facts_at, consent, consent_at
    # Of state.milestones, state.value_marks, state.first_marks and state.activity.
    merge(state, other, models)
    state.known = _all_known(state.known, other.known)
    state.uncounted = _all_known(state.uncounted, other.uncounted)
    # Of state.threads and state.threads_left.
    merge_threads(state, other, policy.threads)


def _add(sums: dict[str, int], others: dict[str, int]) -> None:
    for name, number in others.items():
        sums[name] = sums.get(name, 0) + number


def _take_one(counts: dict[str, int], name: str) -> None:
    counts[name] -= 1
    if not counts[name]:
        del counts[name]


def _all_known(one: bytes, other: bytes) -> bytes:
    if not one or not other:
        return one or other
    new = identities(other) - identities(one)
    return b"".join(sorted(new)) + one
