"""The map's questions as statements: fixed texts, a scope, bound values."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from string import Template
from typing import Final

from insights.conditions import Values
from insights.map.model import MapModel
from insights.scope import Scope, touchpoints_of
from schemas.vocabulary import TYPES

_READ: Final = ("occurred_at", "channel", "type", "emotion", "emotion_observed")
_SHOWN: Final = (*_READ, "source", "id", "emotion_evidence")
_CONTROL: Final = sorted(name for name, kind in TYPES.items() if kind.control)
"""What tells Parcours something, such as a consent, is no step of the journey."""

Statement = tuple[str, dict[str, object]]
Personas = Callable[[Values], str] | None
"""Gives the query for the ids of the persons of a scope's persona, its values bound."""


def volumes(scope: Scope, planned: list[str], personas: Personas = None) -> Statement:
    """How much happens where, and how it feels; `planned` are texts `phase:type`."""
    return _statement("volumes", scope, {"planned": planned}, personas=personas)


def stages(scope: Scope, model: MapModel, personas: Personas = None) -> Statement:
    """How persons get on from phase to phase."""
    first, last = scope.range_ms()
    silent = [phase.id for phase in model.phases if phase.silent]
    steps = [phase.id for phase in model.phases if not phase.silent]
    values: dict[str, object] = {
        "order": [phase.id for phase in model.phases],
        "silent": silent,
        "last": [*steps[-1:], *silent],
        "from_ms": first,
        "to_ms": last,
    }
    return _statement("stages", scope, values, personas=personas)


def samples(
    scope: Scope, part: Mapping[str, str], limit: int, personas: Personas = None
) -> Statement:
    """Some touchpoints of a part of the map: `phase`, `channel`, `type`, `felt`."""
    values: dict[str, object] = {
        name: part.get(name, "") for name in ("phase", "channel", "type")
    }
    values |= {"felt": bool(part.get("felt")), "limit": limit}
    return _statement("samples", scope, values, _SHOWN, personas)


@cache
def _text(name: str) -> str:
    return files("insights.map").joinpath("sql", f"{name}.sql").read_text("utf-8")


def _statement(
    name: str,
    scope: Scope,
    values: Mapping[str, object],
    columns: tuple[str, ...] = _READ,
    personas: Personas = None,
) -> Statement:
    bound = Values()
    members = personas(bound) if personas and scope.persona else ""
    subquery = touchpoints_of(scope, columns, bound, members)
    sql = Template(_text(name)).safe_substitute(
        touchpoints=subquery, phases=_text("phases")
    )
    given = {"tenant": scope.tenant, "model": scope.model, "control": _CONTROL}
    every = given | dict(values) | bound.bound
    return sql, {key: value for key, value in every.items() if f"{{{key}:" in sql}
