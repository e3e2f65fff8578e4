"""Types that timelines cannot tell apart: those whose hashes end in the same bits.

Types of a retailer's own have any name, so one may have the code of another type. A
funnel with a step of such a type is answered from the touchpoints, which have the names.
"""

from collections.abc import Collection

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.funnels.spec import Funnel
from insights.rollups.ledger import PACKAGE


class _Count(Struct):
    types: int


class Alike(Struct, frozen=True):
    """A stored type with the code of another one.

    Attributes:
        tenant: whose.
        stored: the type that touchpoints of theirs have.
        asked: the type that it would be taken for.
    """

    tenant: str
    stored: str
    asked: str


def types_of(funnel: Funnel) -> set[str]:
    """The types of a funnel's steps."""
    return {name for step in funnel.steps for name in step.types}


def alike(
    asker: Asker, tenants: Collection[str], types: Collection[str]
) -> list[Alike]:
    """The stored types that would be taken for one of some others.

    Args:
        asker: whom to ask; one column of the touchpoints is read.
        tenants: whose.
        types: the others, such as those of a funnel's steps.
    """
    if not (tenants and types):
        return []
    values = {"tenants": sorted(tenants), "types": sorted(types)}
    asked = {"types": values["types"]}
    # Nearly always there is none at all, of nobody.
    if not ask_all(asker, question("alike_any", PACKAGE), asked, _Count)[0].types:
        return []
    return ask_all(asker, question("alike", PACKAGE), values, Alike)
