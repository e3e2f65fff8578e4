"""The options of every question about a part of the data, said once."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Concatenate, Final, ParamSpec, get_type_hints

import typer

from insights.scope import Scope, persona_named

_P = ParamSpec("_P")


def named_tenant(tenant: str | None) -> str | None:
    """Refuse a tenant without a name: no data can be its.

    Args:
        tenant: as the option has it; None where it is not given.

    Raises:
        typer.BadParameter: it is empty.
    """
    if tenant is not None and not tenant.strip():
        message = "a tenant has a name: give it, or leave --tenant out"
        raise typer.BadParameter(message)
    return tenant


Tenant = Annotated[str, typer.Option(help="Whose data.", callback=named_tenant)]

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Answer as at that moment, a date or RFC 3339: nothing later is known.",
    ),
]


def _options(  # noqa: PLR0913, PLR0917 - an option is a parameter
    since: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="First moment: a date (its midnight in `--timezone`) or RFC 3339.",
        ),
    ] = None,
    to: Annotated[str | None, typer.Option(help="First moment that is out.")] = None,
    channel: Annotated[str, typer.Option(help="Of this channel alone.")] = "",
    store: Annotated[str, typer.Option(help="Of this store alone.")] = "",
    persona: Annotated[
        str, typer.Option(help="Of this persona alone; all for everybody.")
    ] = "",
    timezone: Annotated[
        str, typer.Option(help="Where days begin: an IANA name.")
    ] = "UTC",
    tenant: Tenant = "default",
    model: Annotated[
        str, typer.Option(help="Journey model whose phases are meant.")
    ] = "default",
) -> Scope:
    return Scope(
        tenant=tenant,
        from_=since,
        to=to,
        timezone=timezone,
        channel=channel,
        store=store,
        persona=persona_named(persona),
        model=model,
    )


_OPTIONS: Final = inspect.signature(_options).parameters


def scoped(command: Callable[Concatenate[Scope, _P], None]) -> Callable[..., None]:
    """Give a command the options of a scope; it takes the scope as its first argument.

    Args:
        command: with `scope` first; what else it takes are options and arguments of
            its own, by other names than those of `insights.scope.Scope` and `since`.
    """

    @wraps(command)
    def asked(**values: object) -> None:
        scope = _options(**{name: values.pop(name) for name in _OPTIONS})  # type: ignore[arg-type]
        command(scope, **values)  # type: ignore[arg-type, call-arg]

    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    parameters = [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for one in (*own, *_OPTIONS.values())
    ]
    asked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    hints = get_type_hints(command, include_extras=True)
    asked.__annotations__ = hints | get_type_hints(_options, include_extras=True)
    return asked
