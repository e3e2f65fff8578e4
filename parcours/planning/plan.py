"""Who would move from where to where, if another journey model were to apply."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from parcours.planning.replay import Replayed
from schemas.topics import record_key
from streams.enrich.identify import Identifier
from streams.fold import fold
from streams.journey.live import Rules
from streams.journey.model import models_of
from streams.journey.model_spec import ModelError, ModelSpec
from streams.partition import partition_of

MINUTE_MS: Final = 60_000


class Move(msgspec.Struct):
    """Persons that one change of phase would concern.

    Attributes:
        from_phase: where they stand; empty for nowhere yet.
        to_phase: where they would stand; empty for nowhere any more.
        examples: some of them, as `tenant/person_id`.
    """

    from_phase: str
    to_phase: str
    persons: int
    examples: list[str]


class Plan(msgspec.Struct):
    """What a model would change.

    Attributes:
        model: its name.
        version: its version.
        persons: whose past was replayed.
        moving: those that would be in another phase; the sum of `moves`.
        unchanged: those that would not.
        new: those that stand nowhere in this model now, moving or not.
        restated: unchanged ones whose transitions would carry another version.
        touchpoints: replayed.
        moves: the commonest first.
    """

    model: str
    version: int
    persons: int = 0
    moving: int = 0
    unchanged: int = 0
    new: int = 0
    restated: int = 0
    touchpoints: int = 0
    moves: list[Move] = []


class Clock:
    """The event time that each person's partition has reached.

    Args:
        watermarks: by partition of the journey agent.
        partitions: how many there are; 0 where no Kafka was asked.
        otherwise: time of the persons of a partition without a watermark.
    """

    def __init__(
        self, watermarks: Mapping[int, int], partitions: int, otherwise: int
    ) -> None:
        self._watermarks = watermarks
        self._partitions = partitions
        self._otherwise = otherwise

    def at(self, tenant: str, person_id: str) -> int:
        """Event time for a person, epoch milliseconds; by the minute, as silences are."""
        now = self._otherwise
        if self._partitions:
            key = record_key(tenant, person_id)
            now = self._watermarks.get(partition_of(key, self._partitions), now)
        return now // MINUTE_MS * MINUTE_MS


def plan(
    spec: ModelSpec, persons: Iterable[Replayed], clock: Clock, examples: int
) -> Plan:
    """Compare replayed pasts with present positions.

    Args:
        spec: the model.
        persons: everybody's past and position.
        clock: until when silences are told.
        examples: how many persons to name for each move.
    """
    found = Plan(spec.name, spec.version)
    moves: dict[tuple[str, str], Move] = {}
    for one in persons:
        now = one.position
        # A log that was made anew may not have got as far as the one before it.
        until = max(clock.at(one.tenant, now.person_id), now.told_until)
        path = one.path(until)
        phase = path[-1].phase if path else ""
        name = f"{one.tenant}/{now.person_id}"
        _count(found, moves, (now.phase, phase), name, examples)
        if phase == now.phase and phase and now.version != spec.version:
            found.restated += 1
    return _sorted(found, moves)


def plan_offline(  # noqa: PLR0913 each is one input
    spec: ModelSpec,
    current: Rules,
    lines: Iterable[bytes],
    again: Iterable[bytes],
    *,
    identifier: Identifier,
    received_at: int,
    examples: int,
) -> Plan:
    """Compare what a file of raw touchpoints comes to by the current models and by one.

    Args:
        spec: the model.
        current: the rules that hold now.
        lines: the file's lines.
        again: the same lines once more.
        identifier: the rule of the first agent.
        received_at: when they are taken to have been received, epoch milliseconds.
        examples: how many persons to name for each move.
    """
    other = Rules(current.policy, models_of([spec]))
    now = fold(lines, identifier, current, received_at=received_at)
    then = fold(again, identifier, other, received_at=received_at)
    found = Plan(spec.name, spec.version, touchpoints=then.touchpoints)
    before = {(s.tenant, s.person_id): s.models.get(spec.name) for s in now.states}
    moves: dict[tuple[str, str], Move] = {}
    for state in then.states:
        known = before[state.tenant, state.person_id]
        was = known.phase if known is not None else ""
        name = f"{state.tenant}/{state.person_id}"
        _count(found, moves, (was, state.phase), name, examples)
        if known is not None and was == state.phase and known.version != spec.version:
            found.restated += 1
    return _sorted(found, moves)


def check_version(spec: ModelSpec, current: Iterable[ModelSpec]) -> None:
    """Refuse a model that would stand for something else under the same version.

    Raises:
        ModelError: says which version to give it.
    """
    for known in current:
        if known.name != spec.name or known == spec:
            continue
        if known.version >= spec.version:
            message = (
                f"model {spec.name}: version {known.version} applies already and is "
                f"another; give yours version: {known.version + 1}"
            )
            raise ModelError(message)


def _count(
    found: Plan,
    moves: dict[tuple[str, str], Move],
    phases: tuple[str, str],
    name: str,
    examples: int,
) -> None:
    found.persons += 1
    was, phase = phases
    found.new += not was
    if was == phase:
        found.unchanged += 1
        return
    found.moving += 1
    move = moves.setdefault(phases, Move(was, phase, 0, []))
    move.persons += 1
    if len(move.examples) < examples:
        move.examples.append(name)


def _sorted(found: Plan, moves: dict[tuple[str, str], Move]) -> Plan:
    found.moves = sorted(
        moves.values(), key=lambda m: (-m.persons, m.from_phase, m.to_phase)
    )
    return found
