"""Missing information: searched and not found, read and still asked, due and not sent."""

from typing import Final

from msgspec import Struct

from insights.asker import Asker, QuestionError, ask_all
from insights.evidence import Evidence
from insights.hints import hints
from insights.newest import newest_ms
from insights.pains.asking import Asking
from insights.scope import Personas, Scope
from insights.sentences import Sentence, say
from insights.times import duration_ms

WITHIN: Final = "24h"
AT_LEAST: Final = 10
"""Fewest persons for a term or page to be told: what few typed may say who they are."""

FEWEST: Final = 2
"""What one person typed is told to nobody."""

_SEARCHES: Final = (
    "Searches without a result, by what was searched for; rare terms, and those that "
    "look like an address or a number of somebody, are counted together without a name"
)
_HELP: Final = (
    "Persons who viewed a page of help (its path has the word faq, help, aide, support, "
    "contact or sav), and those of them who called or wrote within the time after"
)
_UNSENT: Final = (
    "Messages that were due at least a day before the newest touchpoint, were not called "
    "off or held out, and that no sender has reported as sent"
)


class Search(Struct):
    """A term that found nothing; empty for all that are not told."""

    term: str
    searches: int
    persons: int


class HelpPage(Struct):
    """A page of help, as far as its path names nobody; empty for all that are not told.

    Attributes:
        viewers: persons who viewed it.
        callers: of them, who contacted the shop within the time after.
        share: callers of viewers.
    """

    page: str
    viewers: int
    callers: int
    share: float | None


class Unsent(Struct):
    """Messages of a rule that were due a day ago or earlier.

    Attributes:
        due: all of them.
        unsent: those that no sender says it has sent.
        persons: whom these were for.
    """

    rule: str
    due: int
    unsent: int
    persons: int


class MissingAnswer(Struct):
    """What customers looked for and did not find.

    Attributes:
        within_hours: from a page to the contact.
        at_least: fewest persons for a term or a page to be told.
        messages: by rule; the channel and store of the scope play no part.
        notes: what may surprise.
        evidence: of the searches, of the pages and of the messages.
        more: there are more searches than these.
    """

    within_hours: float
    at_least: int
    searches: list[Search]
    pages: list[HelpPage]
    messages: list[Unsent]
    notes: list[Sentence]
    evidence: list[Evidence]
    more: bool = False


class _Term(Struct):
    term: str
    searches: int
    persons_in_all: int


class _Page(Struct):
    page_told: str
    viewers: int
    callers: int


def missing_information(
    asker: Asker,
    scope: Scope,
    *,
    within: str = WITHIN,
    at_least: int = AT_LEAST,
    personas: Personas | None = None,
) -> MissingAnswer:
    """Tell what customers looked for and did not find.

    Args:
        asker: whom to ask.
        scope: which touchpoints.
        within: longest time from a page of help to a call: `24h`.
        at_least: fewest persons for a term or a page to be told, 2 or more.
        personas: finds the persons of the scope's persona.

    Raises:
        QuestionError: the scope or an option makes no sense.
    """
    if at_least < FEWEST:
        raise QuestionError(say("least", name="min_persons", least=FEWEST))
    asking = Asking(scope, personas)
    columns = ("type", "occurred_at", "properties", "emotion_evidence")
    sought = asking.touched("searches", _SEARCHES, columns, at_least=at_least)
    within_ms = duration_ms(within)
    read = asking.touched(
        "help", _HELP, columns, at_least=at_least, within_ms=within_ms
    )
    unsent = asking.messages("unsent", _UNSENT, newest_ms(asker, scope.tenant))
    terms = ask_all(asker, sought.sql, sought.parameters, _Term)
    pages = ask_all(asker, read.sql, read.parameters, _Page)
    return MissingAnswer(
        within_hours=within_ms / 3_600_000,
        at_least=at_least,
        searches=[Search(one.term, one.searches, one.persons_in_all) for one in terms],
        pages=[
            HelpPage(
                one.page_told,
                one.viewers,
                one.callers,
                one.callers / one.viewers if one.viewers else None,
            )
            for one in pages
        ],
        messages=ask_all(asker, unsent.sql, unsent.parameters, Unsent),
        notes=hints(asker, scope, found=bool(terms or pages)),
        evidence=[sought, read, unsent],
    )
