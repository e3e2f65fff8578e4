"""The journey agent's own records: where it resumes, and what directs it beside touchpoints."""

from msgspec import Raw, Struct

from schemas.facts import Mark, Span, ValueMark
from schemas.identity import Letter, Origin


class Progress(Struct, omit_defaults=True):
    """Where the journey agent resumes in one partition, and the watermark it had there.

    One record replaces the other under the partition's number: offset and watermark
    are one atomic snapshot, so a replay sees exactly the time that the first run saw.

    Attributes:
        log: identity of the log that the offset counts in.
        next_offset: first offset not yet applied.
        raw_log: identity of the log that `seen_raw` counts in.
        watermark: never goes back, epoch milliseconds.
        arrived: the same for what comes first hand: what other partitions send is not
            waited for.
        marks: journey partition → what its last `TimeMark` told.
        told: what this partition's last one did.
        received: newest receipt among the touchpoints seen.
        fronts: raw partition → newest event time seen from it.
        idle: raw partition → milliseconds it has been silent, from the last tick.
        confirmed: raw partition → when it was last known to be read to its end.
        seen_raw: raw partition → last raw offset seen, to drop re-sent records.
        adopted: journey models that came by the log, by name.
        seen_sent: journey partition → offset and number of the last record seen that
            it sent here, to the same end.
        clock: newest time at which a record read so far was written.
    """

    log: str
    next_offset: int
    raw_log: str
    watermark: int
    received: int = 0
    fronts: dict[int, int] = {}
    idle: dict[int, int] = {}
    confirmed: dict[int, int] = {}
    seen_raw: dict[int, int] = {}
    adopted: dict[str, "Adoption"] = {}
    seen_sent: dict[int, tuple[int, int]] = {}
    clock: int = 0
    arrived: int = 0
    marks: dict[int, list[int]] = {}
    told: list[int] = []


class Tick(Struct, tag_field="control", tag="tick"):
    """Time passing, as a record: what the sender knows of the raw partitions it owns.

    Attributes:
        raw_log: identity of the raw log.
        at: when the sender looked, epoch milliseconds.
        fronts: raw partition → newest event time whose touchpoints are all sent.
        idle: raw partition → milliseconds since its last record; only partitions
            that were read to their end when the sender looked.
    """

    raw_log: str
    at: int
    fronts: dict[int, int]
    idle: dict[int, int]


class TimeMark(Struct, tag_field="control", tag="time"):
    """How far a journey partition is, told to each of them; see streams/journey/peers.py.

    Attributes:
        levels: up to when everything has come first hand, epoch milliseconds; then what
            has been sent on once, twice, and so on.
    """

    sent: Origin
    levels: list[int]


class Adoption(Struct, tag_field="control", tag="model"):
    """A journey model to go by from here on, in every partition.

    Attributes:
        model: the model as JSON, see `streams/journey/model_spec.py`.
        awaiting: each person keeps the former position until a `History` has come,
            since what the model newly counts was not counted before.
    """

    model: Raw
    awaiting: bool = False


class History(Struct, tag_field="control", tag="history", omit_defaults=True):
    """A person's past, reduced to what one journey model counts; keyed by the person.

    Attributes:
        person_id: the name whose touchpoints these are: the person's own, or that of a
            member.
        model: name of the model.
        version: its version; another one passes this over.
        milestones, value_marks, first_marks, activity: as in `JourneyState`.
    """

    tenant: str
    person_id: str
    model: str
    version: int
    milestones: dict[str, list[Mark]] = {}
    value_marks: dict[str, list[ValueMark]] = {}
    first_marks: dict[str, dict[str, Mark]] = {}
    activity: dict[str, list[Span]] = {}


Control = Tick | TimeMark | Letter | Adoption | History
"""A record of the identified topic that is no touchpoint."""
