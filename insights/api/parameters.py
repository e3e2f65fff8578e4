"""Parameters that an address does not take are refused: else a slip would go unseen."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from insights.api.description import document
from insights.api.problem import CHOICES, MALFORMED, ApiRequest, ProblemError
from insights.sentences import Sentence, say

ANSWERS: Final = "/v1/"
"""Whatever begins so is held to it; probes may send what they like to the others."""

_TOLD: Final = 64
"""How much of an unknown name is told."""

Taken = Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
"""The query parameters of each address, by method and path; of those that take few values
all of these."""


class KnownParameters(ASGIMiddleware):
    """Lets in no parameter that the description of the address does not have."""

    scopes = (ScopeType.HTTP,)

    def __init__(self) -> None:
        """Read the description."""
        self._taken = taken()

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass the request on.

        Raises:
            ProblemError: an unknown parameter; it names the nearest one there is.
        """
        request = ApiRequest(scope)
        known = self._taken.get((request.method, str(scope["path_template"])))
        if known is not None:
            scope["state"][CHOICES] = known
            unknown = [one for one in request.query_params if one not in known]
            if unknown:
                raise _refused(unknown, tuple(known))
        await next_app(scope, receive, send)


def taken() -> Taken:
    """What every answer's address takes, as the description has it."""
    told: Any = document()
    return {
        (method.upper(), path): {
            one["name"]: tuple(filter(None, one["schema"].get("enum", ())))
            for one in operation.get("parameters", [])
            if one["in"] == "query"
        }
        for path, operations in told["paths"].items()
        if path.startswith(ANSWERS)
        for method, operation in operations.items()
    }


def _refused(unknown: list[str], known: tuple[str, ...]) -> ProblemError:
    said = [(name[:_TOLD], _said(name, known)) for name in dict.fromkeys(unknown)]
    wrong = [
        {"key": name, "source": "query", "message": sentence.text}
        for name, sentence in said
    ]
    return ProblemError(MALFORMED, said[0][1], parameters=wrong)


def _said(name: str, known: tuple[str, ...]) -> Sentence:
    near = get_close_matches(name.lower(), known, 1)
    if near:
        return say("unknown_parameter_near", name=name[:_TOLD], near=near[0])
    there = ", ".join(known) or "-"
    return say("unknown_parameter", name=name[:_TOLD], known=there)
