"""Errors as RFC 9457 problems: what went wrong, and what the client can do about it.

No problem holds a traceback, a row's value or an address with a person in it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import uuid4

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException, SerializationException
from msgspec import Struct

from insights.api.token import Principal
from insights.asker import AskError, QuestionError
from insights.cost import CostError
from insights.sentences import Sentence, Value, say
from sinks.clickhouse import DatabaseError

PROBLEM_JSON: Final = "application/problem+json"
RETRY_SECONDS: Final = 2
CHOICES: Final = "choices"
"""Where a request's state has its parameters, and the values of those that take few."""

# Codes as in ClickHouse's ErrorCodes.cpp.
_TOO_COSTLY: Final = frozenset({158, 159, 160, 241, 307, 396})
_DOES_NOT_FIT: Final = frozenset({6, 27, 38, 41, 53, 69, 70, 72, 321, 407, 457})

logger = logging.getLogger(__name__)

ApiRequest = Request[Principal, str, State]


class Problem(Struct, omit_defaults=True):
    """What went wrong (RFC 9457).

    Attributes:
        type: which kind of problem: a reference into the API's documentation.
        title: the kind, in words.
        status: the HTTP status.
        detail: this case, in words.
        instance: names this very case, in the log of the API as well.
        parameters: what of the request was wrong, and why.
        estimate: what the question would have cost, where it was refused for it.
        code: names the sentence of `detail`, for clients that speak another language.
        values: what stands in it.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    parameters: list[dict[str, str]] = []
    estimate: dict[str, float] = {}
    code: str = ""
    values: dict[str, Value] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem; `slug` names its section in the documentation."""

    status: HTTPStatus
    slug: str
    title: str

    @property
    def type(self) -> str:
        """The reference that clients can compare."""
        return f"/docs#{self.slug}"


MALFORMED: Final = Kind(
    HTTPStatus.BAD_REQUEST, "malformed", "The request cannot be read"
)
NO_TOKEN: Final = Kind(HTTPStatus.UNAUTHORIZED, "token", "No valid token")
FORBIDDEN: Final = Kind(
    HTTPStatus.FORBIDDEN, "forbidden", "The token does not allow this"
)
NOT_FOUND: Final = Kind(HTTPStatus.NOT_FOUND, "not-found", "Nothing is there")
QUESTION: Final = Kind(
    HTTPStatus.UNPROCESSABLE_ENTITY, "question", "The question makes no sense"
)
AMBIGUOUS: Final = Kind(
    HTTPStatus.CONFLICT, "ambiguous", "Several persons are known by it"
)
COST: Final = Kind(
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "cost", "The question costs too much"
)
RATE: Final = Kind(HTTPStatus.TOO_MANY_REQUESTS, "rate", "Too many requests")
BUSY: Final = Kind(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Busy; ask again")
BUG: Final = Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "bug", "An error of ours")


class ProblemError(Exception):
    """A request that ends in a problem."""

    def __init__(
        self,
        kind: Kind,
        detail: str | Sentence,
        *,
        retry_seconds: float = 0.0,
        estimate: Mapping[str, float] | None = None,
        parameters: Sequence[dict[str, str]] = (),
    ) -> None:
        """Make one.

        Args:
            kind: which.
            detail: a sentence that tells the client what to change.
            retry_seconds: after which asking again can help; 0 where it cannot.
            estimate: what the question would cost.
            parameters: what of the request was wrong, and why.
        """
        super().__init__(str(detail))
        self.kind = kind
        self.said = detail if isinstance(detail, Sentence) else Sentence("", detail)
        self.retry_seconds = retry_seconds
        self.estimate = dict(estimate or {})
        self.parameters = list(parameters)


def respond(error: ProblemError) -> Response[Problem]:
    """The response that tells a problem."""
    kind = error.kind
    headers = {"Cache-Control": "no-store"}
    if error.retry_seconds:
        headers["Retry-After"] = str(max(1, round(error.retry_seconds)))
    if kind is NO_TOKEN:
        headers["WWW-Authenticate"] = 'Bearer realm="parcours"'
    problem = Problem(
        kind.type,
        kind.title,
        kind.status.value,
        error.said.text,
        f"urn:uuid:{uuid4()}",
        parameters=error.parameters,
        estimate=error.estimate,
        code=error.said.code,
        values=error.said.values,
    )
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.warning("api_problem type=%s instance=%s", kind.slug, problem.instance)
    return Response(
        problem, status_code=kind.status, media_type=PROBLEM_JSON, headers=headers
    )


def of_problem(_request: ApiRequest, error: ProblemError) -> Response[Problem]:
    """Tell what our own code raised."""
    return respond(error)


def of_question(_request: ApiRequest, error: QuestionError) -> Response[Problem]:
    """Tell why a question cannot be asked."""
    return respond(ProblemError(QUESTION, error.said or str(error)))


def of_cost(_request: ApiRequest, error: CostError) -> Response[Problem]:
    """Tell that a question is over the budget, and by how much."""
    estimate = {"rows": float(error.rows), "budget": float(error.budget)}
    return respond(ProblemError(COST, error.said or str(error), estimate=estimate))


def of_http(_request: ApiRequest, error: HTTPException) -> Response[Problem]:
    """Tell what the framework found: no such address, or a request it cannot read."""
    status = HTTPStatus(error.status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return of_bug(_request, error)
    if status == HTTPStatus.NOT_FOUND:
        return respond(ProblemError(NOT_FOUND, say("address")))
    kind = MALFORMED
    if status != HTTPStatus.BAD_REQUEST:
        kind = Kind(status, MALFORMED.slug, status.phrase)
    choices = _request.scope["state"].get(CHOICES, {})
    wrong = [
        _wrong(one, choices)
        for one in (error.extra if isinstance(error.extra, list) else [])
        if isinstance(one, dict)
    ]
    unread = error.__cause__
    if isinstance(unread, SerializationException):
        # Says at which byte, never which.
        said = f"not JSON: {unread.__cause__ or 'it cannot be read'}"
        wrong.append({"source": "body", "message": said})
    detail = say("parameters") if wrong else _plain(status)
    response = respond(ProblemError(kind, detail, parameters=wrong))
    if allowed := (error.headers or {}).get("Allow"):
        response.headers["Allow"] = allowed
    return response


def _wrong(
    found: Mapping[str, object], choices: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """What of a request was wrong, without the framework's own names."""
    told = {
        key: str(found[key]) for key in ("key", "source", "message") if found.get(key)
    }
    if "source" in told:
        told["source"] = told["source"].rpartition(".")[2].lower()
    if told.get("message") == repr(told.get("key")):
        told["message"] = "it is missing"
    there = choices.get(told.get("key", ""))
    if there:
        told["message"] += f"; it is one of {', '.join(there)}"
    return told


def of_database(
    _request: ApiRequest, error: AskError | DatabaseError
) -> Response[Problem]:
    """Tell that the database refused, by its error code; its own words stay here."""
    transient = (
        error.transient if isinstance(error, AskError) else error.kind == "transient"
    )
    if error.code in _TOO_COSTLY:
        return respond(ProblemError(COST, say("costly")))
    if error.code in _DOES_NOT_FIT:
        return respond(ProblemError(QUESTION, say("form")))
    if transient:
        said = say("database")
        return respond(ProblemError(BUSY, said, retry_seconds=RETRY_SECONDS))
    return of_bug(_request, error)


def of_bug(_request: ApiRequest, error: Exception) -> Response[Problem]:
    """Tell that an error is ours, and nothing of it; the log has its type and place."""
    response = respond(ProblemError(BUG, say("bug")))
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
    code = getattr(error, "code", 0)
    logger.error(
        "api_bug error=%s code=%s place=%s instance=%s",
        *(type(error).__name__, code, place, response.content.instance),
    )
    return response


def _plain(status: HTTPStatus) -> Sentence:
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return say("method")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return say("body")
    return say("request")
