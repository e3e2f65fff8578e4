"""Messages due: what makes one, what does not, and what comes back."""

from schemas.progress import Progress
from streams.journey.encoded import times_of
from streams.journey.live import decode_state
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    identified,
)
from tests.factories.mailing import LONG_AFTER, Post, by_hand, post
from tests.factories.messages import (
    all_rules,
    cart,
    message_rules,
    messaging_partition,
    order,
    properties,
    rule,
)


def test_an_abandoned_cart_makes_one_message() -> None:
    """When the delay after its last touchpoint is over, and not before."""
    mail = post().send(cart("a"), cart("b", START_MS + HOUR_MS))
    mail.until(START_MS + 3 * HOUR_MS)
    assert mail.box.records == []
    (message,) = mail.until(START_MS + 3 * HOUR_MS + MINUTE_MS).due
    assert (message.key, message.cause.id) == ("c1", "b")
    assert message.due_at == START_MS + 3 * HOUR_MS
    assert len(mail.until(LONG_AFTER).box.records) == 1


def test_a_cart_has_one_message_for_ever() -> None:
    """Touched and abandoned again, it makes none again."""
    again = [cart(f"e{day}", START_MS + day * DAY_MS) for day in range(10)]
    mail = post()
    for touchpoint in again:
        mail.send(touchpoint).until(touchpoint.occurred_at + DAY_MS // 2)
    assert len(mail.box.records) == 1


def test_each_cart_has_its_own_message() -> None:
    """Two carts of one person are two occasions."""
    found = by_hand(cart("a", name="c1"), cart("b", name="c2"))
    assert {m.key for m in found} == {"c1", "c2"}


def test_a_purchase_in_the_store_ten_minutes_later_makes_it_silent() -> None:
    """Whatever the channel, whether or not the till knows of the cart."""
    bought = order("o", START_MS + 10 * MINUTE_MS, store="s1")
    mail = post().send(cart(), bought).until(LONG_AFTER)
    assert mail.box.records == []


def test_a_receipt_that_arrives_late_calls_the_message_off() -> None:
    """Same id, cancelled, newer revision, and why: who has not sent it yet stops."""
    mail = post().send(cart()).until(START_MS + DAY_MS)
    (before,) = mail.due
    mail.send(order("o", START_MS + HOUR_MS, store="s1"))
    (after,) = mail.box.newest.values()
    assert (after.message_id, after.status) == (before.message_id, "cancelled")
    assert after.reason == "order_completed"
    assert after.revision > before.revision


def test_a_receipt_after_the_message_was_due_calls_nothing_off() -> None:
    """The customer bought after all: that is what the message was for."""
    mail = post().send(cart()).until(START_MS + DAY_MS)
    mail.send(order("o", START_MS + 3 * HOUR_MS))
    assert [m.status for m in mail.box.newest.values()] == ["due"]


def test_a_cart_that_was_bought_stays_bought() -> None:
    """Looked at again after the order, it is not abandoned."""
    bought = order("o", START_MS + MINUTE_MS, cart_id="c1")
    assert by_hand(cart("a"), bought, cart("b", START_MS + HOUR_MS)) == []


def test_killed_and_replayed_twice_it_is_exactly_the_abandoned_carts() -> None:
    """State lost at every stage, the log read again: the same messages, byte for byte."""
    made = []
    for n in range(30):
        at = START_MS + n * HOUR_MS
        person = f"customer_id:{n}"
        made.append(cart(f"c{n}", at, f"cart-{n}", person=person))
        if n % 3 == 0:
            soon = at + 10 * MINUTE_MS
            made.append(order(f"o{n}", soon, person=person, store="s1"))
    mail = post().send(*made).until(LONG_AFTER)
    abandoned = {f"cart-{n}" for n in range(30) if n % 3}
    assert {m.key for m in mail.due} == abandoned
    for cut in (17, 33):
        again = messaging_partition(mail.rules)
        mail.box.take(again.apply(mail.log[:cut]))
        again = messaging_partition(mail.rules)
        mail.box.take(again.apply(mail.log))
    assert {m.key for m in mail.due} == abandoned
    assert len(set(mail.box.records)) == len(abandoned)


def test_a_state_that_was_written_makes_its_message_once() -> None:
    """Restored after the message, the log read again from its progress: nothing new."""
    mail = post().send(cart()).until(START_MS + DAY_MS)
    states = dict(mail.journeys.states)
    restored = PartitionJourneys(
        states, Progress("log", 0, "raw", 0), all_rules(mail.rules), 1
    )
    assert restored.apply(mail.log).messages == []


def test_an_alarm_survives_a_restart() -> None:
    """A state restored before the message is due still makes it."""
    mail = post().send(cart())
    (value,) = mail.journeys.states.values()
    assert times_of(value).message > START_MS + 2 * HOUR_MS
    progress = Progress("log", 1, "raw", START_MS)
    mail.journeys = PartitionJourneys(
        dict(mail.journeys.states), progress, all_rules(mail.rules), 1
    )
    assert len(mail.until(START_MS + DAY_MS).due) == 1


def test_a_customer_s_own_words_are_no_alarm() -> None:
    """A fact of that name is a fact."""
    told = properties(facts={"message_at": 5})
    mail = post().send(identified("f", "customer_updated", properties=told))
    (value,) = mail.journeys.states.values()
    assert times_of(value).message == 0


def test_a_year_of_backfill_makes_no_message_then_live_ones_do() -> None:
    """History counts, cancels and is remembered; only what is live speaks."""
    rules = message_rules(
        rule(),
        rule("again", trigger={"types": ["order_completed"]}, after="9d", absent=[]),
    )
    mail = Post(rules)
    for day in range(0, 365, 3):
        at = START_MS + day * DAY_MS
        mail.send(cart(f"c{day}", at, f"k{day}", backfill=True))
        mail.send(order(f"o{day}", at + 5 * HOUR_MS, backfill=True))
    now = START_MS + 370 * DAY_MS
    assert mail.until(now).box.records == []
    mail.send(cart("live", now, "new")).until(now + DAY_MS)
    assert [m.key for m in mail.due] == ["new"]
    mail.send(order("late", now + HOUR_MS, backfill=True))
    assert mail.due == []


def test_the_raw_topic_read_anew_is_silent() -> None:
    """States lost: what was worth sending then is not any more."""
    rules = message_rules(rule(valid_for="2d"))
    first = Post(rules).send(cart()).until(START_MS + DAY_MS)
    assert len(first.due) == 1
    today = START_MS + 10 * DAY_MS
    second = Post(rules).send(cart(), written_at=today)
    assert second.until(START_MS + DAY_MS, written_at=today).box.records == []


def test_a_receipt_file_of_last_week_makes_no_message() -> None:
    """A trigger that is heard of when its message would have expired."""
    rules = message_rules(rule(valid_for="2d"))
    mail = Post(rules).until(START_MS + 3 * DAY_MS)
    late = identified(
        "a",
        "cart_product_added",
        at=START_MS,
        cart_id="c1",
        channel="store",
        received_at=START_MS + 3 * DAY_MS,
    )
    assert mail.send(late).until(LONG_AFTER).box.records == []


def test_what_became_of_a_message_is_tied_to_it() -> None:
    """Sent, opened, clicked and bought after it; each when it first was."""
    rules = message_rules(rule(goal={"types": ["order_completed"], "within": "7d"}))
    mail = Post(rules).send(cart()).until(START_MS + 3 * HOUR_MS)
    (due,) = mail.due
    told = properties(message_id=due.message_id)
    steps = {
        "message_sent": 3,
        "email_delivered": 4,
        "email_opened": 5,
        "email_link_clicked": 6,
    }
    for type_, hour in steps.items():
        for again in (0, 9):
            at = START_MS + (hour + again) * HOUR_MS
            mail.send(identified(f"{type_}{again}", type_, at=at, properties=told))
    mail.send(order("o", START_MS + 20 * HOUR_MS))
    (message,) = mail.due
    hours = [
        (at - START_MS) / HOUR_MS
        for at in (
            message.sent_at,
            message.delivered_at,
            message.opened_at,
            message.clicked_at,
            message.converted_at,
        )
    ]
    assert hours == [3, 4, 5, 6, 20]
    assert message.status == "due"
    assert message.revision > due.revision


def test_a_mail_proxy_opens_nothing() -> None:
    """Machine opens never count, and foreign messages are nobody's."""
    mail = post().send(cart()).until(START_MS + 3 * HOUR_MS)
    (due,) = mail.due
    own = properties(message_id=due.message_id)
    at = START_MS + 4 * HOUR_MS
    mail.send(identified("x", "email_opened", at=at, machine=True, properties=own))
    for n, id_ in enumerate(("campaign-5", 7, "0" * 16, None)):
        foreign = properties(message_id=id_)
        mail.send(identified(f"y{n}", "email_opened", at=at, properties=foreign))
    assert [m.opened_at for m in mail.due] == [0]
    assert len(mail.box.records) == 1


def test_bots_abandon_no_carts() -> None:
    """What a crawler puts into a cart is nobody's wish."""
    assert by_hand(cart(bot=True)) == []


def test_a_rule_worded_anew_leaves_old_messages_alone() -> None:
    """A longer delay neither calls off nor repeats what was said."""
    mail = post().send(cart()).until(START_MS + 3 * HOUR_MS)
    assert len(mail.due) == 1
    mail.rules = message_rules(rule(version=2, after="20d"))
    mail.journeys = PartitionJourneys(
        dict(mail.journeys.states),
        Progress("log", len(mail.log), "raw", START_MS + 3 * HOUR_MS),
        all_rules(mail.rules),
        1,
    )
    mail.send(cart("b", START_MS + 4 * HOUR_MS, "c2")).until(START_MS + 50 * DAY_MS)
    assert [(m.key, m.rule_version) for m in mail.due] == [("c1", 1), ("c2", 2)]
    assert len(mail.box.records) == 2


def test_a_memory_stays_small() -> None:
    """A person with a thousand carts costs no more than one with sixty-four."""
    made = [cart(f"a{n}", START_MS + n, f"c{n}", backfill=True) for n in range(1_000)]
    mail = post().send(*made[:500]).send(*made[500:])
    (value,) = mail.journeys.states.values()
    memory = decode_state(value).messages
    assert memory is not None
    assert len(memory.spans["cart"]) == 64


def test_a_touchpoint_that_concerns_no_rule_leaves_nothing() -> None:
    """Neither memory nor alarm."""
    mail = post().send(identified("a"), identified("b", "product_viewed"))
    (value,) = mail.journeys.states.values()
    state = decode_state(value)
    assert (state.messages, state.message_at) == (None, 0)
