"""How a funnel is answered: from what, at what cost, or not at all.

T1 registered funnels come from days counted beforehand (insights/rollups/read.py), T2 are
computed: plain ones from the timelines, all others from the touchpoints; T3 is a preview of
a sample; T4 is refused.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from insights.asker import Asker, question
from insights.cost import CostError, estimate
from insights.funnels.packed import compile_packed, eligible
from insights.funnels.spec import Funnel
from insights.funnels.statement import Asked, over_attempts, touchpoints_read
from insights.personas.spec import PersonaModel
from insights.rollups.alike import Alike, alike, types_of
from insights.rollups.ledger import TIMELINES, Entry, entries
from insights.scope import Personas
from insights.sentences import Sentence, say
from insights.statements import Statement

_PACKAGE: Final = "insights.funnels"

BUDGET: Final = 30_000_000
"""Rows: touchpoints, or timelines, one a person. The general statement takes some 10 µs of
a core for each touchpoint that matters; the one over timelines 1 µs for one of twenty."""

FRESH: Final = 300_000
"""Touchpoints that are read as they are even where the timelines could answer: it takes a
moment only, and the newest of them count."""

_CERTAIN: Final = 1.96
"""Standard deviations within which 95 % lie."""


class Terms(Struct, frozen=True):
    """What a funnel may cost, and how fresh and exact it must be.

    Attributes:
        budget: how many rows it may read: touchpoints, or timelines, one a person.
        live: whatever has landed counts, also what came after the last roll-up.
        fresh: up to how many touchpoints it is live anyway.
        preview: of how many units one is looked at; 1 for all of them, exactly.
    """

    budget: int = BUDGET
    live: bool = False
    fresh: int = FRESH
    preview: int = 1


USUAL: Final = Terms()


class Plan:
    """How one funnel is answered.

    Args:
        asker: whom to ask.
        funnel: the question.
        as_of_ms: the moment to answer for; None for the newest that is known.
        terms: its limits.
        personas: finds the persons of the funnel's persona.
        persona_model: whose personas a breakdown by persona tells apart.

    Raises:
        CostError: the timelines are over the budget, and the touchpoints are no fewer.
    """

    def __init__(  # noqa: PLR0913 - each says what is asked
        self,
        asker: Asker,
        funnel: Funnel,
        as_of_ms: int | None,
        terms: Terms,
        *,
        personas: Personas | None = None,
        persona_model: PersonaModel | None = None,
    ) -> None:
        self._asker = asker
        self._terms = terms
        self._personas = personas
        self._persona_model = persona_model
        self._funnel = funnel
        self._alike: list[Alike] = []
        self._rolled = self._timelines(as_of_ms)
        self.as_of_ms = as_of_ms
        if as_of_ms is None and self._rolled is not None:
            self.as_of_ms = self._rolled.as_of[funnel.tenant]

    def parts(self, as_of_ms: int) -> list[Asked]:
        """What is to be asked, each by a statement of its own.

        Args:
            as_of_ms: the moment to answer for.
        """
        whole = Asked(
            self._funnel,
            as_of_ms,
            one_in=self._terms.preview,
            personas=self._personas,
            persona_model=self._persona_model,
        )
        if self._funnel.breakdown is None:
            return [whole]
        bucketed = replace(whole, bucketed=True)
        # Timelines tell of the buckets and of all together at once.
        return [bucketed] if self._rolled is not None else [whole, bucketed]

    def statement(self, asked: Asked) -> Statement:
        """The statement for a part of the answer.

        Raises:
            CostError: it would read more than is allowed.
        """
        if self._rolled is not None:
            as_of = self._rolled.as_of[self._funnel.tenant]
            return Statement(*compile_packed(asked, as_of, self._rolled.base))
        self._afford(asked)
        return over_attempts("steps", asked)

    def notes(self, entered: int) -> list[Sentence]:
        """What to say about how it was answered."""
        if self._rolled is not None:
            moment = datetime.fromtimestamp(self._rolled.rolled_at / 1000, UTC)
            return [say("timelines", moment=f"{moment:%Y-%m-%d %H:%M:%S}")]
        if self._alike:
            pairs = ", ".join(f"{one.stored} and {one.asked}" for one in self._alike)
            return [say("alike", pairs=pairs)]
        if self._terms.preview == 1:
            return []
        share = 1 / self._terms.preview
        seen = entered * share
        error = _CERTAIN * ((1 - share) / seen) ** 0.5 if seen else 1.0
        unit, one_in = self._funnel.unit, self._terms.preview
        return [say("preview", unit=unit, one_in=one_in, error=f"{error:.1%}")]

    def _afford(self, asked: Asked) -> None:
        rows = self._touchpoints(asked)
        if rows > self._terms.budget * self._terms.preview:
            plain = eligible(Asked(self._funnel, 0))
            code = "cost_funnel" if plain else "cost_options"
            raise CostError(rows, self._terms.budget, code)

    def _touchpoints(self, asked: Asked) -> int:
        read = touchpoints_read(asked)
        return estimate(self._asker, read.text, read.values)

    def _timelines(self, as_of_ms: int | None) -> Entry | None:
        funnel = self._funnel
        bucketed = funnel.breakdown is not None
        wanted = self._terms.live or self._terms.preview > 1
        if wanted or not eligible(Asked(funnel, 0, bucketed=bucketed)):
            return None
        entry = entries(self._asker).get(TIMELINES)
        if entry is None or funnel.tenant not in entry.as_of:
            return None
        # What landed late is not in them: of another moment they may not know all.
        if as_of_ms is not None and as_of_ms != entry.as_of[funnel.tenant]:
            return None
        rows = self._touchpoints(Asked(funnel, entry.as_of[funnel.tenant]))
        if rows <= self._terms.fresh:
            return None
        read = Statement(question("packed_read", _PACKAGE), {"tenant": funnel.tenant})
        timelines = estimate(self._asker, read.text, read.values, "timelines")
        if timelines > self._terms.budget:
            if rows < timelines:
                return None
            raise CostError(timelines, self._terms.budget, "cost_funnel")
        self._alike = alike(self._asker, [funnel.tenant], types_of(funnel))
        return None if self._alike else entry
