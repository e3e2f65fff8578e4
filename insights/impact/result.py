"""What an answer about impact holds."""

import msgspec
from msgspec import Struct

from insights.evidence import Evidence
from insights.impact.spec import ImpactQuestion, Model
from insights.sentences import Sentence


class Name(Struct):
    """What a name had a part in.

    Attributes:
        conversions: with at least one of its contacts before them.
        assisted: of these, those whose last contact was another's.
        assisted_minor: what these were worth, by currency, in its smallest unit.
        claimed: they are enough for a share to be told.
    """

    name: str
    conversions: int
    assisted: int
    assisted_minor: dict[str, int]
    claimed: bool


class Credit(Struct):
    """What a model gives a name.

    Attributes:
        share: of the attributed conversions; null where too few are known.
        low, high: 95 % of the bootstrap's replicates lie between; null where there are
            none.
        conversions: the share as a number of conversions.
        value_minor: the money, by currency, in its smallest unit.
    """

    name: str
    share: float | None
    low: float | None
    high: float | None
    conversions: float
    value_minor: dict[str, int]


class ModelAnswer(Struct):
    """One model; its credits sum to the attributed revenue of each currency, to the cent.

    Attributes:
        definition: the model in a sentence.
        credits: one a name, in the order of `names`.
    """

    model: Model
    definition: str
    credits: list[Credit]


class Spend(Struct):
    """What a name cost in the range, and what came back for it.

    Attributes:
        cost_minor: by currency, in its smallest unit.
        returned: by model and currency: the money that the model gives the name, over
            what it cost; no currency without costs. Below 1 it cost more.
    """

    name: str
    cost_minor: dict[str, int]
    returned: dict[Model, dict[str, float]]


class Revenue(Struct):
    """Conversions in one currency; `""` for those without a value.

    Attributes:
        value_minor: attributed_minor + unattributed_minor.
        unattributed: conversions without any contact within the look-back window.
    """

    currency: str
    conversions: int
    value_minor: int
    attributed_minor: int
    unattributed: int
    unattributed_minor: int


class Impact(Struct):
    """Which contacts conversions are owed to.

    Attributes:
        from_, to: range of the conversions, epoch milliseconds.
        as_of: what happened later is unknown.
        conversions: all; unattributed: without any contact before them.
        null_paths: contacts that led to nothing within the look-back window.
        pending_paths: contacts that may still lead to something: in no number.
        names: the ones with the most contacts first.
        models: in the order asked for.
        spend: what names cost, where costs are known; the dearest first.
        notes: what may surprise.
    """

    asked: ImpactQuestion
    from_: int = msgspec.field(name="from")
    to: int
    as_of: int
    conversions: int
    unattributed: int
    null_paths: int
    pending_paths: int
    revenue: list[Revenue]
    names: list[Name]
    models: list[ModelAnswer]
    spend: list[Spend]
    notes: list[Sentence]
    evidence: dict[str, Evidence]
