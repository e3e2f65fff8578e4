"""Who stands behind a number of a funnel: the same attempts, one by one."""

from typing import Final, Literal, get_args

from msgspec import Struct

from insights.asker import Asker, ask_all
from insights.evidence import Evidence
from insights.funnels.answer import moment_of, names_nowhere
from insights.funnels.checks import check
from insights.funnels.numbers import KINDS, Kind, bucket_name
from insights.funnels.plans import BUDGET
from insights.funnels.spec import Funnel, FunnelError
from insights.funnels.statement import Asked, over_attempts
from insights.personas.spec import PersonaModel, names_of
from insights.scope import Personas
from insights.sentences import Sentence, say
from insights.statements import afford

State = Literal["converted", "dropped", "pending", "excluded"]
Choice = Literal["reached", "converted", "dropped", "pending", "excluded", "entered"]

MAX_PAGE: Final = 10_000
DEFINITION: Final = (
    "The attempts that the funnel counts, chosen by what became of them, in the order "
    "of the unit and of the moment of entry."
)


class Wanted(Struct, frozen=True):
    """Which attempts of a funnel.

    Attributes:
        state: `entered` (all), `reached` (did the step, and are not excluded), or what
            became of them: `converted`, `dropped`, `pending`, `excluded`.
        step: for `reached` the step; for `dropped` and `pending` the step after which;
            every one where 0.
        kind: of the breakdown's bucket; all buckets where None.
        value: of the bucket, where its kind is `value`.
        limit: how many at most.
        offset: how many to pass over.
    """

    state: Choice = "entered"
    step: int = 0
    kind: Kind | None = None
    value: str = ""
    limit: int = 100
    offset: int = 0


class Member(Struct):
    """One attempt.

    Attributes:
        unit: id of the person, session, cart, order or ticket.
        state: what became of it.
        step: the last required step that it did.
        entered_at: epoch milliseconds of its first touchpoint.
        last_at: epoch milliseconds of its last required step.
        kind, value: the breakdown's bucket; `all` without a breakdown.
    """

    unit: str
    state: State
    step: int
    entered_at: int
    last_at: int
    kind: Kind
    value: str


class Page(Struct):
    """A page of attempts.

    Attributes:
        offset: how many come before.
        more: whether others follow.
        notes: what may be wrong with a question that finds nobody.
    """

    unit: str
    as_of: int
    offset: int
    more: bool
    members: list[Member]
    notes: list[Sentence]
    evidence: Evidence


class _Row(Struct):
    unit: str
    state: State
    step: int
    entered_at: int
    last_at: int
    kind: int
    value: str


def persons(  # noqa: PLR0913 - each says which of them
    asker: Asker,
    funnel: Funnel,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    as_of: int | None = None,
    *,
    budget: int = BUDGET,
    personas: Personas | None = None,
    persona_model: PersonaModel | None = None,
) -> Page:
    """List the units behind a number.

    Args:
        asker: whom to ask.
        funnel: the question.
        wanted: which of them.
        as_of: as in `answer.answer`.
        budget: how many touchpoints it may read.
        personas: finds the persons of the funnel's persona.
        persona_model: whose personas a breakdown by persona tells apart.

    Raises:
        CostError: it would read more.
        QuestionError: the funnel makes no sense, or has no such step or bucket.
    """
    check(funnel)
    steps, page = range(len(funnel.steps) + 1), range(1, MAX_PAGE + 1)
    if wanted.step not in steps or wanted.limit not in page or wanted.offset < 0:
        raise FunnelError(say("page", steps=len(funnel.steps), most=MAX_PAGE))
    _check_bucket(funnel, wanted, persona_model)
    moment = moment_of(asker, funnel, as_of)
    bucketed = wanted.kind not in (None, "all")
    asked = Asked(
        funnel,
        moment,
        bucketed=bucketed,
        personas=personas,
        persona_model=persona_model,
    )
    predicate, values = _predicate(wanted)
    more = {"limit": wanted.limit + 1, "offset": wanted.offset} | values
    asking = over_attempts("persons", asked, more, wanted=predicate)
    afford(asker, asking, budget)
    rows = ask_all(asker, asking.text, asking.values, _Row)
    return Page(
        unit=funnel.unit,
        as_of=moment,
        offset=wanted.offset,
        more=len(rows) > wanted.limit,
        members=[_member(row) for row in rows[: wanted.limit]],
        notes=names_nowhere(asker, funnel, found=bool(rows or wanted.offset)),
        evidence=Evidence(DEFINITION, asking.text, asking.values),
    )


def choice(text: str) -> Wanted:
    """Read `STEP:STATE`, `STATE` or `STEP` (who reached it) of a command line.

    Raises:
        FunnelError: it is something else.
    """
    step, _, state = text.rpartition(":") if ":" in text else ("", "", text)
    if state.isdecimal() and not step:
        step, state = state, "reached"
    if state not in get_args(Choice) or not (step or "0").isdecimal():
        message = (
            f"{text!r} is not STEP:STATE; states are {', '.join(get_args(Choice))}"
        )
        raise FunnelError(message)
    return Wanted(state=state, step=int(step or 0))  # type: ignore[arg-type]


def _check_bucket(
    funnel: Funnel, wanted: Wanted, personas: PersonaModel | None
) -> None:
    kind = wanted.kind or "all"
    if kind != "value" and wanted.value not in ("", bucket_name(kind)):
        raise FunnelError(say("bucket_value", kind=kind, value=wanted.value))
    if kind != "all" and funnel.breakdown is None:
        raise FunnelError(say("bucket_none", kind=kind))
    by_persona = funnel.breakdown is not None and funnel.breakdown.by_persona
    if kind != "value" or not by_persona or personas is None:
        return
    known = names_of(personas)
    if wanted.value not in known:
        names = ", ".join(known)
        raise FunnelError(say("bucket_persona", value=wanted.value, known=names))


def _predicate(wanted: Wanted) -> tuple[str, dict[str, object]]:
    terms, values = ["true"], dict[str, object]()
    if wanted.state == "reached":
        terms.append("state != 'excluded' AND done[{wanted_step:UInt8}] > 0")
        values["wanted_step"] = max(wanted.step, 1)
    elif wanted.state != "entered":
        terms.append("state = {wanted_state:String}")
        values["wanted_state"] = wanted.state
        if wanted.step:
            terms.append("stop = {wanted_step:UInt8}")
            values["wanted_step"] = wanted.step
    if wanted.kind not in (None, "all"):
        terms.append("bucket = ({wanted_kind:UInt8}, {wanted_value:String})")
        values["wanted_kind"] = KINDS.index(wanted.kind)
        values["wanted_value"] = wanted.value if wanted.kind == "value" else ""
    return " AND ".join(terms), values


def _member(row: _Row) -> Member:
    return Member(
        row.unit,
        row.state,
        row.step,
        row.entered_at,
        row.last_at,
        KINDS[row.kind],
        row.value,
    )
