"""What the shop sends: newsletters with their opens and clicks, ads, push messages."""

from typing import Final

from parcours.simulating import web
from parcours.simulating.catalogue import (
    ADS,
    MAIL_PROGRAM,
    MAIL_PROXY,
    newsletter,
)
from parcours.simulating.person import Person
from parcours.simulating.rhythm import HOUR_MS, MINUTE_MS
from parcours.simulating.scene import Scene, Shop
from schemas.touchpoint import RawActor

_OPENED: Final = 0.25
_CLICKED: Final = 0.2


def mail(shop: Shop, person: Person, at: int, about: object) -> None:
    """A newsletter goes to a subscriber.

    Args:
        shop: the shop.
        person: the subscriber.
        at: when.
        about: number of the newsletter.
    """
    if not person.subscribed or not isinstance(about, int):
        return
    chance = shop.chance
    person.email = person.email or shop.names.email(person.number)
    campaign = newsletter(about)
    actor = RawActor(email_hash=person.email)
    scene = Scene(shop, person, at, "mailer", "email", actor, campaign=campaign)
    free: dict[str, object] = {"email_id": f"{campaign.id}-{person.number}"}
    scene.add("email_sent", dict(free))
    scene.wait(1, 20)
    if chance.share(0.01):
        scene.add("email_bounced", {**free, "bounce_type": "soft"})
        return
    scene.add("email_delivered", dict(free))
    if person.proxied:
        scene.wait(2, 60)
        scene.agent = MAIL_PROXY
        scene.add("email_opened", {**free, "machine": True})
    if chance.share(_OPENED):
        later = scene.at + chance.quantile((1, 30, 240, 720)) * MINUTE_MS
        shop.later(later, _open, person, about)


def _open(shop: Shop, person: Person, at: int, about: object) -> None:
    if not isinstance(about, int):
        raise TypeError
    chance = shop.chance
    campaign = newsletter(about)
    actor = RawActor(email_hash=person.email)
    scene = Scene(
        shop,
        person,
        at,
        "mailer",
        "email",
        actor,
        campaign=campaign,
        agent=MAIL_PROGRAM,
    )
    free: dict[str, object] = {"email_id": f"{campaign.id}-{person.number}"}
    scene.add("email_opened", dict(free))
    if chance.share(0.01):
        scene.wait(5, 30)
        person.subscribed = False
        scene.add("unsubscribed", {**free, "reason": "too_many"})
        return
    if chance.share(_CLICKED) and person.free_at < at:
        scene.wait(3, 60)
        # The link carries who was written to: the browser gets a name.
        cookie, scene.agent = person.cookies[0]
        scene.actor = RawActor(email_hash=person.email, anonymous_id=cookie)
        scene.add("email_link_clicked", {**free, "link_id": "hero"})
        web.visit(shop, person, scene.at + 1_000, campaign)


def advertise(shop: Shop, person: Person, at: int, _about: object = None) -> None:
    """A few impressions on other sites, by a cookie that they know too."""
    chance = shop.chance
    cookie, agent = person.cookies[0]
    campaign = chance.pick(ADS)
    actor = RawActor(anonymous_id=cookie)
    scene = Scene(shop, person, at, "ads", "ads", actor, agent=agent, campaign=campaign)
    for _ in range(chance.between(1, 4)):
        scene.add("ad_impression", {"network": campaign.source})
        scene.wait(60, 3_000)
    if chance.share(0.05):
        scene.channel = "social"
        scene.add("social_post_engaged", {"network": "instagram", "action": "like"})


def push(shop: Shop, person: Person, at: int, _about: object = None) -> None:
    """A push message to the app; some open it, and the app with it."""
    actor = RawActor(device_id=person.app, customer_id=person.customer or None)
    scene = Scene(shop, person, at, "push", "push", actor)
    message: dict[str, object] = {"push_id": shop.token("M")}
    scene.add("push_sent", dict(message))
    if shop.chance.share(0.15):
        scene.wait(5, HOUR_MS // 1000)
        scene.add("push_opened", message)
