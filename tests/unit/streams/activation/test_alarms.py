"""Alarms of messages: when they ring, and what is written because of one."""

from msgspec import json

from schemas.progress import Progress
from streams.journey.encoded import times_of
from streams.journey.outcome import Outcome
from streams.journey.partition import PartitionJourneys
from tests.factories.identified import DAY_MS, HOUR_MS, MINUTE_MS, START_MS, identified
from tests.factories.mailing import LONG_AFTER, Post, post
from tests.factories.messages import all_rules, cart, order, properties, rule

REFUSED = {"unless_stated": "refused"}
NOBODY_ASKED = ("suppressed", "cart", "consent")


class Counting(Post):
    """A post whose outcomes are kept."""

    def __init__(self, mail: Post) -> None:
        super().__init__(mail.rules)
        self.journeys = mail.journeys
        self.outcomes: list[Outcome] = []
        apply = self.journeys.apply

        def kept(log: object) -> Outcome:
            self.outcomes.append(apply(log))
            return self.outcomes[-1]

        self.journeys.apply = kept  # type: ignore[method-assign]

    @property
    def counted(self) -> int:
        return sum(one.messaged[NOBODY_ASKED] for one in self.outcomes)


def counting(**fields: object) -> Counting:
    return Counting(post(**fields))


def test_an_alarm_of_which_nothing_comes_writes_no_state() -> None:
    """Without consent nothing is due: it is counted, and the state stays as it is."""
    mail = counting(consent=REFUSED)
    mail.send(cart())
    mail.until(START_MS + DAY_MS)
    assert (mail.counted, mail.outcomes[-1].states) == (1, [])


def test_what_is_suppressed_is_counted_once() -> None:
    """Whatever the person does afterwards, and however often time goes on."""
    mail = counting(consent=REFUSED)
    mail.send(cart()).until(START_MS + DAY_MS)
    mail.send(identified("b", at=START_MS + 2 * DAY_MS))
    mail.until(START_MS + 3 * DAY_MS).until(LONG_AFTER)
    assert mail.counted == 1


def test_two_entries_for_one_alarm_ring_once() -> None:
    """An alarm that was set, put off and reached within one batch is heard once."""
    mail = counting(consent=REFUSED)
    mail.send(cart("a")).send(cart("b", START_MS + HOUR_MS)).until(LONG_AFTER)
    assert mail.counted == 1


def test_who_consents_too_late_gets_no_message_of_before() -> None:
    """The alarm was heard, although no state says so."""
    mail = post(rule(valid_for="1h"), consent=REFUSED)
    mail.send(cart()).until(START_MS + DAY_MS)
    given = {"messaging": True}
    mail.send(identified("b", at=START_MS + 2 * DAY_MS, consent=given))
    assert mail.until(LONG_AFTER).box.records == []


def test_an_alarm_that_was_heard_does_not_ring_after_a_restart() -> None:
    """A worker that starts looks at no state of which nothing came before."""
    mail = post(consent=REFUSED).send(cart()).until(START_MS + DAY_MS)
    states = dict(mail.journeys.states)
    (value,) = states.values()
    assert 0 < times_of(value).message < START_MS + DAY_MS
    progress = Progress("log", len(mail.log), "raw", START_MS + DAY_MS)
    restored = PartitionJourneys(states, progress, all_rules(mail.rules), 1)
    mail.journeys = restored
    again = Counting(mail)
    again.log = mail.log
    again.send(identified("b", at=START_MS + 2 * DAY_MS, person="customer_id:2"))
    again.until(START_MS + 5 * DAY_MS)
    assert (restored.states[next(iter(states))], again.counted) == (value, 0)


def test_a_crash_before_the_progress_makes_the_alarm_ring_again() -> None:
    """What a lost run heard is heard by the next one: the message is not lost."""
    mail = post().send(cart())
    states = dict(mail.journeys.states)
    mail.until(START_MS + DAY_MS)
    restored = PartitionJourneys(
        states, Progress("log", 1, "raw", START_MS), all_rules(mail.rules), 1
    )
    sent = [value for _, value in restored.apply(mail.log).messages]
    assert sent == mail.box.records != []


def test_an_alarm_moves_with_its_cart() -> None:
    """Touched again, a cart is looked at when it may be abandoned, and not before."""
    mail = post().send(cart("a"), cart("b", START_MS + HOUR_MS))
    (value,) = mail.journeys.states.values()
    assert times_of(value).message > START_MS + 3 * HOUR_MS


def test_the_alarm_of_another_cart_stays() -> None:
    """Of two carts, the one that is not touched again is due first."""
    mail = post().send(cart("a"), cart("b", START_MS + MINUTE_MS, "c2"))
    mail.send(cart("c", START_MS + HOUR_MS, "c2"))
    (value,) = mail.journeys.states.values()
    assert times_of(value).message <= START_MS + 2 * HOUR_MS + MINUTE_MS
    mail.until(START_MS + 2 * HOUR_MS + MINUTE_MS)
    assert [m.key for m in mail.due] == ["c1"]


def test_an_alarm_waits_for_the_end_of_quiet_hours() -> None:
    """Nothing is looked at in the night only to be put off until the morning."""
    quiet = {"from": "00:00", "to": "23:59"}
    mail = post(quiet_hours=quiet, timezone="UTC").send(cart())
    (value,) = mail.journeys.states.values()
    # START_MS is 22:13:20 in UTC; what is due at 00:13:20 waits until 23:59.
    assert times_of(value).message > START_MS + 25 * HOUR_MS


def test_a_clock_that_becomes_known_moves_the_alarm() -> None:
    """Told where the customer is, it rings when it is morning there."""
    quiet = {"from": "21:00", "to": "08:00"}
    mail = post(quiet_hours=quiet, timezone="UTC").send(cart())
    told = properties(facts={"tz": "Asia/Tokyo"})
    mail.send(identified("b", "customer_updated", at=START_MS + 1, properties=told))
    due = START_MS + 2 * HOUR_MS  # 09:13 in Tokyo
    assert [m.due_at for m in mail.until(due + MINUTE_MS).due] == [due]


def test_a_bought_cart_is_counted_for_what_it_is() -> None:
    """The reason is what happened instead, also where no state is written."""
    mail = counting()
    mail.send(cart(), order("o", START_MS + MINUTE_MS)).until(START_MS + DAY_MS)
    tally = mail.outcomes[-1].messaged
    assert dict(tally) == {("suppressed", "cart", "order_completed"): 1}
    assert json.decode(mail.outcomes[-1].progress)["watermark"] == START_MS + DAY_MS
