"""Messages: which are due, held out or cancelled, and what came of them."""

from typing import Final

from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all, question
from insights.sentences import say
from schemas.messages import STATUSES

MAX_LIMIT: Final = 10_000
FOR_EVER_MS: Final = 4_102_444_800_000


class RuleMessages(Struct):
    """What came of one rule's messages; sent, opened, … are counted among the due ones.

    Attributes:
        converted_held_out: those held out who did by themselves what the rule is for.
    """

    rule: str
    due: int
    held_out: int
    cancelled: int
    sent: int
    opened: int
    clicked: int
    bounced: int
    converted: int
    converted_held_out: int

    @property
    def rate(self) -> float | None:
        """Share of the due ones that converted; None where there are none."""
        return self.converted / self.due if self.due else None

    @property
    def rate_held_out(self) -> float | None:
        """Share of those held out that converted; None where nobody was."""
        return self.converted_held_out / self.held_out if self.held_out else None

    @property
    def lift(self) -> float | None:
        """How much larger the share is with a message; None where nothing compares."""
        with_, without = self.rate, self.rate_held_out
        return None if with_ is None or without is None else with_ - without


class MessageRow(Struct):
    """One message; times are epoch milliseconds, 0 for never."""

    message_id: str
    person_id: str
    rule: str
    status: str
    reason: str
    purpose: str
    channels: list[str]
    key: str
    cause_type: str
    cause_at: int
    due_at: int
    expires_at: int
    sent_at: int
    opened_at: int
    clicked_at: int
    converted_at: int


class Consents(Struct):
    """Who may be written to.

    Attributes:
        persons: all there are.
        given: of these, who have consented, by purpose.
    """

    persons: int
    given: dict[str, int]


def by_rule(
    asker: Asker, tenant: str = "default", since: int = 0, until: int = FOR_EVER_MS
) -> list[RuleMessages]:
    """Count messages by rule.

    Args:
        asker: whom to ask.
        tenant: whose data.
        since: first due time, epoch milliseconds.
        until: first due time after them.
    """
    values: dict[str, object] = {"tenant": tenant, "since": since, "until": until}
    return ask_all(asker, question("messages_rules"), values, RuleMessages)


def count_consents(asker: Asker, tenant: str = "default") -> Consents:
    """Count those who may be written to.

    Args:
        asker: whom to ask.
        tenant: whose data.
    """
    (found,) = ask_all(
        asker, question("messages_consents"), {"tenant": tenant}, Consents
    )
    return found


def list_messages(  # noqa: PLR0913 each narrows the list
    asker: Asker,
    *,
    person_id: str = "",
    rule: str = "",
    status: str = "",
    tenant: str = "default",
    since: int = 0,
    until: int = FOR_EVER_MS,
    limit: int = 50,
) -> list[MessageRow]:
    """List messages, the newest first.

    Args:
        asker: whom to ask.
        person_id: only this person's; empty for everybody's.
        rule: only of this rule.
        status: only with this one.
        tenant: whose data.
        since: first due time, epoch milliseconds.
        until: first due time after them.
        limit: how many at most.

    Raises:
        QuestionError: the limit is out of range, or there is no such status.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QuestionError(say("bounds", name="limit", least=1, most=MAX_LIMIT))
    if status and status not in STATUSES:
        message = f"the status must be one of {', '.join(STATUSES)}, not {status}"
        raise QuestionError(message)
    values: dict[str, object] = {
        "tenant": tenant,
        "person_id": person_id,
        "rule": rule,
        "status": status,
        "since": since,
        "until": until,
        "limit": limit,
    }
    return ask_all(asker, question("messages_list"), values, MessageRow)
