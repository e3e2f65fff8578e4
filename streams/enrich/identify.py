"""The rule of the first agent: raw bytes in, a touchpoint or a rejection out."""

from typing import Final

import msgspec
from msgspec import DecodeError

from schemas.failure import Reason, Rejected
from schemas.threads import TICKET_TYPES
from schemas.touchpoint import RawTouchpoint, Touchpoint
from schemas.vocabulary import IDENTITY_TYPES
from streams.adapters.adapter import Adapted
from streams.adapters.registry import ADAPTERS, CANONICAL
from streams.emotion.feel import CONCERNED, Feelings
from streams.enrich.clues import enrich
from streams.enrich.kind import Kind, Kinds, channel_of, direction_of
from streams.enrich.moment import LATEST_MS, OLDEST_MS, corrected, occurred_at, sent_at
from streams.enrich.policy import IdentifyPolicy
from streams.enrich.ticket import ticket_of
from streams.identity.actor import control_character_in
from streams.identity.actor import identify as identify_actor
from streams.identity.linked import linked_of
from streams.identity.pseudonym import Pseudonyms
from streams.identity.scrub import scrub_touchpoint

_EMPTY: Final = Rejected(Reason.EMPTY, "$: no value")
_UNKNOWN_TYPE: Final = Rejected(Reason.UNKNOWN_TYPE, "$.type: not in the vocabulary")
_UNKNOWN_CHANNEL: Final = Rejected(
    Reason.UNKNOWN_CHANNEL, "$.channel: not in the vocabulary"
)
_ODD_DIRECTION: Final = Rejected(
    Reason.OUT_OF_RANGE, "$.direction: `in` or `out` expected"
)
_NOBODY: Final = Rejected(
    Reason.MISSING_IDENTITY, "$.actor: at least one identifier expected"
)
_UNREADABLE: Final = Rejected(
    Reason.OUT_OF_RANGE, "$.properties: a number that no reader can hold"
)
_ODD_FACTS: Final = Rejected(Reason.WRONG_TYPE, "$.properties.facts: object expected")
_ODD_RECEIPT: Final = Rejected(
    Reason.OUT_OF_RANGE, "the record's own timestamp: 2000 to 2098 expected"
)
_read: Final = msgspec.json.Decoder(dict[str, object]).decode


class Identifier:
    """Decodes, validates, enriches and names the person of one raw record after another.

    The same bytes give the same outcome, on every worker and at every replay; what it
    remembers between records only spares work.
    """

    def __init__(self, policy: IdentifyPolicy, source_format: str = CANONICAL) -> None:
        """Prepare for one source format.

        Args:
            policy: numbers and choices.
            source_format: a key of `adapters.registry.ADAPTERS`.
        """
        self._adapt = ADAPTERS[source_format]
        self._kind = Kinds(accept_unknown=policy.accept_unknown_types).get
        self._pseudonyms = Pseudonyms(
            policy.pseudonym_key, policy.default_country, policy.countries
        )
        self._feelings = Feelings()
        self._policy = policy
        self._max_bytes = policy.max_payload_bytes
        self._max_future_ms = policy.max_future_ms
        self._too_large = Rejected(
            Reason.TOO_LARGE, f"$: more than {policy.max_payload_bytes} bytes"
        )

    def identify(  # noqa: C901, PLR0911, PLR0912 - a rule of many exits: one a reason
        self,
        value: bytes | None,
        *,
        received_at: int,
        raw_log: str,
        raw_partition: int,
        raw_offset: int,
    ) -> Touchpoint | Rejected:
        """Turn one raw record into a touchpoint.

        Args:
            value: the record's value; None for a tombstone.
            received_at: the record's time, epoch milliseconds.
            raw_log: identity of the raw topic's log.
            raw_partition: the record's partition.
            raw_offset: the record's offset.

        Returns:
            The touchpoint, free of e-mail addresses and phone numbers in clear, or why
            there is none. Wrong data never raises.
        """
        if not OLDEST_MS <= received_at < LATEST_MS:
            # A broker that leaves it to the producers; nothing could be reckoned by it.
            return _ODD_RECEIPT
        if not value:
            return _EMPTY
        if len(value) > self._max_bytes:
            return self._too_large
        adapted = self._adapt(value)
        if isinstance(adapted, Rejected):
            return adapted
        raw = adapted.raw
        kind = self._kind(raw.type)
        if kind is None:
            return _UNKNOWN_TYPE
        latest = received_at + self._max_future_ms
        at = occurred_at(raw.time, latest)
        if isinstance(at, Rejected):
            return at
        channel = _channel(raw, kind)
        if channel is None:
            return _UNKNOWN_CHANNEL
        direction = (
            kind.direction if raw.direction is None else direction_of(raw.direction)
        )
        if direction is None:
            return _ODD_DIRECTION
        # Hardly ever the case: a call that would find nothing is spared.
        if (kind.control or not adapted.plain) and (odd := _odd(raw, kind, adapted)):
            return odd
        named = identify_actor(raw.actor, raw.tenant, self._pseudonyms)
        if named is None:
            return _NOBODY
        person_id, properties = named[1], raw.properties
        if kind.name in IDENTITY_TYPES:
            told = _read(adapted.properties)
            linked = linked_of(told, named[0], raw.tenant, self._pseudonyms)
            if isinstance(linked, Rejected):
                return linked
            person_id, properties = linked
        sent = None
        if raw.sent_at is not None and (sent := sent_at(raw.sent_at, latest)):
            at = corrected(at, sent, received_at, self._policy)
        # By position, in the order of the schema: thirty keywords cost a microsecond.
        touchpoint = Touchpoint(
            raw.tenant,
            person_id,
            raw.source,
            raw.id,
            kind.name,
            at,
            received_at,
            channel,
            direction,
            raw_log,
            raw_partition,
            raw_offset,
            raw.seq,
            sent,
            named[0],
            raw.place,
            raw.campaign,
            raw.session_hint,
            raw.cart_id,
            raw.order_id,
            raw.value_minor,
            raw.currency,
            raw.consent,
            "",
            False,  # noqa: FBT003
            False,  # noqa: FBT003
            "",
            properties,
        )
        if raw.backfill:
            touchpoint.backfill = True
        enrich(touchpoint, adapted.properties, opened=kind.opened)
        scrub_touchpoint(touchpoint, adapted, self._pseudonyms)
        if kind.name in TICKET_TYPES:
            touchpoint.ticket_id = ticket_of(touchpoint)
        needed = CONCERNED.get(kind.name)
        if needed is not None and needed in adapted.properties:
            self._feelings.feel(touchpoint)
        return touchpoint


def _channel(raw: RawTouchpoint, kind: Kind) -> str | None:
    if raw.channel is not None:
        return channel_of(raw.channel)
    if raw.place is not None and raw.place.store_id is not None:
        return kind.store_channel
    return kind.channel


def _odd(raw: RawTouchpoint, kind: Kind, adapted: Adapted) -> Rejected | None:
    """What a reader of the touchpoint could stumble over, seldom asked for."""
    if not adapted.plain and (name := control_character_in(raw)):
        detail = f"$.{name}: no control characters expected"
        return Rejected(Reason.OUT_OF_RANGE, detail)
    if kind.control:
        # Parcours itself reads these properties later, in full.
        try:
            properties = _read(adapted.properties)
        except DecodeError:
            return _UNREADABLE
        if not isinstance(properties.get("facts"), dict | None):
            return _ODD_FACTS
    return None
