"""Parameters that an address does not take are refused: else a slip would go unseen."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from insights.api.description import document
from insights.api.problem import MALFORMED, ApiRequest, ProblemError
from insights.sentences import say

ANSWERS: Final = "/v1/"
"""Whatever begins so is held to it; probes may send what they like to the others."""

_TOLD: Final = 64
"""How much of an unknown name is told."""

Taken = Mapping[tuple[str, str], tuple[str, ...]]
"""The query parameters of each address, by method and path."""


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
            unknown = [one for one in request.query_params if one not in known]
            if unknown:
                raise _refused(unknown, known)
        await next_app(scope, receive, send)


def taken() -> Taken:
    """What every answer's address takes, as the description has it."""
    told: Any = document()
    return {
        (method.upper(), path): tuple(
            one["name"]
            for one in operation.get("parameters", [])
            if one["in"] == "query"
        )
        for path, operations in told["paths"].items()
        if path.startswith(ANSWERS)
        for method, operation in operations.items()
    }


def _refused(unknown: list[str], known: tuple[str, ...]) -> ProblemError:
    wrong = [
        {"key": name[:_TOLD], "source": "query", "message": _advice(name, known)}
        for name in dict.fromkeys(unknown)
    ]
    told = say("parameter", name=wrong[0]["key"], advice=wrong[0]["message"])
    return ProblemError(MALFORMED, told, parameters=wrong)


def _advice(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name.lower(), known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"this address takes {', '.join(known) or 'none'}"
