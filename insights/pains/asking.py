"""The statements of pain points, put together from their parts."""

from string import Template
from typing import Final

import msgspec

from insights.asker import question
from insights.conditions import Values
from insights.evidence import Evidence
from insights.orders import first_told, orders_in, orders_of
from insights.scope import Personas, Scope, persons_of, touchpoints_of
from insights.statements import Statement, statement
from insights.times import END_OF_TIME_MS
from insights.trails.reading import Asked, Trails
from schemas.vocabulary import TYPES

PACKAGE: Final = "insights.pains"
CONTROL: Final = [name for name, kind in TYPES.items() if kind.control]
_FELT: Final = (
    "occurred_at",
    "emotion",
    "emotion_evidence",
    "emotion_observed",
    "type",
    "channel",
    "source",
    "id",
)
_HURT: Final = (
    "person_id",
    "moments",
    "phases",
    "evidences",
    "observed",
    "types",
    "channels",
    "emotions",
    "sources",
    "ids",
)
_TOLD: Final = (
    "person_id",
    "moments",
    "types",
    "sources",
    "ids",
    "values_minor",
    "currencies",
    "order_ids",
)
_STEPS: Final = ("step_moments", "step_from", "step_to")


class Asking:
    """Makes statements about one scope.

    Args:
        scope: which part of the data.
        personas: finds the persons of its persona.
    """

    def __init__(self, scope: Scope, personas: Personas | None) -> None:
        self._scope = scope
        self._personas = personas

    def felt(self, name: str, definition: str, **fixed: object) -> Evidence:
        """A question about touchpoints that hurt."""
        values = Values()
        felt = Template(question("felt", PACKAGE)).substitute(
            touchpoints=self._touchpoints(_FELT, values),
            phases=question("phases"),
        )
        return self._made(name, definition, values, fixed, felt=felt)

    def touched(
        self, name: str, definition: str, columns: tuple[str, ...], **fixed: object
    ) -> Evidence:
        """A question about the touchpoints of the scope.

        Args:
            name: of the statement.
            definition: what its numbers mean.
            columns: that it reads.
            fixed: its own values.
        """
        values = Values()
        return self._made(
            name,
            definition,
            values,
            fixed,
            touchpoints=self._touchpoints(columns, values),
            phases=question("phases"),
        )

    def orders(self, definition: str) -> Evidence:
        """What an order of the scope is worth: of those first told in its range.

        Args:
            definition: what its numbers mean.
        """
        values = Values()
        persons = persons_of(self._scope, values, self._personas)
        orders = orders_in(self._scope, values, persons)
        return self._made("orders", definition, values, {}, orders=orders)

    def worth(self, definition: str, **fixed: object) -> Evidence:
        """What those bought, whenever, who moved on in the scope's range.

        Args:
            definition: what its numbers mean.
            fixed: its own values.
        """
        values = Values()
        persons = persons_of(self._scope, values, self._personas)
        first, end = self._scope.range_ms()
        onward = msgspec.structs.replace(self._scope, to=None)
        return self._made(
            "worth",
            definition,
            values,
            {"from_ms": first, "end_ms": end, **fixed},
            orders=orders_in(onward, values, persons),
            moves=Template(question("moves", PACKAGE)).substitute(
                among=f"person_id IN ({persons})" if persons else "true"
            ),
        )

    def trails_felt(self, trails: Trails, name: str, **fixed: object) -> Statement:
        """A question about touchpoints that hurt, from trails."""
        felt = question("trail_felt", PACKAGE)
        text = Template(question(name, PACKAGE)).substitute(felt=felt)
        return self._trails(trails, text, _HURT, fixed)

    def trails_touched(
        self, trails: Trails, name: str, columns: tuple[str, ...], **fixed: object
    ) -> Statement:
        """A question about the trails of the scope.

        Args:
            trails: to ask.
            name: of the statement.
            columns: of the trails that it reads.
            fixed: its own values.
        """
        return self._trails(trails, question(name, PACKAGE), columns, fixed)

    def trails_orders(self, trails: Trails) -> Statement:
        """The same as `orders`, from trails."""
        return self._trails_ordered(trails, "orders", _TOLD, "{end_ms:Int64}", {})

    def trails_worth(self, trails: Trails, **fixed: object) -> Statement:
        """The same as `worth`, from trails."""
        columns = (*_TOLD, *_STEPS)
        return self._trails_ordered(
            trails, "worth", columns, str(END_OF_TIME_MS), fixed
        )

    def _trails_ordered(
        self,
        trails: Trails,
        name: str,
        columns: tuple[str, ...],
        end: str,
        fixed: dict[str, object],
    ) -> Statement:
        tellings = orders_of(question("trail_tellings", PACKAGE))
        text = Template(question(name, PACKAGE)).substitute(
            orders=first_told(tellings, "{from_ms:Int64}", end),
            moves=question("trail_moves", PACKAGE),
        )
        first, last = self._scope.range_ms()
        # What is told outside the range says which orders begin in it, and their worth.
        ever = msgspec.structs.replace(self._scope, from_=None, to=None)
        values = {"from_ms": first, "end_ms": last, **fixed}
        return trails.statement(text, Asked(ever, columns, self._personas), values)

    def _trails(
        self,
        trails: Trails,
        text: str,
        columns: tuple[str, ...],
        fixed: dict[str, object],
    ) -> Statement:
        asked = Asked(self._scope, columns, self._personas)
        values = {"timezone": self._scope.timezone, **fixed}
        return trails.statement(text, asked, values)

    def messages(self, name: str, definition: str, as_of: int) -> Evidence:
        """A question about messages that were due in the scope's range."""
        values = Values()
        first, end = self._scope.range_ms()
        persons = persons_of(self._scope, values, self._personas)
        among = f"person IN ({persons})" if persons else "true"
        fixed: dict[str, object] = {
            "from_ms": first,
            "end_ms": end,
            "as_of_ms": as_of,
        }
        return self._made(name, definition, values, fixed, among=among)

    def _touchpoints(self, columns: tuple[str, ...], values: Values) -> str:
        persons = persons_of(self._scope, values, self._personas)
        return touchpoints_of(self._scope, columns, values, persons)

    def _made(
        self,
        name: str,
        definition: str,
        values: Values,
        fixed: dict[str, object],
        **parts: str,
    ) -> Evidence:
        sql = Template(question(name, PACKAGE)).substitute(parts)
        known = {
            "tenant": self._scope.tenant,
            "model": self._scope.model,
            "timezone": self._scope.timezone,
            "control": CONTROL,
        }
        made = statement(sql, known | fixed | values.bound)
        return Evidence(definition, made.text, made.values)
