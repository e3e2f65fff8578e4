"""Every ClickHouse table by name and columns; the DDL itself is in sinks/migrations.

A contract test compares these lists with the migrated database.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Table:
    """One table's promise: its columns in insert order, and what makes a row itself.

    Attributes:
        name: table name.
        columns: (name, ClickHouse type), in insert order.
        identity: columns of which one combination is one row; the newest `version` wins.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    identity: tuple[str, ...]


_TIME: Final = "DateTime64(3, 'UTC')"
_LOW: Final = "LowCardinality(String)"

COORDINATES: Final = (
    ("kafka_log", _LOW),
    ("kafka_partition", "UInt16"),
    ("kafka_offset", "UInt64"),
)
"""Where the row came from: the record that the sink read. High-water marks count in these."""

TOUCHPOINTS: Final = Table(
    "touchpoints",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("occurred_at", _TIME),
        ("seq", "UInt32"),
        ("source", _LOW),
        ("id", "String"),
        ("type", _LOW),
        ("channel", _LOW),
        ("direction", _LOW),
        ("session_id", "String"),
        ("phase", _LOW),
        ("late", "Bool"),
        ("emotion", "Nullable(Float32)"),
        ("emotion_observed", "Bool"),
        ("emotion_evidence", _LOW),
        ("emotion_about", "String"),
        ("received_at", _TIME),
        ("sent_at", f"Nullable({_TIME})"),
        ("customer_id", "String"),
        ("loyalty_id", "String"),
        ("email_hash", "String"),
        ("phone_hash", "String"),
        ("device_id", "String"),
        ("anonymous_id", "String"),
        ("store_id", _LOW),
        ("place", "String"),
        ("campaign_source", _LOW),
        ("campaign_medium", _LOW),
        ("campaign_name", _LOW),
        ("campaign_content", "String"),
        ("campaign_term", "String"),
        ("campaign_id", "String"),
        ("session_hint", "String"),
        ("cart_id", "String"),
        ("order_id", "String"),
        ("ticket_id", "String"),
        ("value_minor", "Nullable(Int64)"),
        ("currency", _LOW),
        ("consent", "Map(LowCardinality(String), Bool)"),
        ("device_class", _LOW),
        ("bot", "Bool"),
        ("machine", "Bool"),
        ("referrer", _LOW),
        ("properties", "String"),
        ("raw_log", _LOW),
        ("raw_partition", "UInt16"),
        ("raw_offset", "UInt64"),
        *COORDINATES,
    ),
    ("tenant", "person_id", "occurred_at", "source", "id"),
)

DUPLICATES: Final = Table(
    "duplicates",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("source", _LOW),
        ("id", "String"),
        ("occurred_at", _TIME),
        ("received_at", _TIME),
        ("raw_log", _LOW),
        ("raw_partition", "UInt16"),
        ("raw_offset", "UInt64"),
        *COORDINATES,
    ),
    ("raw_log", "raw_partition", "raw_offset"),
)

SESSIONS: Final = Table(
    "sessions",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("session_id", "String"),
        ("revision", "UInt64"),
        ("status", _LOW),
        ("kind", _LOW),
        ("place", "String"),
        ("channel", _LOW),
        ("started_at", _TIME),
        ("ended_at", _TIME),
        ("touchpoints", "UInt32"),
        ("entry_type", _LOW),
        ("exit_type", _LOW),
        ("orders", "UInt32"),
        ("value_minor", "Int64"),
        ("currency", _LOW),
        ("campaign", _LOW),
        ("engaged", "Bool"),
        ("superseded_by", "String"),
        *COORDINATES,
    ),
    ("tenant", "session_id"),
)

TRANSITIONS: Final = Table(
    "transitions",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("model", _LOW),
        ("model_version", "UInt32"),
        ("transition_no", "UInt32"),
        ("from_phase", _LOW),
        ("to_phase", _LOW),
        ("occurred_at", _TIME),
        ("rule", _LOW),
        ("cause_source", _LOW),
        ("cause_id", "String"),
        ("cause_type", _LOW),
        ("cause_at", _TIME),
        ("revision", "UInt64"),
        ("deleted", "UInt8"),
        *COORDINATES,
    ),
    ("tenant", "person_id", "model", "transition_no"),
)

THREADS: Final = Table(
    "threads",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("kind", _LOW),
        ("thread_id", "String"),
        ("revision", "UInt64"),
        ("status", _LOW),
        ("since", _TIME),
        ("started_at", _TIME),
        ("updated_at", _TIME),
        ("touchpoints", "UInt32"),
        ("cause_source", _LOW),
        ("cause_id", "String"),
        ("cause_type", _LOW),
        ("cause_at", _TIME),
        ("value_minor", "Int64"),
        ("currency", _LOW),
        ("steps", "Array(LowCardinality(String))"),
        ("due_at", f"Nullable({_TIME})"),
        ("deleted", "UInt8"),
        *COORDINATES,
    ),
    ("tenant", "person_id", "kind", "thread_id"),
)

JOURNEY_STATES: Final = Table(
    "journey_states",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("revision", "UInt64"),
        ("phase", _LOW),
        ("phase_since", _TIME),
        ("touchpoints", "UInt32"),
        ("first_at", _TIME),
        ("last_at", _TIME),
        ("orders", "UInt32"),
        ("value_minor", "Map(LowCardinality(String), Int64)"),
        ("counts", "Map(LowCardinality(String), UInt32)"),
        ("channels", "Map(LowCardinality(String), UInt32)"),
        ("sessions_total", "UInt32"),
        ("facts", "String"),
        ("consent", "Map(LowCardinality(String), Bool)"),
        ("late", "UInt32"),
        ("emotions_observed", "UInt32"),
        ("emotions_observed_sum", "Float64"),
        ("emotions_observed_last", "Nullable(Float32)"),
        ("emotions_inferred", "UInt32"),
        ("emotions_inferred_sum", "Float64"),
        ("emotions_inferred_last", "Nullable(Float32)"),
        ("merged_into", "String"),
        ("blank", "Bool"),
        ("members", "Array(String)"),
        ("copies", "Array(Tuple(person_id String, source String, id String))"),
        ("state", "String"),
        *COORDINATES,
    ),
    ("tenant", "person_id"),
)

IDENTITIES: Final = Table(
    "identities",
    (
        ("tenant", _LOW),
        ("identifier", "String"),
        ("revision", "UInt64"),
        ("linked_to", "String"),
        ("shared", "Bool"),
        ("seen_with", "Map(String, Int64)"),
        ("implied_by", "Map(String, String)"),
        *COORDINATES,
    ),
    ("tenant", "identifier"),
)

MESSAGES: Final = Table(
    "messages",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("message_id", "String"),
        ("revision", "UInt64"),
        ("status", _LOW),
        ("rule", _LOW),
        ("rule_version", "UInt32"),
        ("purpose", _LOW),
        ("channels", f"Array({_LOW})"),
        ("key", "String"),
        ("cause_source", _LOW),
        ("cause_id", "String"),
        ("cause_type", _LOW),
        ("cause_at", _TIME),
        ("due_at", _TIME),
        ("expires_at", _TIME),
        ("reason", _LOW),
        ("template", _LOW),
        ("sent_at", _TIME),
        ("delivered_at", _TIME),
        ("opened_at", _TIME),
        ("clicked_at", _TIME),
        ("bounced_at", _TIME),
        ("converted_at", _TIME),
        *COORDINATES,
    ),
    ("tenant", "message_id"),
)

DEAD_LETTERS: Final = Table(
    "dead_letters",
    (
        ("log", _LOW),
        ("topic", _LOW),
        ("partition", "UInt16"),
        ("offset", "UInt64"),
        ("stage", _LOW),
        ("reason", _LOW),
        ("detail", "String"),
        ("received_at", _TIME),
        ("payload", "String"),
        ("payload_bytes", "UInt32"),
        ("truncated", "Bool"),
        *COORDINATES,
    ),
    ("log", "topic", "partition", "offset"),
)

TABLES: Final = (
    TOUCHPOINTS,
    DUPLICATES,
    SESSIONS,
    TRANSITIONS,
    THREADS,
    JOURNEY_STATES,
    IDENTITIES,
    MESSAGES,
    DEAD_LETTERS,
)

TIMELINES: Final = Table(
    "timelines",
    (
        ("tenant", _LOW),
        ("person_id", "String"),
        ("version", "UInt64"),
        ("newest_at", "Int64"),
        ("signature", "UInt64"),
        ("present", "Array(UInt32)"),
        ("events", "Array(UInt64)"),
        ("channels", f"Array({_LOW})"),
        ("stores", f"Array({_LOW})"),
        ("campaigns", f"Array({_LOW})"),
        ("devices", f"Array({_LOW})"),
        ("members", "Array(String)"),
    ),
    ("tenant", "person_id"),
)

TOUCHED_PERSONS: Final = Table(
    "touched_persons",
    (("tenant", _LOW), ("person_id", "String")),
    ("tenant", "person_id"),
)

FUNNEL_DAYS: Final = Table(
    "funnel_days",
    (
        ("tenant", _LOW),
        ("definition", _LOW),
        ("step", "UInt8"),
        ("entry_day", "Date"),
        ("previous_day", "Date"),
        ("open", "Bool"),
        ("version", "UInt64"),
        ("units", "UInt64"),
    ),
    ("tenant", "definition", "step", "entry_day", "previous_day", "open"),
)

ROLLUPS: Final = Table(
    "rollups",
    (
        ("name", _LOW),
        ("version", "UInt64"),
        ("base", "UInt64"),
        ("rolled_at", _TIME),
        ("as_of", f"Map({_LOW}, Int64)"),
        ("marks", "Map(String, UInt64)"),
    ),
    ("name",),
)

TRAILS: Final = Table(
    "trails",
    (
        ("tenant", _LOW),
        ("model", _LOW),
        ("person_id", "String"),
        ("version", "UInt64"),
        ("moments", "Array(Int64)"),
        ("phases", f"Array({_LOW})"),
        ("types", f"Array({_LOW})"),
        ("channels", f"Array({_LOW})"),
        ("stores", f"Array({_LOW})"),
        ("inward", "Array(Bool)"),
        ("emotions", "Array(Nullable(Int32))"),
        ("observed", "Array(Bool)"),
        ("evidences", f"Array({_LOW})"),
        ("sources", f"Array({_LOW})"),
        ("ids", "Array(String)"),
        ("values_minor", "Array(Nullable(Int64))"),
        ("currencies", f"Array({_LOW})"),
        ("order_ids", "Array(String)"),
        ("step_moments", "Array(Int64)"),
        ("step_from", f"Array({_LOW})"),
        ("step_to", f"Array({_LOW})"),
        ("members", "Array(String)"),
    ),
    ("tenant", "model", "person_id"),
)

DERIVED: Final = (TIMELINES, TOUCHED_PERSONS, FUNNEL_DAYS, ROLLUPS, TRAILS)
"""Recomputed from the others, by `parcours rollups`; may be emptied and built again."""
