"""Impact against a program that does it by hand, and what has to hold of every model."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import chain, combinations
from math import factorial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest

from insights.asker import QuestionError
from insights.cost import CostError
from insights.funnels.spec import Step
from insights.impact.answer import read_impact
from insights.impact.spec import MODELS, ImpactQuestion
from insights.scope import Scope
from schemas.tables import TOUCHPOINTS
from tests.unit.insights.store import OverJson, Row, Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from insights.impact.result import Impact, ModelAnswer

pytestmark = pytest.mark.clickhouse
DAY = 86_400_000
BASE = 1_735_689_600_000
LATER = BASE + 1000 * DAY
CHANNELS = {"ad_clicked": "ads", "email_opened": "email", "call_started": "phone"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for the module."""
    with open_store(tmp_path_factory.mktemp("impact")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The store, empty."""
    opened.clear(TOUCHPOINTS)
    return opened


def touch(
    person: str, day: float, type_: str, minor: int | None = None, **more: object
) -> Row:
    """A contact, or an order with a value."""
    return {
        "person_id": f"customer_id:{person}",
        "occurred_at": BASE + round(day * DAY),
        "source": "shop",
        "id": f"{person}-{day}-{type_}",
        "type": type_,
        "channel": CHANNELS.get(type_, "web"),
        "direction": "in",
        "value_minor": minor,
        "currency": "" if minor is None else "EUR",
        **more,
    }


def journeys(*texts: str, days: float = 1.0) -> list[Row]:
    """`a e $100`: ads, e-mail, order of 100, a day apart; one text a person."""
    types = {"a": "ad_clicked", "e": "email_opened", "p": "call_started"}
    rows = []
    for person, text in enumerate(texts):
        for number, word in enumerate(text.split()):
            at = number * days
            if word[0] == "$":
                rows.append(touch(str(person), at, "order_completed", int(word[1:])))
            else:
                rows.append(touch(str(person), at, types[word]))
    return rows


def ask(store: Store, scope: Scope | None = None, **options: object) -> Impact:
    """Ask, with shares told of everybody."""
    asked = ImpactQuestion(**{"minimum": 1, "replicates": 0, **options})  # type: ignore[arg-type]
    return read_impact(OverJson(store.asker), scope or Scope(), asked, as_of=LATER)


def money(model: ModelAnswer) -> dict[str, int]:
    """What a model gives, in euro cents, zeros left out."""
    return {c.name: c.value_minor["EUR"] for c in model.credits if c.value_minor["EUR"]}


def given(found: Impact) -> dict[str, dict[str, int]]:
    """What each model gives."""
    return {model.model: money(model) for model in found.models}


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
    """Shop and till report an order of 100: of 30 given back, 70 and 100 are left; of 130,
    nothing of the first and 70 of the second; of 250, nothing. So in every scope.
    """
    rows = []
    for person, back in (("1", 30), ("2", 130), ("3", 250), ("4", 0)):
        name = {"order_id": f"o{person}"}
        rows += [
            touch(person, 0, "ad_clicked"),
            touch(person, 1, "order_completed", 100, **name),
            touch(person, 2, "email_opened"),
            touch(person, 3, "order_completed", 100, channel="pos", **name),
        ]
        if back:
            rows.append(touch(person, 9, "order_refunded", back - 10, **name))
            rows.append(touch(person, 10, "order_refunded", 10, **name))
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
    assert "email" in found.notes[0]


class Path(NamedTuple):
    """A path as followed by hand."""

    names: tuple[str, ...]
    ages: tuple[int, ...]
    minor: int | None


def random_rows(seed: int) -> list[Row]:
    """Sixty persons with up to ten contacts and orders in ninety days; many ties."""
    draw = random.Random(seed)
    rows = []
    for person in range(60):
        for number in range(draw.randrange(11)):
            type_ = draw.choice(
                [*CHANNELS, *CHANNELS, "order_completed", "page_viewed"]
            )
            minor = draw.randrange(1, 20_000) if type_ == "order_completed" else None
            day = draw.randrange(90)
            rows.append(
                touch(str(person), day, type_, minor, seq=number % 2, id=str(number))
            )
    return rows


def followed(rows: Iterable[Row], lookback: int) -> list[Path]:
    """Paths to conversions (with their value) and to nothing (None), by hand."""
    persons = defaultdict(list)
    for row in rows:
        persons[row["person_id"]].append(row)
    paths = []
    for own in persons.values():
        waiting: list[tuple[int, str]] = []

        def lost(touches: Sequence[tuple[int, str]]) -> Iterator[Path]:
            path: list[tuple[int, str]] = []
            for at, name in touches:
                if path and at - path[-1][0] > lookback:
                    yield Path(tuple(n for _, n in path), (), None)
                    path = []
                path.append((at, name))
            if path:
                yield Path(tuple(n for _, n in path), (), None)

        for row in sorted(own, key=lambda r: (r["occurred_at"], r["seq"], r["id"])):  # type: ignore[index, return-value]
            at, type_ = int(str(row["occurred_at"])), str(row["type"])
            if type_ in CHANNELS:
                waiting.append((at, CHANNELS[type_]))
            elif type_ == "order_completed":
                near = [one for one in waiting if at - one[0] <= lookback]
                ages = tuple(at - when for when, _ in near)
                paths += lost([one for one in waiting if at - one[0] > lookback])
                paths.append(
                    Path(tuple(n for _, n in near), ages, int(str(row["value_minor"])))
                )
                waiting = []
        paths += lost(waiting)
    return paths


def weights(model: str, path: Path, half_life: int) -> list[float]:
    """The parts of the contacts of a path."""
    n = len(path.names)
    if model == "first":
        return [float(k == 0) for k in range(n)]
    if model == "last":
        return [float(k == n - 1) for k in range(n)]
    if model == "linear":
        return [1 / n] * n
    if model == "position":
        if n <= 2:
            return [1 / n] * n
        return [0.4, *[0.2 / (n - 2)] * (n - 2), 0.4]
    fresh = [2 ** (-age / half_life) for age in path.ages]
    return [one / sum(fresh) for one in fresh]


def by_hand(model: str, paths: list[Path], half_life: int) -> dict[str, float]:
    """What a model that looks at single paths gives."""
    found: Counter[str] = Counter()
    for path in paths:
        if path.minor is not None and path.names:
            for name, part in zip(
                path.names, weights(model, path, half_life), strict=True
            ):
                found[name] += part * path.minor  # type: ignore[assignment]
    return dict(found)


def shapley(paths: list[Path]) -> dict[str, float]:
    """By its definition, over all coalitions: worth = what its members alone led to."""
    names = sorted({name for path in paths for name in path.names})

    def worth(coalition: frozenset[str]) -> int:
        return sum(
            p.minor or 0 for p in paths if p.names and coalition.issuperset(p.names)
        )

    found: dict[str, float] = {}
    for name in names:
        others = [one for one in names if one != name]
        subsets = chain.from_iterable(
            combinations(others, k) for k in range(len(names))
        )
        found[name] = 0.0
        for subset in map(frozenset, subsets):
            orders = factorial(len(subset)) * factorial(len(others) - len(subset))
            gain = worth(subset | {name}) - worth(subset)
            found[name] += gain * orders / factorial(len(names))
    return found


def markov(paths: list[Path], order: int) -> dict[str, float]:
    """Removal effects by a dense matrix over all states, made to sum to one."""
    ways: Counter[tuple[object, object]] = Counter()
    for path in paths:
        for at in range(len(path.names) + 1) if path.names else ():
            state = path.names[max(0, at - order) : at]
            after = path.names[max(0, at + 1 - order) : at + 1]
            end = "won" if path.minor is not None else "lost"
            ways[state, after if at < len(path.names) else end] += 1
    states = list(dict.fromkeys(chain.from_iterable(ways)))

    def chance(without: str) -> float:
        matrix = np.zeros((len(states), len(states)))
        for (one, other), number in ways.items():
            matrix[states.index(one), states.index(other)] = number
        sums = matrix.sum(axis=1, keepdims=True)
        matrix = np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums > 0)
        for place, state in enumerate(states):
            if isinstance(state, tuple) and without in state:
                matrix[:, place] = 0
        right = matrix[:, states.index("won")]
        return float(
            np.linalg.solve(np.eye(len(states)) - matrix, right)[states.index(())]
        )

    names = sorted({name for path in paths for name in path.names})
    whole = chance("")
    effects = {name: 1 - chance(name) / whole for name in names}
    return {name: effect / sum(effects.values()) for name, effect in effects.items()}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("order", [1, 2, 3])
def test_every_model_equals_doing_it_by_hand(
    store: Store, seed: int, order: int
) -> None:
    """Random journeys, every model, to the cent; and the sum is the revenue."""
    rows = random_rows(seed)
    store.insert(TOUCHPOINTS, rows)
    lookback, half_life = 20 * DAY, 3 * DAY
    paths = followed(rows, lookback)
    found = ask(store, lookback="20d", half_life="3d", order=order)
    won = [path for path in paths if path.minor is not None]
    assert found.conversions == len(won)
    assert found.unattributed == sum(not path.names for path in won)
    assert found.null_paths == len(paths) - len(won)
    (euros,) = found.revenue
    assert euros.value_minor == sum(path.minor or 0 for path in won)
    attributed = sum(path.minor or 0 for path in won if path.names)
    assert euros.attributed_minor == attributed
    for model in MODELS:
        told = given(found)[model]
        assert sum(told.values()) == attributed
        if model == "markov":
            wanted = {n: s * attributed for n, s in markov(paths, order).items()}
        elif model == "shapley":
            wanted = shapley(paths)
        else:
            wanted = by_hand(model, paths, half_life)
        assert told == pytest.approx(wanted, abs=1.01)
    assert {n.name: n.conversions for n in found.names} == {
        name: sum(name in path.names for path in won) for name in CHANNELS.values()
    }
    assert {n.name: n.assisted for n in found.names} == {
        name: sum(name in p.names and p.names[-1] != name for p in won)
        for name in CHANNELS.values()
    }


def test_neither_the_order_of_rows_nor_the_run_changes_anything(store: Store) -> None:
    """The same question, the same answer to the last digit; the bootstrap is seeded."""
    rows = random_rows(9)
    store.insert(TOUCHPOINTS, rows)
    first = ask(store, replicates=50)
    store.clear(TOUCHPOINTS)
    random.Random(1).shuffle(rows)
    store.insert(TOUCHPOINTS, rows[:100])
    store.insert(TOUCHPOINTS, rows[100:])
    again = ask(store, replicates=50)
    assert (first.models, first.names) == (again.models, again.names)
    other = ask(store, replicates=50, seed=2)
    assert given(other) == given(first)
    assert other.models != first.models


def test_symmetric_names_get_the_same_and_null_names_nothing(store: Store) -> None:
    """Shapley's axioms: ads and e-mail change places, phone never leads anywhere."""
    texts = ("a e $600", "e a $600", "a $300", "e $300", "p", "p")
    store.insert(TOUCHPOINTS, journeys(*texts))
    found = given(ask(store))
    for model in ("shapley", "markov", "linear"):
        assert found[model] == {"ads": 900, "email": 900}


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


def test_what_costs_too_much_is_refused_beforehand(store: Store) -> None:
    """With the number of touchpoints, and what to change."""
    store.insert(TOUCHPOINTS, random_rows(1))
    with pytest.raises(CostError, match="shorter range"):
        read_impact(store.asker, Scope(), ImpactQuestion(), budget=10)


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
