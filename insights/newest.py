"""Until when something is known: what happens later no answer can know."""

from msgspec import Struct

from insights.asker import Asker, ask_all, question
from insights.scope import Scope


class _Newest(Struct):
    newest: int


def newest_ms(asker: Asker, tenant: str) -> int:
    """When a tenant's newest touchpoint was, epoch milliseconds; 0 where there is none.

    Args:
        asker: whom to ask.
        tenant: whose data.
    """
    asked = question("newest"), {"tenant": tenant}
    return ask_all(asker, *asked, _Newest)[0].newest


def known_until(asker: Asker, scope: Scope) -> int:
    """The newest moment that is known of: of a touchpoint, or of a silence.

    Args:
        asker: whom to ask.
        scope: whose data, and of which journey model.
    """
    values = {"tenant": scope.tenant, "model": scope.model}
    return ask_all(asker, question("known_until"), values, _Newest)[0].newest
