"""What a question may name, for whoever offers it: a map's filters, a funnel's steps."""

from collections.abc import Sequence

from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.conditions import COLUMNS
from insights.map.model import MapModel
from insights.map.statements import text
from insights.personas.spec import PersonaModel, labels_of, names_of


class Choice(Struct, frozen=True):
    """One thing to choose.

    Attributes:
        name: as a scope has it.
        label: what people call it, by language; empty where that is the name.
    """

    name: str
    label: dict[str, str] = {}


class Choices(Struct, frozen=True):
    """What there is to choose from.

    Attributes:
        channels: those of the tenant's touchpoints.
        stores: likewise.
        types: of those touchpoints.
        newest: when the newest of them occurred, epoch milliseconds; None where
            nothing is stored.
        properties: columns that a condition may name, and what they hold: `text`,
            `number` or `flag`.
        personas: of the persona models that are loaded.
        models: journey models, with their phases.
    """

    channels: list[str]
    stores: list[str]
    types: list[str]
    newest: int | None
    properties: dict[str, str]
    personas: list[Choice]
    models: list[MapModel]


class _Row(Struct):
    channels: list[str]
    stores: list[str]
    types: list[str]
    newest: int


def read_choices(
    asker: Asker,
    tenant: str,
    models: Sequence[MapModel],
    personas: Sequence[PersonaModel],
) -> Choices:
    """Say what a question about a tenant's touchpoints may name."""
    row = ask_all(asker, text("choices"), {"tenant": tenant}, _Row)[0]
    return Choices(
        channels=sorted(row.channels),
        stores=sorted(row.stores, key=lambda name: (len(name), name)),
        types=sorted(row.types),
        newest=row.newest or None,
        properties=COLUMNS,
        personas=[one for place, m in enumerate(personas) for one in _of(m, place)],
        models=list(models),
    )


def _of(model: PersonaModel, place: int) -> list[Choice]:
    """A model's personas; those of another than the first with the model's name."""
    labels = labels_of(model)
    prefix = f"{model.name}/" if place else ""
    return [Choice(f"{prefix}{n}", labels.get(n, {})) for n in names_of(model)]
