"""How an attempt grows, touchpoint by touchpoint: the texts of the folds."""

from string import Template
from typing import Final

from insights.asker import question
from insights.funnels.masks import EXCLUDED, bits_of
from insights.funnels.spec import Funnel

_WALK: Final = "CAST([], 'Array(Int64)')"
_WALKS: Final = "CAST([], 'Array(Array(Int64))')"
_AT: Final = "bitShiftRight({}, 20)"


class Folds:
    """The texts for one funnel.

    Where a step needs time since the one before (`at_least`), every walk that waits for
    it is kept, the newest last; else the newest one is enough, since whatever an older
    one can do it can do as well.
    """

    def __init__(self, funnel: Funnel) -> None:
        self._funnel = funnel
        self._steps = [funnel.steps[number - 1] for number in funnel.required]
        self._queued = any(step.at_least_ms for step in self._steps)
        self._near = any(step.within is not None for step in self._steps)
        self._optional = len(funnel.required) < len(funnel.steps)
        self._first = "toUInt8(1)" if funnel.closed else "first"

    def parameters(self) -> dict[str, object]:
        """The values that the texts name."""
        required = self._funnel.required
        bits = bits_of(self._funnel)
        last = len(self._funnel.steps)
        kills, passes = [], []
        for number, following in zip(required, [*required[1:], last + 1], strict=True):
            kills.append(
                sum(
                    1 << EXCLUDED + place
                    for place, one in enumerate(self._funnel.exclude)
                    if one.from_ <= number < (one.to or last)
                )
            )
            passes.append(sum(1 << bits[n - 1] for n in range(number + 1, following)))
        return {
            "within": [step.within_ms for step in self._steps],
            "at_least": [step.at_least_ms for step in self._steps],
            "kills": kills,
            "passes": passes,
            "excluded_bits": sum(
                1 << EXCLUDED + place for place in range(len(self._funnel.exclude))
            ),
        }

    def walked(self) -> dict[str, str]:
        """For `walked.sql`."""
        free = self._fold("walk", top=self._top(), advance=self._advance("acc.2", ""))
        best, waiting, cleaned = "freely.1", "freely.2", ""
        if self._funnel.exclude:
            cleaned = f",\n{self._clean()} AS cleaned"
            last = "arrayLast(walk -> notEmpty(walk), cleaned.3)"
            best = f"if(length({last}) > length(cleaned.1), {last}, cleaned.1)"
            waiting = "cleaned.2"
        until = (
            f"{_AT.format(self._latest('walk') + '[-1]')} "
            "+ {within:Array(Int64)}[k + 1] >= {as_of_ms:Int64}"
        )
        return {
            "first": self._first,
            "free": free,
            "cleaned": cleaned,
            "best": best,
            "waiting": waiting,
            "newest": "newest" if self._funnel.count == "totals" else "true",
            "latest": self._latest("walk"),
            "until": until if self._near else "true",
            "picked": question("picked", "insights.funnels")
            if self._optional
            else _WALK,
        }

    def episodes(self) -> dict[str, str]:
        """For `episodes.sql`."""
        goes = f"notEmpty(walk) AND {self._latest('walk')}[1] < event.1"
        broken = "false"
        if self._funnel.order == "strict":
            stays = f"notEmpty(walk) AND NOT ({self._ended('')})"
            broken = (
                "(arrayExists(walk -> notEmpty(walk), was) "
                f"AND NOT arrayExists((k, walk) -> {stays}, arrayEnumerate(was), was) "
                f"AND NOT arrayExists(walk -> {goes}, walks))"
            )
        over = (
            f"notEmpty(walks[-1]) OR {broken} "
            "AND NOT arrayExists(walk -> notEmpty(walk), walks)"
        )
        return {
            "broken": broken,
            "over": over,
            "none": self._none(),
            "latest": self._latest("walk"),
            "advance": self._advance("was", ""),
        }

    def _clean(self) -> str:
        excluded = "bitAnd(event.2, {kills:Array(UInt64)}[k]) != 0"
        deadline = _AT.format("one[1]") + " + {window_ms:Int64}"
        if self._near:
            until = _AT.format("one[-1]") + " + {within:Array(Int64)}[k + 1]"
            deadline = f"least({deadline}, {until})"
        if self._funnel.order == "any":
            reached = (
                "arrayReverseSort(arrayFilter(walk -> length(walk) = k "
                "AND walk[-1] = event.1, walks))[1]"
            )
        else:
            newest = self._latest("walks[k]")
            reached = f"if({newest}[-1] = event.1, {newest}, {_WALK})"
        return self._fold(
            "clean",
            advance=self._advance("acc.2", excluded),
            ended=self._ended(excluded),
            excluded=excluded,
            deadline=deadline,
            reached=reached,
        )

    def _fold(self, name: str, **texts: str) -> str:
        template = Template(question(name, "insights.funnels"))
        return template.substitute(none=self._none(), **texts)

    def _advance(self, walks: str, excluded: str) -> str:
        funnel = self._funnel
        if funnel.order == "any":
            every = "bitAnd(event.2, {excluded_bits:UInt64}) != 0"
            waits = f"if({every}, {_WALK}, waiting)" if excluded else "waiting"
            return _text("any", walks=walks, waits=waits)
        nothing = _WALKS if self._queued else _WALK
        ended = self._ended(excluded)
        waits = f"if({ended}, {nothing}, waiting)" if ended else "waiting"
        near = "true"
        if self._near:
            near = f"{_since(f'{self._prior()}[-1]')} <= {{within:Array(Int64)}}[k]"
        return _text(
            "ordered",
            walks=walks,
            first=self._first,
            nothing=nothing,
            prior=self._prior(),
            near=near,
            waits=waits,
            joined=self._joined(waits),
        )

    def _ended(self, excluded: str) -> str:
        reasons = [excluded] if excluded else []
        if self._funnel.order == "strict":
            reasons.append(
                "bitTest(event.2, 31) AND bitAnd(event.2, {passes:Array(UInt64)}[k]) = 0"
            )
        return " OR ".join(reasons)

    def _prior(self) -> str:
        if not self._queued:
            return "shorter"
        ripe = f"{_since('one[-1]')} >= {{at_least:Array(Int64)}}[k]"
        return f"arrayLast(one -> {ripe}, shorter)"

    def _joined(self, waits: str) -> str:
        joined = f"arrayPushBack({self._prior()}, event.1)"
        if not self._queued:
            return joined
        # Of those that are ripe for the next step only the newest is of use.
        ripe = f"{_since('old[-1]')} >= {{at_least:Array(Int64)}}[k + 1]"
        newest = f"arrayLast(old -> {ripe}, {waits})[-1]"
        return (
            f"arrayPushBack(arrayFilter(one -> one[-1] >= {newest}, {waits}), {joined})"
        )

    def _none(self) -> str:
        if self._queued:
            return f"arrayWithConstant({{levels:UInt8}}, {_WALKS})"
        return f"arrayWithConstant({{walks:UInt16}}, {_WALK})"

    def _top(self) -> str:
        if self._funnel.order == "any":
            return "arrayReverseSort(walk -> (length(walk), walk), walks)[1]"
        return self._latest("arrayLast(walk -> notEmpty(walk), walks)")

    def _latest(self, walk: str) -> str:
        return f"{walk}[-1]" if self._queued else walk


def _since(at: str) -> str:
    return f"{_AT.format('event.1')} - {_AT.format(at)}"


def _text(name: str, **texts: str) -> str:
    return Template(question(name, "insights.funnels")).substitute(**texts)
