"""Calls, chats and tickets; surveys and what is answered."""

from typing import Final

from parcours.simulating.catalogue import TOPICS
from parcours.simulating.person import Person
from parcours.simulating.rhythm import DAY_MS, HOUR_MS, MINUTE_MS
from parcours.simulating.scene import Scene, Shop
from parcours.simulating.words import opinion
from schemas.touchpoint import RawActor

ANSWERED: Final = 0.3
_NPS, _CSAT, _CES = "nps", "csat", "ces"
_SCALES: Final = {_NPS: (0, 10), _CSAT: (1, 5), _CES: (1, 7)}


def contact(shop: Shop, person: Person, at: int, about: object = None) -> None:
    """Somebody calls, chats or writes; the matter is a ticket.

    Args:
        shop: the shop.
        person: who.
        at: when.
        about: topic, or None for any.
    """
    chance = shop.chance
    topic = about if isinstance(about, str) else chance.pick(TOPICS)
    _talk(shop, person, at, (shop.token("T"), topic, 1))


def ask(shop: Shop, person: Person, at: int, about: object) -> None:
    """A survey goes out; some answer it.

    Args:
        shop: the shop.
        person: who is asked.
        at: when.
        about: id of the order that it is about.
    """
    chance = shop.chance
    actor = _known(person)
    kind = chance.pick((_NPS, _NPS, _CSAT, _CES))
    survey = shop.token("Q")
    free: dict[str, object] = {"survey_id": survey, "kind": kind}
    order = str(about)
    sent = Scene(shop, person, at, "surveys", "email", actor)
    sent.add("survey_sent", free, order=order)
    if chance.share(ANSWERED):
        later = at + chance.between(10, 48 * 60) * MINUTE_MS
        shop.later(later, _answer, person, (survey, kind, order))


def _answer(shop: Shop, person: Person, at: int, about: object) -> None:
    if not isinstance(about, tuple):
        raise TypeError
    survey, kind, order = about
    chance = shop.chance
    least, most = _SCALES[kind]
    # From -2..2 onto the scale, and a step of one's own.
    middle = least + (most - least) * (200 + person.pleased) // 400
    spread = (most - least) // 4 or 1
    score = min(most, max(least, middle + chance.between(0, 2 * spread)))
    free: dict[str, object] = {
        "survey_id": survey,
        "kind": kind,
        "score": score,
        "scale": f"{least}-{most}",
    }
    if chance.share(0.4):
        stars = 1 + 4 * (score - least) // (most - least)
        free["text"] = opinion(chance, person.language, stars)
        free["language"] = person.language
    scene = Scene(shop, person, at, "surveys", "web", _known(person))
    scene.add("survey_answered", free, order=order)


def _talk(shop: Shop, person: Person, at: int, about: object) -> None:
    if not isinstance(about, tuple):
        raise TypeError
    ticket, topic, round_ = about
    chance = shop.chance
    channel = chance.pick(("phone", "phone", "chat"))
    scene = Scene(
        shop, person, at, "desk", channel, _known(person), hint=shop.token("C")
    )
    free: dict[str, object] = {"ticket_id": ticket, "topic": topic}
    scene.add("support_contacted", {**free, "contact": round_})
    waited = chance.quantile((5, 40, 120, 900))
    resolved = chance.share(0.75)
    if channel == "phone":
        scene.wait(5, 20)
        scene.add("call_started", dict(free))
        scene.wait(60, 900)
        end: dict[str, object] = {"wait_ms": waited * 1000, "resolved": resolved}
        scene.add("call_ended", {**free, **end})
    person.pleased += 20 if resolved else -60
    if not resolved and round_ < 4:  # noqa: PLR2004 - then they give up
        again = scene.at + chance.between(4 * HOUR_MS, 3 * DAY_MS)
        shop.later(again, _talk, person, (ticket, topic, round_ + 1))


def _known(person: Person) -> RawActor:
    """By what the desk and the survey tool know somebody."""
    return RawActor(
        customer_id=person.customer or None,
        email_hash=person.email or None,
        phone_hash=person.phone or None,
        loyalty_id=person.loyalty or None,
    )
