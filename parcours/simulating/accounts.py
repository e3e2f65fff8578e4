"""How the shop learns who somebody is: accounts, signing in, consent."""

from parcours.simulating.person import Person
from parcours.simulating.scene import Scene
from schemas.touchpoint import RawActor


def sign_in(scene: Scene, person: Person) -> None:
    """Sign in, or open an account first."""
    scene.wait(5, 60)
    known = person.customer
    person.customer = known or scene.shop.names.customer(person.number)
    person.email = person.email or scene.shop.names.email(person.number)
    _recognise(scene, person)
    scene.add("signed_in" if known else "account_created", {"method": "password"})
    if scene.actor.anonymous_id and not person.tablet and scene.chance.share(0.5):
        person.signed_in.add(scene.actor.anonymous_id)
    if not known and scene.chance.share(0.5):
        subscribe(scene, person)


def subscribe(scene: Scene, person: Person) -> None:
    """Agree to be written to."""
    if not person.subscribed:
        person.subscribed = True
        scene.shop.subscribers.append(person)
        purposes = {"messaging": True, "analytics": True}
        scene.add("consent_updated", consent=purposes)


def _recognise(scene: Scene, person: Person) -> None:
    actor = scene.actor
    scene.actor = RawActor(
        anonymous_id=actor.anonymous_id,
        device_id=actor.device_id,
        customer_id=person.customer,
    )
