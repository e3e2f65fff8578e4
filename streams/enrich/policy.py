"""The numbers and choices of the first agent's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class IdentifyPolicy:
    """What `identify` may be told; all of it is the same for every record.

    Attributes:
        pseudonym_key: secret from which pseudonyms are derived.
        accept_unknown_types: let types pass that the vocabulary does not know.
        max_future_ms: how far a touchpoint may lie after its record, milliseconds.
        skew_from_ms: a source's clock that is wrong by less is believed, milliseconds.
        skew_step_ms: clocks are corrected by multiples of this, milliseconds.
        skew_lag_ms: how far a record's sending may lie before its receipt for that to
            be taken for a lagging clock, not for a record that waited, milliseconds.
        max_payload_bytes: largest record that is decoded.
        default_country: ISO 3166-1 code by which national phone numbers are read.
        countries: the same by tenant, where it differs.
    """

    pseudonym_key: str = field(repr=False)
    accept_unknown_types: bool = False
    max_future_ms: int = 86_400_000
    skew_from_ms: int = 300_000
    skew_step_ms: int = 300_000
    skew_lag_ms: int = 0
    max_payload_bytes: int = 1_048_576
    default_country: str = "FR"
    countries: Mapping[str, str] = field(default_factory=dict)


def policy_from(settings: Settings) -> IdentifyPolicy:
    """The policy that a process's settings ask for."""
    return IdentifyPolicy(
        pseudonym_key=settings.pseudonym_key,
        accept_unknown_types=settings.unknown_types == "accept",
        max_future_ms=settings.max_future_seconds * 1_000,
        skew_lag_ms=settings.clock_lag_seconds * 1_000,
        max_payload_bytes=settings.max_payload_bytes,
    )
