"""Why a person is in a phase: every transition with its rule and its cause."""

from msgspec import Struct

from insights.asker import Asker, ask_all, question


class Reason(Struct):
    """One transition; times are epoch milliseconds.

    Attributes:
        model_version: version of the model whose rule it was.
        transition_no: 1 for the first phase entered.
        occurred_at: when the phase was entered: for a silence, when it had lasted long
            enough.
        cause_at: when the touchpoint occurred that caused it; for a silence, the last
            one before it.
        revision: of the person's state when it was written; a later one corrects it.
    """

    model: str
    model_version: int
    transition_no: int
    from_phase: str
    to_phase: str
    occurred_at: int
    rule: str
    cause_source: str
    cause_id: str
    cause_type: str
    cause_at: int
    revision: int


class Standing(Struct):
    """Where the person is in a model, since when."""

    model: str
    model_version: int
    phase: str
    since: int


class Why(Struct):
    """A person's positions, and how they came about.

    Attributes:
        positions: one a model.
        transitions: of each model, in their order.
    """

    tenant: str
    person_id: str
    positions: list[Standing]
    transitions: list[Reason]


def read_why(
    asker: Asker, person_id: str, tenant: str = "default", model: str = ""
) -> Why:
    """What is stored of a person's phases.

    Args:
        asker: whom to ask.
        person_id: as `insights.journey.find_persons` returns it.
        tenant: whose data.
        model: one model alone; empty for all.
    """
    who = {"tenant": tenant, "person_id": person_id, "model": model}
    return Why(
        tenant,
        person_id,
        ask_all(asker, question("why_positions"), who, Standing),
        ask_all(asker, question("why"), who, Reason),
    )
