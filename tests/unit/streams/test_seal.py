"""Sealed payloads: the same bytes at each replay, readable with the secret only."""

import pytest

from streams.seal import Sealer, SealError

SECRET = "a secret of the tests only"
AT = {"log": "0123456789ab", "topic": "parcours.x.v1", "partition": 2, "offset": 71}
PAYLOAD = b'{"actor":{"email":"jean@example.fr"}}'


@pytest.mark.parametrize("payload", [b"", PAYLOAD, bytes(range(256)) * 1_000])
def test_what_was_sealed_opens(payload: bytes) -> None:
    """Any bytes, with the same secret at the same coordinates."""
    sealed = Sealer(SECRET).seal(payload, **AT)
    assert Sealer(SECRET).open(sealed, **AT) == payload


def test_a_replay_seals_to_the_same_bytes() -> None:
    """Deterministic: a record written again is the same record."""
    assert Sealer(SECRET).seal(PAYLOAD, **AT) == Sealer(SECRET).seal(PAYLOAD, **AT)


def test_nothing_of_the_payload_shows() -> None:
    """Not the address, not its domain."""
    sealed = Sealer(SECRET).seal(PAYLOAD, **AT)
    assert b"jean" not in sealed
    assert b"example" not in sealed


@pytest.mark.parametrize(
    "other",
    [{"log": "ba9876543210"}, {"topic": "y"}, {"partition": 27}, {"offset": 1}],
)
def test_other_coordinates_have_another_nonce_and_do_not_open(
    other: dict[str, object],
) -> None:
    """A nonce used twice would betray both payloads."""
    sealer = Sealer(SECRET)
    sealed = sealer.seal(PAYLOAD, **AT)
    moved = sealer.seal(PAYLOAD, **AT | other)
    assert moved[1:13] != sealed[1:13]
    with pytest.raises(SealError):
        sealer.open(sealed, **AT | other)


def test_another_payload_at_the_same_coordinates_has_another_nonce() -> None:
    """A truncated payload, or a log that was made anew under an old identity."""
    sealer = Sealer(SECRET)
    first, second = sealer.seal(b"one", **AT), sealer.seal(b"two", **AT)
    assert first[1:13] != second[1:13]


def test_a_wrong_secret_is_said_clearly() -> None:
    """Names the setting to look at, and no content."""
    sealed = Sealer(SECRET).seal(PAYLOAD, **AT)
    with pytest.raises(SealError, match="PARCOURS_PSEUDONYM_KEY"):
        Sealer("another secret of tests").open(sealed, **AT)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" * 60, b"\x01" * 60])
def test_bytes_that_nobody_sealed_do_not_open(sealed: bytes) -> None:
    """Too short, another version, or made up."""
    with pytest.raises(SealError):
        Sealer(SECRET).open(sealed, **AT)
