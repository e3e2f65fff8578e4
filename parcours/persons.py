"""Whom somebody means who types an identifier, or an address in clear."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from insights.asker import Asker, QuestionError
from insights.in_clear import in_clear
from insights.journey import find_persons
from parcours import answers, door
from parcours.screen import print_json, say
from schemas.vocabulary import NAMESPACES

if TYPE_CHECKING:
    from streams.identity.pseudonym import Pseudonyms

CLEAR: Final = {"email": "email_hash", "phone": "phone_hash"}
"""Names under which an address may be given in clear, and where its pseudonym is kept."""

WAYS: Final = (
    f"name one by a person id, a value, NAMESPACE:VALUE ({', '.join(NAMESPACES)}), "
    "email:ADDRESS or phone:NUMBER"
)


class AddressError(QuestionError):
    """An address in clear that cannot be asked for; the message does not repeat it."""


class NobodyNamedError(QuestionError):
    """A question about a person that names none."""


def identifier_of(given: str, tenant: str, data_dir: Path) -> str:
    """What is asked of the database: an address or number in clear becomes its pseudonym.

    That happens here, with the key of the system: nobody else gets to see the address.

    Args:
        given: as somebody typed it.
        tenant: whose data; pseudonyms are the tenant's.
        data_dir: the system's folder, which may hold the key.

    Raises:
        AddressError: no key is at hand, or it is no address.
    """
    if not in_clear(given):
        return given
    key = door.running_environment(data_dir).get(door.KEY)
    if not key:
        message = (
            "an address or number in clear is stored nowhere, and no key is at hand to "
            f"make its pseudonym: set {door.KEY} to the workers' own, or ask for "
            "email_hash:PSEUDONYM or phone_hash:PSEUDONYM"
        )
        raise AddressError(message)
    return pseudonymised(given, tenant, _pseudonyms(data_dir))


def pseudonymised(given: str, tenant: str, pseudonyms: "Pseudonyms") -> str:
    """An identifier as the first agent keeps it.

    Args:
        given: `email:…`, `phone:…`, or an identifier that is an address or number.
        tenant: whose pseudonyms.
        pseudonyms: made with the key of the system.

    Raises:
        AddressError: what stands after `email:` or `phone:` is no such thing.
    """
    namespace, value = _parts(given)
    mail = "@" in value or "%40" in value or namespace.startswith("email")
    phone = not mail or namespace.startswith("phone")
    made = (pseudonyms.phone if phone else pseudonyms.email)(tenant, value)
    if made is None and namespace in CLEAR:
        message = f"what stands after {namespace}: is no such thing; {WAYS}"
        raise AddressError(message)
    kept = CLEAR.get(namespace, namespace)
    return ":".join(filter(None, (kept, made or pseudonyms.opaque(tenant, value))))


def only_person(asker: Asker, identifier: str, tenant: str, *, as_json: bool) -> str:
    """The one person that an identifier leads to; ends the command where it does not.

    Args:
        asker: whom to ask.
        identifier: as `identifier_of` returns it.
        tenant: whose data.
        as_json: whether several are printed as JSON.

    Raises:
        NobodyNamedError: the identifier is empty.
        typer.Exit: nobody is known by it, or several are; it has been said.
    """
    if not identifier.strip():
        message = f"an identifier is needed: {WAYS}"
        raise NobodyNamedError(message)
    persons = find_persons(asker, identifier, tenant)
    if len(persons) == 1:
        return persons[0]
    say(not_one(persons, identifier, tenant))
    print_json(persons) if as_json else answers.show_persons(persons)
    raise typer.Exit(1)


def not_one(persons: Sequence[str], identifier: str, tenant: str) -> str:
    """Say that an identifier leads to nobody, or to several, and what to do."""
    about = f"known by {identifier} (tenant {tenant})"
    if persons:
        return f"several persons are {about}: ask for one of them"
    return f"nobody is {about}{_slip(identifier)}: {WAYS}"


def _slip(identifier: str) -> str:
    """The namespace that was likely meant, where what stands before the colon is none."""
    namespace, colon, _ = identifier.partition(":")
    if not colon or namespace in (*NAMESPACES, *CLEAR):
        return ""
    near = get_close_matches(namespace, (*NAMESPACES, *CLEAR), 1)
    return (
        f"; no namespace is called {namespace}, the nearest is {near[0]}"
        if near
        else ""
    )


def _parts(given: str) -> tuple[str, str]:
    namespace, _, value = given.partition(":")
    known = namespace in NAMESPACES or namespace in CLEAR
    namespace, value = (namespace, value) if known else ("", given)
    return namespace, value.strip()


def _pseudonyms(data_dir: Path) -> "Pseudonyms":
    from streams.enrich.policy import policy_from  # noqa: PLC0415 - loads much
    from streams.identity.pseudonym import Pseudonyms  # noqa: PLC0415

    policy = policy_from(door.settings_for(data_dir, door.KEY))
    return Pseudonyms(policy.pseudonym_key, policy.default_country, policy.countries)
