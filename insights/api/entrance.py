"""What every request passes: headers and counts for all, host, token and rate for most."""

import ipaddress
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from litestar.connection import ASGIConnection
from litestar.datastructures import Headers, MutableScopeHeaders, State
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from insights.api.bucket import Bucket
from insights.api.problem import FORBIDDEN, NO_TOKEN, RATE, ProblemError
from insights.api.token import EVERY_TENANT, SCOPES, Principal, Tokens
from insights.api.token import Scope as TokenScope
from insights.api.validity import VALIDITY
from insights.sentences import say
from schemas.metrics import Metrics

OPEN: Final = "open"
"""Mark of a handler that needs no token."""

BURST_SHARE: Final = 0.2
"""How much of a minute's requests may come at once."""

_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Outside:
    """The outermost layer: security headers on every response, and its count."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an application.

        Args:
            app: all of it.
            metrics: to count into.
        """
        self._app = app
        self._requests = metrics.counter("parcours_api_requests_total")
        self._seconds = metrics.histogram("parcours_api_seconds")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        started = time.monotonic()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                validity = scope.get("state", {}).get(VALIDITY)
                if validity is not None and message["status"] == HTTPStatus.OK:
                    headers.update(validity.headers)
                headers.setdefault("Cache-Control", "no-store")
                route = str(scope.get("path_template") or "unknown")
                self._requests.labels(route, str(message["status"])).inc()
                self._seconds.labels(route).observe(time.monotonic() - started)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Entrance(ASGIMiddleware):
    """Lets in who may come in: by host name, by token, and not too often."""

    scopes = (ScopeType.HTTP,)

    def __init__(
        self,
        tokens: Tokens | None,
        hosts: tuple[str, ...],
        per_minute: float,
        clock: Callable[[], float],
    ) -> None:
        """Know whom to let in.

        Args:
            tokens: None lets everybody in who reaches the loopback.
            hosts: names by which the API may be asked; empty for all, where there are
                tokens, or those of the loopback, where there are none.
            per_minute: requests a minute without a token.
            clock: seconds since 1970.
        """
        self._tokens = tokens
        self._hosts = frozenset(hosts) or (_LOOPBACK_NAMES if tokens is None else None)
        self._nobody = Principal("loopback", (EVERY_TENANT,), SCOPES, per_minute)
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}

    async def handle(
        self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp
    ) -> None:
        """Pass the request on, or raise a ProblemError."""
        headers = Headers.from_scope(scope)
        self._check_host(headers)
        if not scope["route_handler"].opt.get(OPEN):
            principal = self._principal(headers)
            self._check_rate(principal)
            scope["user"] = principal
        await next_app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        """Refuse other names: a page elsewhere could have one that leads to us."""
        if self._hosts is None:
            return
        if host_of(headers.get("host", "")) not in self._hosts:
            raise ProblemError(FORBIDDEN, say("host"))
        origin = headers.get("origin")
        if origin and host_of(origin.partition("://")[2]) not in self._hosts:
            raise ProblemError(FORBIDDEN, say("origin"))

    def _principal(self, headers: Headers) -> Principal:
        if self._tokens is None:
            return self._nobody
        kind, _, token = headers.get("authorization", "").partition(" ")
        found = None
        if kind.lower() == "bearer":
            found = self._tokens.principal(token.strip(), self._clock())
        if found is None:
            raise ProblemError(NO_TOKEN, say("token"))
        return found

    def _check_rate(self, principal: Principal) -> None:
        bucket = self._buckets.get(principal.name)
        if bucket is None:
            burst = max(1.0, principal.per_minute * BURST_SHARE)
            bucket = Bucket(principal.per_minute, burst)
            self._buckets[principal.name] = bucket
        wait = bucket.take(time.monotonic())
        if wait:
            said = say("rate", most=principal.per_minute)
            raise ProblemError(RATE, said, retry_seconds=wait)


def needs(
    scope: TokenScope,
) -> Callable[[ASGIConnection[BaseRouteHandler, Principal, str, State], object], None]:
    """A guard: the token must have this scope."""

    def check(
        connection: ASGIConnection[BaseRouteHandler, Principal, str, State], _: object
    ) -> None:
        if scope not in connection.user.scopes:
            raise ProblemError(FORBIDDEN, say("token_scope", scope=scope))

    return check


def needs_every_tenant(
    connection: ASGIConnection[BaseRouteHandler, Principal, str, State], _: object
) -> None:
    """A guard: the token must open every tenant's data."""
    if EVERY_TENANT not in connection.user.tenants:
        raise ProblemError(FORBIDDEN, say("every_tenant"))


def host_of(address: str) -> str:
    """The name in `name:port` or `[address]:port`, in lower case."""
    if address.startswith("["):
        return address[1:].partition("]")[0].lower()
    return address.partition(":")[0].lower()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
