"""What is asked about paths: a small typed specification."""

from typing import Final, Literal

from msgspec import Struct

from insights.asker import QuestionError
from insights.funnels.spec import Step
from insights.scope import Scope
from insights.sentences import say
from insights.times import END_OF_TIME_MS, duration_ms
from schemas.vocabulary import canonical_type

Of = Literal["type", "channel", "phase"]

MAX_STEPS: Final = 20
MAX_TOP: Final = 1_000
MAX_TOUCHPOINTS: Final = 20_000


class PathsError(QuestionError):
    """A question about paths that makes no sense."""


class Paths(Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """Which paths are asked for.

    Attributes:
        anchor: where a path begins, or ends; without one, at a person's first
            touchpoint of the range.
        direction: what happens `after` the anchor, or `before` it.
        of: what a path is made of: types or channels of touchpoints, or phases entered.
        steps: how many positions beside the anchor.
        window: longest time between the anchor and a step, inclusive.
        anchors: `first`: each person has one path, from their first anchor in the range;
            `every`: one for each anchor.
        collapse: the same thing several times in a row is one step, at its first time.
        only: these types alone are steps; all but control events where empty.
        hide: these types are no steps.
        acts: what the retailer does (`direction: out`) is no step.
        top: how many whole paths are listed.
        breadth: how many names stand at each position; the rarer ones are `(other)`.
        touchpoints: of each person, at most so many are looked at, the earliest.
    """

    anchor: Step | None = None
    direction: Literal["after", "before"] = "after"
    of: Of = "type"
    steps: int = 5
    window: str = "30d"
    anchors: Literal["first", "every"] = "first"
    collapse: bool = False
    only: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    acts: bool = False
    top: int = 20
    breadth: int = 12
    touchpoints: int = 2_000

    @property
    def window_ms(self) -> int:
        """The window in milliseconds; raises TimeError."""
        return duration_ms(self.window)

    def settled_ms(self, scope: Scope) -> int:
        """From which moment on nothing that happens changes the paths of a scope."""
        ahead = self.window_ms if self.direction == "after" else 0
        return min(scope.range_ms()[1] + ahead, END_OF_TIME_MS)

    def check(self) -> None:
        """Raise PathsError where the question makes no sense, saying why."""
        for name, most in (
            ("steps", MAX_STEPS),
            ("top", MAX_TOP),
            ("breadth", MAX_TOP),
            ("touchpoints", MAX_TOUCHPOINTS),
        ):
            if not 1 <= getattr(self, name) <= most:
                raise PathsError(say("bounds", name=name, least=1, most=most))
        if self.anchor is None and (
            self.anchors == "every" or self.direction == "before"
        ):
            raise PathsError(say("anchor"))


def types_of(names: tuple[str, ...]) -> list[str]:
    """Canonical names of types; unknown ones as they were written."""
    return sorted({canonical_type(name) or name for name in names})
