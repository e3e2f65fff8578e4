"""Which ticket a contact belongs to."""

import pytest
from msgspec import Raw

from streams.enrich.ticket import ticket_of
from tests.factories.identified import identified


@pytest.mark.parametrize(
    ("channel", "hint", "properties", "ticket"),
    [
        ("phone", None, b'{"ticket_id":"T-1"}', "T-1"),
        ("phone", "call-5", b'{"ticket_id":"T-1"}', "T-1"),
        ("email", None, b'{"ticket_id":77}', "77"),
        ("phone", "call-5", b"{}", "call-5"),
        ("chat", "chat-5", b'{"ticket_id":""}', "chat-5"),
        ("email", "thread-5", b"{}", ""),
        ("phone", None, b"{}", ""),
        ("phone", "call-5", b'{"ticket_id":true}', "call-5"),
        ("phone", "call-5", b'{"ticket_id":["T-1"]}', "call-5"),
        ("phone", "call-5", b'{"ticket_id":1e999}', "call-5"),
        ("phone", None, b'{"ticket_id":"' + b"x" * 257 + b'"}', ""),
    ],
)
def test_a_contact_has_the_ticket_that_it_names(
    channel: str, hint: str | None, properties: bytes, ticket: str
) -> None:
    """Its property, else the thread of a call or chat; odd values are no ids."""
    contact = identified(
        "e1",
        "support_contacted",
        channel=channel,
        session_hint=hint,
        properties=Raw(properties),
    )
    assert ticket_of(contact) == ticket
