"""Impact: what each model gives, by hand; ranges, refunds, currencies, wrong questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from insights.asker import QuestionError
from insights.funnels.spec import Step
from insights.impact.answer import read_impact
from insights.impact.samples import Of, read_samples
from insights.impact.spec import MODELS, ImpactQuestion
from insights.scope import Scope
from schemas.tables import TOUCHPOINTS
from tests.integration.impact_journeys import (
    BASE,
    DAY,
    LATER,
    ask,
    given,
    journeys,
    touch,
)
from tests.unit.insights.store import OverJson

if TYPE_CHECKING:
    from tests.unit.insights.store import Row, Store

pytestmark = pytest.mark.clickhouse


def test_every_model_by_hand(store: Store) -> None:
    """ads, e-mail, e-mail, phone, then an order of 100.00 after four days."""
    store.insert(TOUCHPOINTS, journeys("a e e p $10000"))
    found = given(ask(store, half_life="1d"))
    assert found["first"] == {"ads": 10_000}
    assert found["last"] == {"phone": 10_000}
    assert found["linear"] == {"ads": 2_500, "email": 5_000, "phone": 2_500}
    assert found["position"] == {"ads": 4_000, "email": 2_000, "phone": 4_000}
    # 1/8, 1/4 + 1/2 and 1 of 15/8: 1, 6 and 8 fifteenths.
    assert found["time_decay"] == {"ads": 667, "email": 4_000, "phone": 5_333}
    # Whatever is taken out, nothing converts: but e-mail once led to itself.
    assert found["markov"] == {"ads": 3_334, "email": 3_333, "phone": 3_333}
    assert found["shapley"] == {"ads": 3_334, "email": 3_333, "phone": 3_333}


def test_two_contacts_have_half_each_by_position(store: Store) -> None:
    """And one has all."""
    store.insert(TOUCHPOINTS, journeys("a e $100", "p $7"))
    found = given(ask(store, models=("position",)))
    assert found["position"] == {"ads": 50, "email": 50, "phone": 7}


def test_the_textbook_chain(store: Store) -> None:
    """C1>C2>C3 converts, C1 and C2>C3 do not: 1/5, 2/5, 2/5 (null paths included)."""
    store.insert(TOUCHPOINTS, journeys("a e p $1000", "a", "e p"))
    found = ask(store)
    assert (found.conversions, found.null_paths, found.pending_paths) == (1, 2, 0)
    assert given(found)["markov"] == {"ads": 200, "email": 400, "phone": 400}


def test_a_contact_belongs_to_the_next_conversion_within_the_window(
    store: Store,
) -> None:
    """Inclusive; older ones led to nothing, and so did those nobody bought after."""
    rows = [
        touch("1", 0, "ad_clicked"),
        touch("1", 10, "email_opened"),
        touch("1", 40, "order_completed", 100),
        touch("1", 45, "order_completed", 11),
        touch("1", 50, "call_started"),
    ]
    store.insert(TOUCHPOINTS, rows)
    found = ask(store, lookback="30d")
    assert given(found)["last"] == {"email": 100}
    assert (found.conversions, found.unattributed, found.null_paths) == (2, 1, 2)
    (euros,) = found.revenue
    assert (euros.attributed_minor, euros.unattributed_minor) == (100, 11)
    assert given(ask(store, lookback="40d"))["first"] == {"ads": 100}


def test_who_may_still_convert_is_in_no_path(store: Store) -> None:
    """A contact is a path to nothing only when the window is over."""
    store.insert(TOUCHPOINTS, journeys("a", "e $5"))
    for day, counts in ((29, (0, 1)), (30, (0, 1)), (31, (1, 0))):
        found = read_impact(
            store.asker, Scope(), ImpactQuestion(minimum=1), as_of=BASE + day * DAY
        )
        assert (found.null_paths, found.pending_paths) == counts


def test_the_scope_is_of_the_conversions(store: Store) -> None:
    """Contacts are looked for before the range, and in every channel and store."""
    rows = [
        touch("1", 0, "ad_clicked"),
        touch("1", 5, "order_completed", 100, channel="pos", store_id="7"),
        touch("2", 5, "email_opened"),
        touch("2", 9, "order_completed", 10, channel="web"),
        touch("3", 9.5, "call_started"),
    ]
    store.insert(TOUCHPOINTS, rows)
    for scope in (
        Scope(from_=BASE + 5 * DAY, to=BASE + 6 * DAY),
        Scope(channel="pos"),
        Scope(store="7"),
    ):
        assert given(ask(store, scope))["linear"] == {"ads": 100}


def test_net_takes_refunds_off_and_leaves_cancelled_orders_out(store: Store) -> None:
    """A refunded part counts less, all of it or a cancellation not at all."""
    rows = journeys("a $100", "e $100", "p $100", "a $100")
    for row in rows:
        row["order_id"] = f"o{row['person_id']}"  # type: ignore[index]
    rows += [
        touch("0", 9, "order_refunded", 30, order_id="ocustomer_id:0"),
        touch("1", 9, "order_refunded", 100, order_id="ocustomer_id:1"),
        touch("2", 9, "order_cancelled", order_id="ocustomer_id:2"),
    ]
    store.insert(TOUCHPOINTS, rows)
    assert given(ask(store))["first"] == {"ads": 200, "email": 100, "phone": 100}
    net = ask(store, net=True)
    assert given(net)["first"] == {"ads": 170}
    assert (net.conversions, net.null_paths) == (2, 2)


def test_a_refund_is_taken_off_its_currency_only(store: Store) -> None:
    """100.00 euros of which 900 yen went back are 100.00 euros; 700 yen are 300."""
    rows = [
        touch("1", 0, "ad_clicked"),
        touch("1", 1, "order_completed", 10_000, order_id="o1"),
        touch("2", 0, "email_opened"),
        touch("2", 1, "order_completed", 1_000, order_id="o2", currency="JPY"),
        touch("1", 3, "order_refunded", 900, order_id="o1", currency="JPY"),
        touch("2", 3, "order_refunded", 700, order_id="o2", currency="JPY"),
    ]
    store.insert(TOUCHPOINTS, rows)
    told = {r.currency: r.value_minor for r in ask(store, net=True).revenue}
    assert told == {"EUR": 10_000, "JPY": 300}


def test_a_refund_is_taken_off_once_of_the_oldest(store: Store) -> None:
    """Two customers have one order id and 100 each: of 30 given back, 70 and 100 are left;
    of 130, nothing of the first and 70 of the second; of 250, nothing. So in every scope.
    """
    rows = []
    for number, back in (("1", 30), ("2", 130), ("3", 250), ("4", 0)):
        name = {"order_id": f"o{number}"}
        rows += [
            touch(f"{number}a", 0, "ad_clicked"),
            touch(f"{number}a", 1, "order_completed", 100, **name),
            touch(f"{number}b", 2, "email_opened"),
            touch(f"{number}b", 3, "order_completed", 100, channel="pos", **name),
        ]
        if back:
            rows.append(touch(f"{number}a", 9, "order_refunded", back - 10, **name))
            rows.append(touch(f"{number}a", 10, "order_refunded", 10, **name))
    store.insert(TOUCHPOINTS, rows)
    found = ask(store, net=True)
    # ads: 70 + 0 + 0 + 100; e-mail: 100 + 70 + 0 + 100.
    assert given(found)["last"] == {"ads": 170, "email": 270}
    assert found.conversions == 5
    for scope in (Scope(channel="pos"), Scope(from_=BASE + 2 * DAY)):
        narrow = ask(store, scope, net=True)
        assert (narrow.conversions, narrow.revenue[0].value_minor) == (3, 270)


def test_currencies_are_never_added(store: Store) -> None:
    """Each is shared out by itself; an order without a value is a conversion."""
    rows = [
        *journeys("a $100", "e $50"),
        touch("8", 0, "ad_clicked"),
        touch("8", 1, "order_completed", 33, currency="USD"),
        touch("9", 0, "ad_clicked"),
        touch("9", 1, "order_completed"),
    ]
    store.insert(TOUCHPOINTS, rows)
    found = ask(store, models=("linear", "markov"))
    told = {r.currency: (r.conversions, r.attributed_minor) for r in found.revenue}
    assert told == {"": (1, 0), "EUR": (2, 150), "USD": (1, 33)}
    linear, markov = found.models
    assert [c.value_minor for c in linear.credits if c.name == "ads"] == [
        {"EUR": 100, "USD": 33}
    ]
    for currency, whole in (("EUR", 150), ("USD", 33)):
        assert sum(c.value_minor[currency] for c in markov.credits) == whole
    (note,) = [one for one in found.notes if one.code == "impact_currencies"]
    assert note.values == {"currencies": "EUR, USD"}


def test_few_conversions_have_no_share(store: Store) -> None:
    """The money still adds up; nobody claims what is not known."""
    store.insert(TOUCHPOINTS, journeys("a $1", "a $1", "a $1", "e $1"))
    found = ask(store, minimum=3, replicates=100)
    assert {one.name: one.claimed for one in found.names} == {
        "ads": True,
        "email": False,
    }
    for model in found.models:
        ads, email = model.credits
        assert ads.share == 0.75
        assert ads.low is not None
        assert ads.high is not None
        assert ads.low <= 0.75 <= ads.high
        assert (email.share, email.low, email.high) == (None, None, None)
        assert email.value_minor == {"EUR": 1}
    assert "email" in str(found.notes[0])


def test_rare_names_are_put_together(store: Store) -> None:
    """The most frequent one is told apart, the sum is the same."""
    store.insert(TOUCHPOINTS, journeys("a e p $90", "a $10", "a"))
    found = ask(store, names=1, by="type")
    assert {one.name for one in found.names} == {"ad_clicked", "(other)"}
    for credits_ in given(found).values():
        assert sum(credits_.values()) == 100


def test_campaigns_and_contacts_of_ones_own(store: Store) -> None:
    """Which touchpoints are contacts is a question of steps; a campaign has a name."""
    rows = [
        touch("1", 0, "page_viewed", campaign_name="spring"),
        touch("1", 1, "page_viewed"),
        touch("1", 2, "order_completed", 90),
    ]
    store.insert(TOUCHPOINTS, rows)
    pages = (Step(type="page_viewed"),)
    found = given(ask(store, touches=pages, by="campaign"))
    assert found["linear"] == {"spring": 45, "(not set)": 45}


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": 4},
        {"order": 0},
        {"names": 0},
        {"touches": ()},
        {"lookback": "a while"},
        {"half_life": "0d"},
        {"models": ("best",)},
        {"conversion": Step()},
        {"replicates": -1},
    ],
)
def test_a_wrong_question_is_refused(store: Store, wrong: dict[str, object]) -> None:
    """With a word on what to change."""
    with pytest.raises(QuestionError):
        ask(store, **wrong)


def test_nothing_stored_is_nothing_owed(store: Store) -> None:
    """No shares, no money, no error."""
    found = ask(store, replicates=10)
    assert (found.conversions, found.revenue, found.names) == (0, [], [])
    assert [model.credits for model in found.models] == [[]] * len(MODELS)


HOSTILE = "x') OR 1 = 1; DROP TABLE touchpoints; --\\' \" ` {v0:String} $mask \n"


def test_hostile_names_can_do_nothing(store: Store) -> None:
    """They are only ever values, also where a campaign is called so."""
    rows = [
        touch("1", 0, "ad_clicked", campaign_name=HOSTILE),
        touch("1", 1, "order_completed", 90),
    ]
    store.insert(TOUCHPOINTS, rows)
    assert given(ask(store, by="campaign"))["linear"] == {HOSTILE: 90}
    step = Step(type=HOSTILE, where={"store_id": HOSTILE})
    assert ask(store, Scope(store=HOSTILE), touches=(step,)).conversions == 0


def sampled(
    store: Store,
    name: str = "",
    of: Of = "conversions",
    scope: Scope | None = None,
    **asked: object,
) -> list[str]:
    """The ids of samples, the newest first."""
    asker, whole = OverJson(store.asker), scope or Scope()
    question = ImpactQuestion(**asked)  # type: ignore[arg-type]
    found = read_samples(asker, whole, question, name, of=of, as_of=LATER)
    return [one.id for one in found]


def test_samples_are_what_the_numbers_count(store: Store) -> None:
    """Of conversions these, or a name's contacts before them; of other paths theirs."""
    store.insert(TOUCHPOINTS, [*journeys("a e a $100", "e $100", "p"), late_contact()])
    near = {"lookback": "1d"}
    assert sampled(store, "ads", **near) == ["0-2.0-ad_clicked"]
    assert sampled(store, "phone", **near) == []
    assert sampled(store, **near) == ["0-3.0-order_completed", "1-1.0-order_completed"]
    assert sampled(store, "(other)", names=1, **near) == ["1-0.0-email_opened"]
    lost = ["0-1.0-email_opened", "0-0.0-ad_clicked", "2-0.0-call_started"]
    assert sampled(store, of="null_paths", **near) == lost
    assert sampled(store, "ads", of="null_paths", **near) == lost[1:2]
    assert sampled(store, of="pending_paths") == [late_contact()["id"]]
    assert sampled(store, of="unattributed", lookback="1h") == [
        "0-3.0-order_completed",
        "1-1.0-order_completed",
    ]
    with pytest.raises(QuestionError):
        read_samples(store.asker, Scope(), ImpactQuestion(), limit=0)
    with pytest.raises(QuestionError, match="3 persons or more"):
        read_samples(store.asker, Scope(), ImpactQuestion(), least=3)


def late_contact() -> Row:
    """Its look-back window goes on beyond what is known."""
    return touch("9", 999, "ad_clicked")


def test_samples_are_of_the_range(store: Store) -> None:
    """A contact may lie before it, as far as the look-back goes, and never after it."""
    contacts = [touch("1", day, "ad_clicked") for day in (0, 2, 6)]
    store.insert(TOUCHPOINTS, [*contacts, touch("1", 5, "order_completed", 100)])
    part = Scope(from_=BASE + 4 * DAY, to=BASE + 6 * DAY)
    assert sampled(store, "ads", scope=part, lookback="4d") == ["1-2-ad_clicked"]
    assert sampled(store, scope=part) == ["1-5-order_completed"]
    assert sampled(store, scope=Scope(to=BASE + 4 * DAY)) == []
    early = read_samples(store.asker, Scope(), ImpactQuestion(), as_of=BASE + 4 * DAY)
    assert early == []


def test_samples_of_orders_are_those_counted(store: Store) -> None:
    """One told twice is the first telling; with `net`, no cancelled one."""
    rows = [
        touch("1", 1, "order_completed", 100, order_id="o1"),
        touch("1", 8, "order_completed", 100, order_id="o1", source="till"),
        touch("2", 8, "order_completed", 50, order_id="o2"),
        touch("2", 9, "order_cancelled", order_id="o2"),
    ]
    store.insert(TOUCHPOINTS, rows)
    assert sampled(store) == ["2-8-order_completed", "1-1-order_completed"]
    assert sampled(store, scope=Scope(from_=BASE + 8 * DAY)) == ["2-8-order_completed"]
    assert sampled(store, net=True) == ["1-1-order_completed"]
