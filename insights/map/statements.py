"""The map's questions as statements: fixed texts, a scope, bound values."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

from insights.asker import question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.trails.reading import Asked, Trails
from schemas.vocabulary import TYPES

_READ: Final = ("occurred_at", "channel", "type", "emotion", "emotion_observed")
_SHOWN: Final = (*_READ, "source", "id", "emotion_evidence")
COUNTED: Final = ("phases", "channels", "types", "emotions", "observed")
"""What the volumes read of trails."""

_CONTROL: Final = sorted(name for name, kind in TYPES.items() if kind.control)
"""What tells Parcours something, such as a consent, is no step of the journey."""

Statement = tuple[str, dict[str, object]]


def volumes(
    scope: Scope, planned: list[str], personas: Personas | None = None
) -> Statement:
    """How much happens where, and how it feels; `planned` are texts `phase:type`."""
    return _statement("volumes", scope, {"planned": planned}, personas=personas)


def trail_volumes(trails: Trails, asked: Asked, planned: list[str]) -> Statement:
    """The same from trails."""
    counted = Template(text("volumes")).substitute(counted=text("trail_counted"))
    found = trails.statement(counted, asked, {"planned": planned})
    return found.text, found.values


def trail_in_no_phase(trails: Trails, asked: Asked) -> Statement:
    """How many touchpoints lie in no phase, from trails."""
    found = trails.statement(text("trail_in_no_phase"), asked, {})
    return found.text, found.values


def in_no_phase(scope: Scope, personas: Personas | None = None) -> Statement:
    """How many touchpoints lie in no phase."""
    return _statement("in_no_phase", scope, {}, personas=personas)


def getting_on(stages: Evidence) -> Statement:
    """The statement of the stages, with a column for each number of the map."""
    sql = Template(text("getting_on")).substitute(stages=stages.sql)
    return sql, stages.parameters


def samples(
    scope: Scope, part: Mapping[str, str], limit: int, personas: Personas | None = None
) -> Statement:
    """Some touchpoints of a part of the map: `phase`, `channel`, `type`, `felt`, `pain`."""
    values = _part(part) | {"limit": limit}
    return _statement("samples", scope, values, _SHOWN, personas)


def sampled_persons(
    scope: Scope, part: Mapping[str, str], least: int, personas: Personas | None = None
) -> Statement:
    """How many persons had them, up to so many."""
    values = _part(part) | {"least": least}
    return _statement("sampled_persons", scope, values, _SHOWN, personas)


def _part(part: Mapping[str, str]) -> dict[str, object]:
    names = ("phase", "channel", "type", "felt", "pain")
    return {name: part.get(name, "") for name in names}


@cache
def text(name: str) -> str:
    """The text of `insights/map/sql/<name>.sql`."""
    return files("insights.map").joinpath("sql", f"{name}.sql").read_text("utf-8")


def _statement(
    name: str,
    scope: Scope,
    values: Mapping[str, object],
    columns: tuple[str, ...] = _READ,
    personas: Personas | None = None,
) -> Statement:
    bound = Values()
    members = persons_of(scope, bound, personas)
    subquery = touchpoints_of(scope, columns, bound, members)
    parts = {part: text(part) for part in ("counted", "sampled")}
    whole = Template(text(name)).safe_substitute(parts)
    sql = Template(whole).substitute(touchpoints=subquery, phases=question("phases"))
    given = {"tenant": scope.tenant, "model": scope.model, "control": _CONTROL}
    every = given | dict(values) | bound.bound
    return sql, {key: value for key, value in every.items() if f"{{{key}:" in sql}
