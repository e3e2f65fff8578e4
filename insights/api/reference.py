"""The API's reference as a page: made of its description, nothing from outside."""

from functools import cache
from html import escape
from typing import Any, Final

import msgspec
from litestar import Router, get
from litestar.response import Response

from insights.api import problem
from insights.api.description import document
from insights.api.entrance import OPEN

_KINDS: Final = (
    (problem.MALFORMED, "Compare the request with the description of its address."),
    (problem.NO_TOKEN, "Send a token that has not expired."),
    (problem.FORBIDDEN, "Use a token with the scope and tenant that the detail names."),
    (problem.NOT_FOUND, "Nothing is stored of it, or there is no such address."),
    (problem.AMBIGUOUS, "Ask for one of the persons that the identifier leads to."),
    (problem.COST, "Ask for a shorter period, fewer steps, or no breakdown."),
    (problem.QUESTION, "The detail says what to change."),
    (problem.RATE, "Wait as long as Retry-After says."),
    (problem.BUG, "Tell whoever runs this the instance: it is in the log."),
    (problem.BUSY, "Ask again after Retry-After."),
)
_OPEN: Final = {OPEN: True}


@cache
def page() -> str:
    """The reference as HTML."""
    told: Any = document()
    operations = "\n".join(
        _operation(method, path, operation)
        for path, operations in told["paths"].items()
        for method, operation in operations.items()
    )
    schemas = "\n".join(
        f'<details id="{escape(name)}"><summary>{escape(name)}</summary>'
        f"<pre>{_json(schema)}</pre></details>"
        for name, schema in told["components"]["schemas"].items()
    )
    problems = "\n".join(
        f'<dt id="{kind.slug}">{kind.status.value} {escape(kind.title)} '
        f"<code>/docs#{kind.slug}</code></dt><dd>{escape(help_)}</dd>"
        for kind, help_ in _KINDS
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>Parcours API</title>"
        '<link rel="stylesheet" href="/page/tokens.css"></head><body><main>\n'
        f"<h1>Parcours API</h1>\n<p>{escape(told['info']['description'])}</p>\n"
        '<p>For programs: <a href="/openapi.json">openapi.json</a></p>\n'
        f"<h2>Addresses</h2>\n{operations}\n<h2>Problems</h2>\n<dl>{problems}</dl>\n"
        f"<h2>Answers</h2>\n{schemas}\n</main></body></html>\n"
    )


@get("/docs", opt=_OPEN, include_in_schema=False)
async def show_reference() -> Response[str]:
    """The reference."""
    return Response(page(), media_type="text/html")


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(one['name'])}</code></th>"
        f"<td>{escape(one['in'])}</td><td>{escape(one.get('description') or '')}</td>"
        f"<td><code>{_json(one['schema'].get('default'))}</code></td></tr>"
        for one in operation.get("parameters", [])
    )
    table = (
        "<table><thead><tr><th>parameter</th><th>in</th><th>meaning</th>"
        f"<th>default</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    return (
        f"<section><h3><code>{method.upper()} {escape(path)}</code></h3>"
        f"<p>{escape(operation.get('description') or '')}</p>"
        f"{table if rows else ''}</section>"
    )


def _json(value: object) -> str:
    formatted = msgspec.json.format(msgspec.json.encode(value), indent=2)
    return escape(formatted.decode())


ROUTER: Final = Router("/", route_handlers=[show_reference])
