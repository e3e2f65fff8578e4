"""How a handler asks: in a thread, of one tenant's data alone, only if it has changed."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar

from litestar.di import NamedDependency

from insights.api.pool import GoneError, Pool
from insights.api.problem import FORBIDDEN, NOT_FOUND, ApiRequest, ProblemError
from insights.api.token import EVERY_TENANT, Principal
from insights.api.validity import VALIDITY, Validity, validity_now, validity_of
from insights.asker import Asker, Rows, question
from insights.hints import speaks_of_all_times
from insights.rollups.ledger import PACKAGE as ROLLUPS
from insights.sentences import say
from insights.trails.landed import PACKAGE as TRAILS

_T = TypeVar("_T")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})
_OF_NOBODY: Final = frozenset(
    {question("ledger", ROLLUPS), question("landed", TRAILS), question("present")}
)
"""Statements about what was counted beforehand, or has landed, and nobody's data."""


@dataclass(frozen=True, slots=True)
class Period:
    """What part of a tenant's past an answer depends on.

    Attributes:
        until: first moment, epoch milliseconds, that it does not depend on. While that
            is not well past, it depends on all that is stored.
        books: tells the files that it depends on.
    """

    until: int
    books: str


@dataclass(frozen=True, slots=True)
class Present:
    """All that is stored, and what was read from files, is what an answer depends on.

    Attributes:
        books: tells the files.
        counted: it also depends on when days or timelines were counted.
    """

    books: str
    counted: bool = False


class NotModifiedError(Exception):
    """The client has this very answer."""

    def __init__(self, validity: Validity) -> None:
        """Remember how long it holds."""
        super().__init__()
        self.validity = validity


class OneTenant:
    """Asks for one tenant, and for nobody else, however a question is written."""

    def __init__(
        self,
        asker: Asker,
        tenant: str,
        given_up: threading.Event,
        *,
        everybody: bool = False,
    ) -> None:
        """Hold the questions to it.

        Args:
            asker: whom to ask.
            tenant: the only one.
            given_up: set when nobody waits for the answer any more.
            everybody: allow what has no tenant, such as dead letters.
        """
        self._asker = asker
        self._allowed = (tenant, None) if everybody else (tenant,)
        self._given_up = given_up

    def ask(self, sql: str, parameters: Mapping[str, object] = _NOTHING) -> Rows:
        """Put one question; see `Asker.ask`.

        Raises:
            ProblemError: it is about another tenant, or about no tenant.
            GoneError: nobody waits for the answer any more.
        """
        if self._given_up.is_set():
            raise GoneError
        whose = parameters.get("tenant")
        if whose not in self._allowed and sql not in _OF_NOBODY:
            raise ProblemError(FORBIDDEN, say("every_tenant"))
        return self._asker.ask(sql, parameters)


class Asking:
    """One request's way to the answers."""

    def __init__(self, request: ApiRequest, asker: Asker, pool: Pool) -> None:
        """Prepare; nothing is asked yet.

        Args:
            request: which has passed the entrance.
            asker: whom to ask.
            pool: where.
        """
        self._request = request
        self._asker = asker
        self._pool = pool

    def check(self, tenant: str) -> Principal:
        """Whoever asks, who must be allowed to see this tenant's data.

        Raises:
            ProblemError: they are not.
        """
        who = self._request.user
        if not who.may_see(tenant):
            raise ProblemError(FORBIDDEN, say("other_tenant"))
        return who

    async def ask(
        self,
        tenant: str,
        work: Callable[[Asker], _T],
        period: Period | Present | None = None,
        *,
        empty: bool = False,
    ) -> _T:
        """Answer.

        Args:
            tenant: whose data.
            work: puts the questions.
            empty: whether there is something to say where nothing is stored.
            period: for answers that are always the same once their period is closed, or
                as long as nothing lands.

        Raises:
            ProblemError: the token does not open this tenant, nothing of it is stored,
                or there is no room.
            NotModifiedError: the client has the answer already.
        """
        who = self.check(tenant)
        known = self._request.headers.get("If-None-Match", "")
        asked = f"{self._request.url.path}?{self._request.url.query}"
        packed = "gzip" in self._request.headers.get("Accept-Encoding", "")

        def answer(given_up: threading.Event) -> tuple[_T, Validity | None]:
            asker = OneTenant(
                self._asker, tenant, given_up, everybody=EVERY_TENANT in who.tenants
            )
            held = []
            for one in _validities(asker, tenant, asked, period, packed=packed):
                if one.matches(known):
                    raise NotModifiedError(one)
                held.append(one)
            if not (empty or asker.ask(question("any"), {"tenant": tenant}).rows):
                raise ProblemError(NOT_FOUND, say("nothing_yet", tenant=tenant))
            result = work(asker)
            if not held:
                return result, None
            return result, held[-1 if speaks_of_all_times(result) else 0]

        result, validity = await self._pool.run(answer, partial(gone, self._request))
        if validity is not None:
            self._request.state[VALIDITY] = validity
        return result


def _validities(
    asker: Asker,
    tenant: str,
    asked: str,
    period: Period | Present | None,
    *,
    packed: bool,
) -> Iterator[Validity]:
    """How long an answer holds: about a closed period, if it is about one; then at present.

    Both are known before it is worked out: what lands meanwhile is not in its tag.
    """
    if period is None:
        return
    if isinstance(period, Period):
        whole = f"{period.books} {asked}"
        closed = validity_of(asker, tenant, period.until, whole, packed=packed)
        if closed:
            yield closed
    books = f"{tenant} {period.books} {asked} {packed}"
    counted = isinstance(period, Present) and period.counted
    yield validity_now(asker, books, counted=counted)


Asks = NamedDependency[Asking]
"""An argument of handlers."""


async def gone(request: ApiRequest) -> None:
    """Return when the client has gone."""
    message = await request.receive()
    while message["type"] != "http.disconnect":
        message = await request.receive()
