"""The truth about messages, found the slow way: every touchpoint against every other.

Written from docs/messages.md, with nothing of the rules' own code: no spans, no memory,
no watermark. It knows the whole history at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from msgspec import json

from schemas.touchpoint import Touchpoint
from schemas.vocabulary import TYPES

DAY_MS = 86_400_000
UNITS = {"m": 60_000, "h": 3_600_000, "d": DAY_MS}


@dataclass
class Truth:
    """A message that must stand at the end."""

    status: str
    due_at: int
    sent_at: int
    converted_at: int


@dataclass
class Chance:
    """One end of a chain of triggers."""

    rule: dict
    place: int
    key: str
    first: Touchpoint
    last: Touchpoint
    live: bool
    due_at: int = 0
    id: str = ""


def ms(duration: str) -> int:
    return int(duration[:-1]) * UNITS[duration[-1]]


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def told(t: Touchpoint) -> dict:
    return json.decode(bytes(t.properties))


def truth(
    history: Sequence[Touchpoint], document: dict, salt: str = ""
) -> dict[str, Truth]:
    """Message id → what must stand of it, for the touchpoints of one person."""
    events = sorted(history, key=lambda t: (t.occurred_at, t.source, t.id))
    real = [t for t in events if not t.bot and not t.machine]
    acts = [t for t in real if not TYPES[t.type].control]
    chances = [
        one
        for place, rule in enumerate(document["rules"])
        for one in chances_of(rule, place, acts, events, document)
    ]
    chances.sort(
        key=lambda c: (
            c.due_at,
            -c.rule.get("priority", 0),
            c.place,
            c.key,
            digest(f"{c.first.source}\0{c.first.id}"),
        )
    )
    reports = sent_reports(real)
    standing: dict[str, tuple[Chance, Truth]] = {}
    known = {c.id: c.rule for c in chances}
    for c in chances:
        if c.id in standing or not passes(c, acts, events, document):
            continue
        if c.id not in reports and not room(c, standing, reports, known, document):
            continue
        share = int.from_bytes(
            blake2b(
                f"{c.last.tenant}\0{c.rule['name']}\0{c.last.person_id}\0{salt}".encode(),
                digest_size=8,
            ).digest()
        )
        held = share / 2**64 < c.rule.get("hold_out", 0) and c.id not in reports
        status = "held_out" if held else "due"
        goal = c.rule.get("goal")
        reached = [
            t.occurred_at
            for t in acts
            if goal
            and t.type in goal["types"]
            and c.due_at < t.occurred_at <= c.due_at + ms(goal["within"])
        ]
        found = Truth(status, c.due_at, reports.get(c.id, 0), min(reached, default=0))
        standing[c.id] = (c, found)
    return {id_: found for id_, (_, found) in standing.items()}


def sent_reports(events: Sequence[Touchpoint]) -> dict[str, int]:
    reports: dict[str, int] = {}
    for t in events:
        if t.type == "message_sent":
            reports.setdefault(told(t)["message_id"], t.occurred_at)
    return reports


def chances_of(
    rule: dict, place: int, acts: list, events: list, document: dict
) -> list[Chance]:
    trigger, after = rule["trigger"], ms(rule["after"])
    kind = trigger.get("key", "person")
    groups: dict[str, list[Touchpoint]] = {}
    for t in acts:
        if t.type in trigger["types"] and fulfils(t, trigger.get("where", ())):
            name = "" if kind == "person" else getattr(t, f"{kind}_id") or ""
            groups.setdefault(name, []).append(t)
    found = []
    for key, group in groups.items():
        chain: list[Touchpoint] = []
        for number, t in enumerate(group):
            chain.append(t)
            following = group[number + 1] if number + 1 < len(group) else None
            if following and following.occurred_at <= t.occurred_at + after:
                continue
            first = min(
                (c for c in chain if c.occurred_at == chain[0].occurred_at),
                key=lambda c: digest(f"{c.source}\0{c.id}"),
            )
            live = any(not c.backfill for c in chain)
            chance = Chance(rule, place, key, first, t, live)
            chance.due_at = awake(t.occurred_at + after, t, events, document)
            per_key = key and rule.get("once", "key") == "key"
            name = (
                f"key\0{key}\0{t.person_id}"
                if per_key
                else ("first\0" + digest(f"{first.source}\0{first.id}"))
            )
            chance.id = digest(f"{t.tenant}\0{rule['name']}\0{name}")
            if not (following and following.occurred_at <= chance.due_at):
                found.append(chance)
            chain = []
    return found


def fulfils(t: Touchpoint, where: Sequence[dict]) -> bool:
    values = told(t)
    for w in where:
        value = values.get(w["property"])
        if "any_of" in w and value not in w["any_of"]:
            return False
        if "at_least" in w and (value is None or value < w["at_least"]):
            return False
        if "at_most" in w and (value is None or value > w["at_most"]):
            return False
    return True


def awake(at: int, trigger: Touchpoint, events: list, document: dict) -> int:
    quiet = document.get("quiet_hours")
    if not quiet:
        return at
    tz = document.get("timezone", "Europe/Paris")
    if trigger.place is not None and trigger.place.tz:
        tz = trigger.place.tz
    stated = [
        (-t.occurred_at, told(t)["facts"]["tz"])
        for t in events
        if t.type == "customer_updated"
        and t.occurred_at // DAY_MS <= trigger.occurred_at // DAY_MS
    ]
    tz = min(stated)[1] if stated else tz  # the newest; of two at once the smaller
    moment = datetime.fromtimestamp(at / 1000, ZoneInfo(tz))
    # Minute by minute until nobody sleeps: slow, and nothing to get wrong.
    moved = moment
    while is_quiet(moved, quiet):
        moved = (moved + timedelta(minutes=1)).replace(second=0, microsecond=0)
    return at if moved == moment else int(moved.timestamp() * 1000)


def is_quiet(moment: datetime, quiet: dict) -> bool:
    clock = moment.strftime("%H:%M")
    if quiet["from"] <= quiet["to"]:
        return quiet["from"] <= clock < quiet["to"]
    return clock >= quiet["from"] or clock < quiet["to"]


def passes(c: Chance, acts: list, events: list, document: dict) -> bool:
    rule = c.rule
    if not c.live or any(ends(c, absent, acts) for absent in rule.get("absent", ())):
        return False
    orders = sum(
        t.type == "order_completed" and t.occurred_at <= c.due_at for t in acts
    )
    if not rule.get("orders_at_least", 0) <= orders <= rule.get("orders_at_most", 1e9):
        return False
    phase = {0: "", 1: "onboarding"}.get(orders, "engagement")
    if rule.get("phases") and phase not in rule["phases"]:
        return False
    return consents(c, events, document)


def ends(c: Chance, absent: dict, acts: list) -> bool:
    trigger = c.rule["trigger"]
    for t in acts:
        at = t.occurred_at
        if t.type not in absent["types"] or at > c.due_at:
            continue
        if absent.get("scope") == "key":
            name = getattr(t, f"{trigger['key']}_id") or ""
            if name == c.key and (c.key or at > c.first.occurred_at):
                return True
        elif at >= c.last.occurred_at and t.type not in trigger["types"]:
            return True
    return False


def consents(c: Chance, events: list, document: dict) -> bool:
    valid = ms(c.rule["valid_for"]) if "valid_for" in c.rule else 0
    said = document["consent"]["unless_stated"] == "given"
    for t in sorted(
        events, key=lambda t: (t.occurred_at, -(t.consent or {}).get("messaging", 0))
    ):
        if t.occurred_at // DAY_MS <= (c.due_at + valid) // DAY_MS:
            if t.type == "unsubscribed":
                said = False
            elif t.consent is not None:
                said = t.consent["messaging"]
    return said


def room(
    c: Chance,
    standing: dict[str, tuple[Chance, Truth]],
    reports: dict[str, int],
    known: dict[str, dict],
    document: dict,
) -> bool:
    others = [(o, found) for id_, (o, found) in standing.items() if id_ != c.id]
    sent = [(known[i], at) for i, at in reports.items() if i in known and i != c.id]
    name, once = c.rule["name"], c.rule.get("once", "key")
    same_sent = [at for rule, at in sent if rule["name"] == name]
    same = [found for o, found in others if o.rule["name"] == name]
    by_person = c.rule["trigger"].get("key", "person") == "person"
    if once == "person" or (once == "key" and by_person):
        return_ = not same and not same_sent
    elif isinstance(once, dict):
        window = once["days"] * DAY_MS
        return_ = not any(
            c.due_at - found.due_at < window for found in same
        ) and not any(abs(c.due_at - at) < window for at in same_sent)
    else:
        return_ = True
    if not return_ or not c.rule.get("cap"):
        return return_
    cap = document["caps"][c.rule["cap"]]
    window = cap["days"] * DAY_MS
    near = {
        o.id
        for o, found in others
        if o.rule.get("cap") == c.rule["cap"]
        and c.due_at - found.due_at < window
        and found.status != "held_out"
    }
    near |= {
        i
        for i, at in reports.items()
        if i in known
        and i != c.id
        and known[i].get("cap") == c.rule["cap"]
        and abs(c.due_at - at) < window
    }
    return len(near) < cap["at_most"]
