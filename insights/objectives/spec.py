"""Objectives as their YAML says them (docs/objectives.md)."""

from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

from insights.asker import QuestionError
from insights.scope import Scope
from insights.times import duration_ms, instant_ms

MAX_OBJECTIVES: Final = 100
"""Each is a label of metrics, of which there are to be few."""

Metric = Literal[
    "persons_reaching",
    "orders",
    "revenue",
    "conversion",
    "median_dwell_days",
    "median_days_to_move",
    "emotion_observed",
    "nps",
]
SUMS: Final = frozenset({"persons_reaching", "orders", "revenue"})
"""Metrics that grow with the period; the others are levels."""

OF_A_PHASE: Final = frozenset(
    {"persons_reaching", "conversion", "median_dwell_days", "median_days_to_move"}
)

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$(?!\n)", max_length=64)]


class ObjectiveError(QuestionError):
    """An objective that means nothing; the message says which, and what to change."""


class Objective(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One objective.

    Attributes:
        name: identity, and label of its gauges.
        metric: what is measured.
        target: what it is to come to.
        from_: first moment of the period: a date or RFC 3339.
        to: first moment after it.
        label: what people call it, by language.
        at_most: the target is a limit; otherwise it is to be reached.
        phase: for persons reaching it, its conversion and how long it lasts.
        horizon: of `conversion`: time in which to move on.
        currency: of `revenue`; the target is in its smallest unit.
        persona, channel, store, model, tenant: as of every question.
    """

    name: Name
    metric: Metric
    target: float
    from_: str = msgspec.field(name="from")
    to: str
    label: dict[str, str] = {}
    at_most: bool = False
    phase: str = ""
    horizon: str = "30d"
    currency: str = ""
    persona: str = ""
    channel: str = ""
    store: str = ""
    model: str = "default"
    tenant: str = "default"

    def scope(self) -> Scope:
        """The part of the data that it is about."""
        return Scope(
            tenant=self.tenant,
            from_=self.from_,
            to=self.to,
            channel=self.channel,
            store=self.store,
            persona=self.persona,
            model=self.model,
        )


class Objectives(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of objectives."""

    objectives: Annotated[tuple[Objective, ...], Meta(max_length=MAX_OBJECTIVES)]


def read_objectives(file: Path) -> tuple[Objective, ...]:
    """The objectives of a YAML file.

    Raises:
        ObjectiveError: it cannot be read, or means no objectives; says what to change.
    """
    try:
        return parse_objectives(file.read_bytes())
    except OSError as error:
        message = f"{file}: cannot be read ({error.strerror}); check the path"
        raise ObjectiveError(message) from error
    except ObjectiveError as error:
        message = f"{file}: {error}"
        raise ObjectiveError(message) from error


def parse_objectives(text: bytes) -> tuple[Objective, ...]:
    """The objectives of a YAML text.

    Raises:
        ObjectiveError: see `read_objectives`.
    """
    try:
        # YAML makes dates of what looks like one; objectives have text.
        plain = msgspec.to_builtins(yaml.safe_load(text))
        found = msgspec.convert(plain, Objectives).objectives
    except (msgspec.ValidationError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        message = f"no objectives: {said}; docs/objectives.md says how they look"
        raise ObjectiveError(message) from error
    names = [one.name for one in found]
    for one in found:
        _check(one)
        if names.count(one.name) > 1:
            message = f"two objectives are named {one.name!r}"
            raise ObjectiveError(message)
    return found


def _check(one: Objective) -> None:
    try:
        one.scope().range_ms()
        duration_ms(one.horizon)
    except QuestionError as error:
        message = f"{one.name}: {error}"
        raise ObjectiveError(message) from error
    if instant_ms(one.from_) is None or instant_ms(one.to) is None:
        message = f"{one.name}: an objective has a period: from and to"
        raise ObjectiveError(message)
    if (one.metric in OF_A_PHASE) != bool(one.phase):
        wants = "needs a" if one.metric in OF_A_PHASE else "has no"
        message = f"{one.name}: {one.metric} {wants} phase"
        raise ObjectiveError(message)
    if (one.metric == "revenue") != bool(one.currency):
        wants = "needs a" if one.metric == "revenue" else "has no"
        message = f"{one.name}: {one.metric} {wants} currency"
        raise ObjectiveError(message)
    if one.metric in SUMS and one.target <= 0:
        message = f"{one.name}: the target of {one.metric} is above zero"
        raise ObjectiveError(message)
    if one.metric in OF_A_PHASE and (one.channel or one.store):
        message = f"{one.name}: phases belong to persons, not to a channel or store"
        raise ObjectiveError(message)
